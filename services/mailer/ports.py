"""What the mailer needs from outside. The store is asked through ``contracts.operation.Caller``."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from conferral.contracts.rpc.deliveries import ClaimedDelivery
from services.mailer.domain.dkim import Sign, unsigned
from services.mailer.domain.journal import Account
from services.mailer.domain.mime import Mail, MimeTemplate
from services.mailer.domain.pace import Hold

Ending = Literal["sent", "retry", "failed", "unconfirmed", "release"]


@dataclass(frozen=True)
class Outcome:
    """What became of one message, in the words of ``DeliveryResult``."""

    outcome: Ending
    server: str = ""
    """The server's own words, or ours about the connection; at most 500 characters, printable."""
    retry_after: float | None = None


class MailServer(Protocol):
    """Where finished messages go. Used from several threads at once."""

    def hold(self) -> Hold | None:
        """Say why nothing should be begun now, and for how many seconds; None: go ahead."""

    def send(self, mail: Mail) -> Outcome:
        """Hand over one message, waiting for the rate limit first. Never raises, never sends a message twice."""


@dataclass(frozen=True)
class Way:
    """How an organisation's messages leave."""

    server: MailServer
    sign: Sign = unsigned
    revision: int = 0
    """Of the settings that this way is from."""


class Ways(Protocol):
    """The ways that organisations have of their own."""

    def get(self, organisation_id: str, revision: int) -> Way:
        """Return the organisation's way as it was set at this revision, or later.

        :raises Unavailable: the store does not answer.
        :raises NotFound: there is no such organisation.
        """


class Templates(Protocol):
    """Compiled email templates."""

    def get(self, delivery: ClaimedDelivery) -> MimeTemplate:
        """Return the delivery's template, compiled.

        :raises Unavailable: it cannot be read at the moment.
        :raises NotFound: there is none.
        :raises InvalidMessage: the blob is no email template.
        """


class Log(Protocol):
    """The journal of one command; see ``domain.journal`` for its lines."""

    def write(self, line: bytes) -> None:
        """Append a line, so that it is still there when this process is killed.

        :raises OSError: it could not be written.
        """


class Journals(Protocol):
    """What mailers on this machine were doing, for whoever comes after them."""

    def open(self, organisation_id: str, /) -> AbstractContextManager[Log]:
        """Lend a journal for one command.

        :raises OSError: there is none to be had.
        """

    def orphans(self) -> Iterable[Account]:
        """Return what dead mailers left, one after the other; each is forgotten when the next is asked for."""
