"""The mailer's settings: ``CONFERRAL_…`` in the environment, read once."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator

from conferral.runtime.config import Settings

_BEGUN_SECONDS = 10.0
"""Most seconds between beginning a window and its last message, as far as the rate limit decides it."""


class MailerSettings(Settings):
    """What one mailer process needs to know."""

    reader_url: str
    """Where the store's reader serves blobs."""
    smtp_host: str
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    smtp_ca_file: Path | None = None
    """Certificates (PEM) to trust instead of the system's, for a mail server with a private authority."""
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout: Annotated[float, Field(gt=0, le=300)] = 15.0
    """Seconds for connecting and for each answer."""
    smtp_final_timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    """Seconds for the answer to the final dot; a message that gets none is unconfirmed.

    RFC 5321 suggests ten minutes. Beyond half a minute, messages begun together with one that waits that long may be
    taken for unconfirmed too, although they never left: then set WINDOW to 1.
    """
    smtp_rate: Annotated[float, Field(ge=0)] = 0.0
    """Messages per second of this process; 0: unlimited. Several mailers share a server's limit: divide it."""
    smtp_daily_quota: Annotated[int, Field(ge=0)] = 0
    """Messages from midnight to midnight UTC of this process, counted from its start; 0: unlimited.

    Processes do not know of each other, and a restart forgets: give each its share of the provider's quota.
    """
    smtp_private_hosts: bool = False
    """Connect to organisations' own mail servers in private networks too; always so in the quick start."""
    window: Annotated[int, Field(ge=1, le=100)] = 10
    """Messages begun together; a crash leaves at most so many unconfirmed."""
    journal_dir: Path | None = None
    """A folder on this machine's own disk, for all its mailers, that outlives them.

    What a mailer that is killed was doing is told there to the next one: so one message for each of its connections is
    unconfirmed at most, and not a whole window.
    """
    connections: Annotated[int, Field(ge=1, le=32)] = 2
    """Commands worked on at a time, each over a connection of its own."""

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.smtp_user and self.smtp_tls == "none" and not self.quick_start:
            raise ValueError("SMTP_USER needs SMTP_TLS=starttls or tls: the password would travel in the clear")
        return self

    @property
    def paced_window(self) -> int:
        """The window, smaller where the rate would make its last message wait for long."""
        if not self.smtp_rate:
            return self.window
        return max(1, min(self.window, int(self.smtp_rate * _BEGUN_SECONDS / self.connections)))
