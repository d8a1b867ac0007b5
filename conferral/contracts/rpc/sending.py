"""``store.sending``: how an organisation's emails leave. Passwords go in, and come out for the mailer only."""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Id
from conferral.contracts.message import Record
from conferral.contracts.operation import Answer, Operation, Request

SERVICE = "store.sending"

Tls = Literal["none", "starttls", "tls"]


class MailServer(Record):
    """An organisation's own mail server."""

    host: Annotated[str, Field(max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Tls = "starttls"
    user: Annotated[str, Field(max_length=500)] = ""


class SendingContent(Record):
    """``server`` None: the installation's mail server."""

    sender_name: Annotated[str, Field(max_length=200)]
    sender_address: Annotated[str, Field(max_length=254)]
    reply_to: Annotated[str, Field(max_length=254)] | None = None
    server: MailServer | None = None


class DkimKey(Record):
    """What signs emails of a domain (RFC 6376). The private half stays in the store and in mailers."""

    domain: str
    selector: str
    public_key: str
    """Base64 of the DER form, as DNS wants it."""
    active: bool
    """Emails are signed with it; before its record is published, signatures would only be broken ones."""


class GetSending(Request):
    """How emails leave."""


class SendingAnswer(Answer):
    """``has_password``: one is kept for the server; it is never told."""

    revision: int
    content: SendingContent
    has_password: bool = False
    used_address: str = ""
    """From which emails leave: the sender's address, or the installation's where that must not be used."""
    dkim: DkimKey | None = None


class CreateDkimKey(Request):
    """Make a key for the sender's domain; it replaces the one that was there."""

    revision: int


class SwitchDkim(Request):
    """Sign with the key from now on, or no longer."""

    revision: int
    active: bool


class ChangeSending(Request):
    """Compare-and-set on ``revision``."""

    revision: int
    content: SendingContent
    password: Annotated[str | None, Field(max_length=500, repr=False)] = None
    """None keeps the one that is kept, as long as host, port, encryption and user stay as they are."""


class SendTestEmail(Request):
    """Send an email to oneself, by the way that is saved. Idempotent by ``delivery_id``."""

    delivery_id: Id


class GetTestEmail(Request):
    """How far it is."""

    delivery_id: Id


class TrialEmail(Answer):
    """``server``: the mail server's own words, or ours about the connection."""

    delivery_id: Id
    to_address: str
    state: Literal["queued", "claimed", "sending", "sent", "failed", "cancelled", "unconfirmed"]
    server: str


class GetMailServer(Request):
    """The mailer asks for the organisation's own way of sending."""


class MailServerAnswer(Answer):
    """``server`` None: the installation's."""

    revision: int
    server: MailServer | None
    password: Annotated[str, Field(repr=False)] = ""
    dkim: DkimKey | None = None
    """Only while it is active."""
    dkim_private_key: Annotated[str, Field(repr=False)] = ""
    """PEM."""


GET_SENDING = Operation(SERVICE, "get_sending", GetSending, SendingAnswer, "own")
CHANGE_SENDING = Operation(SERVICE, "change_sending", ChangeSending, SendingAnswer, "own")
SEND_TEST_EMAIL = Operation(SERVICE, "send_test_email", SendTestEmail, TrialEmail, "own")
GET_TEST_EMAIL = Operation(SERVICE, "get_test_email", GetTestEmail, TrialEmail, "own")
GET_MAIL_SERVER = Operation(SERVICE, "get_mail_server", GetMailServer, MailServerAnswer, "service")
CREATE_DKIM_KEY = Operation(SERVICE, "create_dkim_key", CreateDkimKey, SendingAnswer, "own")
SWITCH_DKIM = Operation(SERVICE, "switch_dkim", SwitchDkim, SendingAnswer, "own")

OPERATIONS = (
    GET_SENDING,
    CHANGE_SENDING,
    SEND_TEST_EMAIL,
    GET_TEST_EMAIL,
    GET_MAIL_SERVER,
    CREATE_DKIM_KEY,
    SWITCH_DKIM,
)
