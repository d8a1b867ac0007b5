"""Secrets of one installation: made at the first start, each in a file of its own, mode 0600."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conferral.local.files import write_private

_KEY_BYTES = 32


@dataclass(frozen=True)
class Secrets:
    """``kek_file`` stays a file: the store reads it itself. The others are text."""

    kek_file: Path
    blob_token: str
    secret_key: str
    broker_password: str
    broker_cookie: str
    owner_password: str


def _keep(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, make().encode())
    return path.read_text().strip()


def _readable_password() -> str:
    """20 letters and digits, about 95 bits, without those that look alike, in groups for the eye."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


def load_secrets(folder: Path) -> Secrets:
    """Read the secrets, making those that are missing."""
    kek_file = folder / "kek"
    _keep(kek_file, lambda: base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())
    return Secrets(
        kek_file=kek_file,
        blob_token=_keep(folder / "blob-token", lambda: secrets.token_urlsafe(_KEY_BYTES)),
        secret_key=_keep(folder / "secret-key", lambda: secrets.token_urlsafe(_KEY_BYTES)),
        broker_password=_keep(folder / "broker-password", lambda: secrets.token_hex(_KEY_BYTES)),
        broker_cookie=_keep(folder / "broker-cookie", lambda: secrets.token_hex(_KEY_BYTES)),
        owner_password=_keep(folder / "owner-password", _readable_password),
    )
