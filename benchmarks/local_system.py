"""A running local system to measure: the one of a run.json, or one of its own in a temporary folder."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conferral.contracts.actors import Actor
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.accounts import RESUME_SESSION, SIGN_IN, ResumeSession, SignIn
from conferral.contracts.rpc.credentials import (
    CREATE_CREDENTIALS,
    LIST_CREDENTIALS,
    CreateCredentials,
    CredentialContent,
    CredentialRow,
    CredentialSummary,
    ListCredentials,
)
from conferral.contracts.rpc.groups import CREATE_DESIGN, CREATE_GROUP, CreateDesign, CreateGroup, GroupContent
from conferral.contracts.rpc.previews import LIST_INSTALLED_DESIGNS, ListInstalledDesigns
from conferral.local.ports import free_port
from conferral.runtime.rpc_client import RpcClient

_UP_SECONDS = 120
_PART = 200


@dataclass(frozen=True)
class Session:
    """Somebody signed in to the system that is measured."""

    run: dict[str, Any]
    caller: Caller
    actor: Actor
    organisation_id: str

    @property
    def scope(self) -> dict[str, Any]:
        """What every request carries."""
        return {"actor": self.actor, "organisation_id": self.organisation_id}


@contextmanager
def measured_system(run_file: Path | None) -> Iterator[Session]:
    """Sign in to the system of ``run_file``; None: start one, mailing to Postfix's smtp-sink if there is one."""
    with ExitStack() as stack:
        run = json.loads(run_file.read_text()) if run_file else stack.enter_context(_own_system())
        client = RpcClient(run["amqp_uri"])
        stack.callback(client.close)
        yield _sign_in(run, client)


def _sign_in(run: dict[str, Any], client: RpcClient) -> Session:
    request = SignIn(
        actor=Actor(service="admin"), email=run["email"], password=run["password"], client_address="127.0.0.1"
    )
    actor = Actor(session=client.call(SIGN_IN, request).session)
    (membership, *_) = client.call(RESUME_SESSION, ResumeSession(actor=actor)).memberships
    return Session(run, client, actor, membership.organisation_id)


@contextmanager
def _own_system() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="conferral-bench-") as folder, ExitStack() as stack:
        options = []
        sink = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")
        if sink:
            options = ["--smtp", f"127.0.0.1:{stack.enter_context(_smtp_sink(sink))}"]
        print(f"mail server: {'smtp-sink of Postfix' if sink else 'our own mailbox (smtp-sink is not installed)'}")
        log = stack.enter_context((Path(folder) / "up.log").open("wb"))
        up = subprocess.Popen(
            [sys.executable, "-m", "conferral.cli", "up", "--root", folder, *options],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _await_run(Path(folder), up)
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(15)


def _await_run(folder: Path, up: "subprocess.Popen[bytes]") -> dict[str, Any]:
    deadline = time.monotonic() + _UP_SECONDS
    while not (folder / "run.json").exists():
        if up.poll() is not None or time.monotonic() > deadline:
            sys.exit((folder / "up.log").read_text())
        time.sleep(0.2)
    run: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return run


@contextmanager
def _smtp_sink(program: str) -> Iterator[int]:
    port = free_port()
    sink = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        sink.terminate()
        sink.wait(5)


def make_drafts(session: Session, count: int) -> list[CredentialSummary]:
    """Make a group with the design Classic and ``count`` drafts in it; return them as listed."""
    return _listed(session, fill_group(session, count)[1])


def fill_group(session: Session, count: int) -> tuple[str, str]:
    """Make a group with the design Classic and ``count`` drafts in it; return its id and the batch's."""
    group_id, batch_id = _make_group(session), new_id()
    today = datetime.now(UTC).date()
    rows = [
        CredentialRow(
            group_id=group_id,
            content=CredentialContent(
                name=f"Person Number {number} Example", email=f"person{number}@example.org", issue_date=today
            ),
        )
        for number in range(count)
    ]
    for part, first in enumerate(range(0, count, _PART)):
        request = CreateCredentials(
            **session.scope, batch_id=batch_id, part=part, rows=tuple(rows[first : first + _PART])
        )
        session.caller.call(CREATE_CREDENTIALS, request, timeout=60)
    return group_id, batch_id


def _make_group(session: Session) -> str:
    installed = session.caller.call(LIST_INSTALLED_DESIGNS, ListInstalledDesigns(actor=Actor(service="admin")))
    classic = next(design for design in installed.designs if design.plugin_id == "classic")
    design_id, group_id = new_id(), new_id()
    session.caller.call(
        CREATE_DESIGN,
        CreateDesign(
            **session.scope,
            design_id=design_id,
            name=f"Benchmark {design_id[:6]}",
            plugin_id=classic.plugin_id,
            plugin_version=classic.plugin_version,
            options={},
        ),
    )
    content = GroupContent(name="Benchmark", description="Speed", criteria="Ran.", design_id=design_id)
    session.caller.call(CREATE_GROUP, CreateGroup(**session.scope, group_id=group_id, content=content))
    return group_id


def _listed(session: Session, batch_id: str) -> list[CredentialSummary]:
    found: list[CredentialSummary] = []
    cursor: str | None = None
    while True:
        request = ListCredentials(**session.scope, batch_id=batch_id, cursor=cursor, limit=_PART)
        page = session.caller.call(LIST_CREDENTIALS, request, timeout=30)
        found += page.credentials
        cursor = page.cursor
        if cursor is None:
            return found


def print_table(rows: Sequence[tuple[str, ...]]) -> None:
    """Print right-aligned columns; the first one is left-aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join((f"{first:<{widths[0]}}", *cells)))
