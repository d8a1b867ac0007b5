"""A small RPC service as a process, for the tests beside it: it answers sign-ins."""

from conferral.runtime import eventlet_patch  # noqa: F401, I001 - before everything else

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from conferral.contracts.errors import Conflict, InvalidInput
from conferral.contracts.rpc.accounts import SIGN_IN, SIGN_OUT, SignedIn, SignIn, SignOut
from conferral.contracts.operation import Done
from conferral.runtime.config import Settings, load
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from conferral.runtime.rpc_server import run_rpc

JOURNAL = Path(sys.argv[1])


def note(word: str) -> None:
    with JOURNAL.open("a") as file:
        file.write(word + "\n")


def sign_in(request: SignIn) -> SignedIn:
    if request.email == "refused@example.org":
        raise InvalidInput("Two things are wrong.", [["email", "bad"], ["password", "worse"]])
    if request.email == "broken@example.org":
        raise RuntimeError("a fault of the handler's own")
    note(f"begin {request.email}")
    time.sleep(float(request.password))
    note(f"end {request.email}")
    return SignedIn(session=request.email, expires_at=datetime(2027, 1, 1, tzinfo=UTC))


def sign_out(_: SignOut) -> Done:
    raise Conflict("never mind")


settings = load(Settings)
stopping = install_signal_handlers()
run_rpc(
    settings.amqp_uri,
    {SIGN_IN: sign_in, SIGN_OUT: sign_out},
    Health("test", "rpc", settings, lambda: None),
    stopping,
    grace=8,
)
