"""``store.deliveries``: the mailer's side. One call to claim a command's emails, one per window of about ten."""

from typing import Literal

from conferral.contracts.ids import Digest, Id, NumberedId
from conferral.contracts.message import Many, Record
from conferral.contracts.operation import Answer, Operation, Request

SERVICE = "store.deliveries"

DeliveryKind = Literal["credential", "password_reset", "invitation", "test"]


class ClaimDeliveries(Request):
    """Claim those of these that are queued and due."""

    delivery_ids: Many[Id]


class ClaimedDelivery(Record):
    """One email to send."""

    delivery_id: Id
    fence: int
    kind: DeliveryKind
    message_id: str
    """The Message-ID header, with angle brackets; the same for every attempt."""
    to_name: str
    to_address: str
    from_name: str
    from_address: str
    reply_to: str | None
    template: Digest | None
    """An EmailTemplate blob; None: the mailer's own template for this kind."""
    language: str
    values: dict[str, str]
    """Slot name to text, links included."""


class ClaimedDeliveries(Answer):
    """What the mailer now holds, under a lease of ``lease`` seconds."""

    deliveries: Many[ClaimedDelivery]
    lease: float
    sending: int = 0
    """Revision of the organisation's own way of sending (``store.sending``); 0: the installation's."""


class DeliveryResult(Record):
    """How one email ended.

    ``retry``: a failure before the final dot, or a 4xx answer; ``unconfirmed``: the connection broke after the dot.
    ``release``: not tried (stopping, quota, breaker); queued again at once or after ``retry_after`` seconds.
    """

    delivery_id: Id
    fence: int
    outcome: Literal["sent", "retry", "failed", "unconfirmed", "cancelled", "release"]
    server: str = ""
    """The mail server's own words, at most 500 characters."""
    retry_after: float | None = None


class AdvanceDeliveries(Request):
    """Record a window's results and, in the same call, move the next window to ``sending``."""

    results: Many[DeliveryResult]
    begin: Many[NumberedId]
    """Pairs of delivery id and fence. Recorded as ``sending`` before the final dot of any of them goes out."""


class AdvancedDeliveries(Answer):
    """``begun``: those that may be sent; whatever else was asked for is cancelled, on hold, or no longer held."""

    begun: Many[Id]


CLAIM_DELIVERIES = Operation(SERVICE, "claim_deliveries", ClaimDeliveries, ClaimedDeliveries, "service", timeout=30.0)
ADVANCE_DELIVERIES = Operation(
    SERVICE, "advance_deliveries", AdvanceDeliveries, AdvancedDeliveries, "service", timeout=30.0
)

OPERATIONS = (CLAIM_DELIVERIES, ADVANCE_DELIVERIES)
