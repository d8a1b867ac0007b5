"""``store.emails``: the emails of one credential, as its issuer sees them, and sending it once more."""

from typing import Annotated

from pydantic import Field

from conferral.contracts.edition import EmailOccasion
from conferral.contracts.ids import Id
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.credentials import DeliveryState

SERVICE = "store.emails"


class ListEmails(Request):
    """The emails of one credential."""

    credential_id: Id


class EmailSummary(Record):
    """One intended email. ``ordinal`` counts them per credential, from 1."""

    ordinal: int
    state: DeliveryState
    address: str
    attempts: int
    server: str
    """The mail server's own words at the end, or the reason why it was not sent."""
    created_at: Instant
    occasion: EmailOccasion | None = None
    """None: of before emails had any."""


class Emails(Answer):
    """Newest first, at most 20."""

    emails: Many[EmailSummary]
    address: str | None = None
    """Where an email sent now would go: what the published version says. None: there is nothing to send."""


class ResendEmail(Request):
    """Send a published credential's email once more, to the address that its published version has now.

    ``after`` is the ordinal of the last email that the person saw (0: none). When there is a later one, somebody asked
    already, and nothing is sent: so asking twice sends once.
    """

    credential_id: Id
    after: Annotated[int, Field(ge=0)]


LIST_EMAILS = Operation(SERVICE, "list_emails", ListEmails, Emails, "view")
RESEND_EMAIL = Operation(SERVICE, "resend_email", ResendEmail, Emails, "publish")

OPERATIONS = (LIST_EMAILS, RESEND_EMAIL)
