"""What the store reads from its environment, each variable prefixed CONFERRAL_."""

import base64
import binascii
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, SecretStr, ValidationInfo, field_validator

from conferral.runtime.config import ProcessSettings, Settings

KEY_BYTES = 32
SHORTEST_TOKEN = 32


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an http(s) URL without query")
    return url.rstrip("/")


def _readable_key(path: Path) -> Path:
    read_key(path)
    return path


def read_key(path: Path) -> bytes:
    """Return the key-encryption key: 32 bytes, in base64 in a file of its own.

    :raises ValueError: the file cannot be read, or holds something else.
    """
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise ValueError("must name a readable file with a key in base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"must hold {KEY_BYTES} bytes in base64")
    return key


Origin = Annotated[str, AfterValidator(_origin)]


class DatabaseSettings(ProcessSettings):
    """What the auditor needs. ``mongodb_uri`` includes the database's name."""

    mongodb_uri: str

    @field_validator("mongodb_uri")
    @classmethod
    def _names_a_database(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"mongodb", "mongodb+srv"} or not parts.path.strip("/"):
            raise ValueError("must look like mongodb://host:port/database")
        return value


class StoreSettings(Settings, DatabaseSettings):
    """All roles of the store.

    ``public_url`` is the origin of credential pages, frozen into their
    addresses and into organisations' DIDs. ``blob_token`` authenticates writes to the reader's blob endpoint.
    """

    kek_file: Annotated[Path, AfterValidator(_readable_key)]
    blob_token: SecretStr
    public_url: Origin
    dashboard_url: Origin
    sender_address: str
    backoff: Annotated[tuple[PositiveFloat, ...], Field(min_length=1)] = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
    """Seconds before the second, third, … try of whatever failed; in the environment a JSON list."""
    lease: PositiveFloat = 60.0
    """Seconds within which a publisher must record a chunk, and a mailer begin an email and record its end.

    What the relay holds, it holds for half of it, and as long a command counts as under way.
    """
    epoch_file: Path | None = None
    """Outside the database: by it a restored copy knows that it is one, and holds its mail. None: it would not know."""
    publication_limit: PositiveInt = 10_000
    """Most credentials in one publication, where an organisation has no limit of its own."""
    smtp_private_hosts: bool = False
    """Organisations may name mail servers in private networks; always so in the quick start."""
    sender_domains: tuple[str, ...] = ()
    """Domains of which any organisation may name a sender's address for emails that leave by the installation's mail
    server, besides the installation's own address; in the environment a JSON list. All, in the quick start
    where none is named."""
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0

    @field_validator("blob_token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if not info.data.get("quick_start", False) and len(value.get_secret_value()) < SHORTEST_TOKEN:
            raise ValueError(f"must have at least {SHORTEST_TOKEN} characters")
        return value
