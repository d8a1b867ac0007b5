"""What the mailer needs from outside. The store is asked through ``contracts.operation.Caller``."""

from dataclasses import dataclass
from typing import Literal, Protocol

from conferral.contracts.rpc.deliveries import ClaimedDelivery
from services.mailer.domain.dkim import Sign, unsigned
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
