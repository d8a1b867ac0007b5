"""``store.credentials``: drafts, and the lists of credentials."""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Id, NumberedId
from conferral.contracts.message import Day, Instant, Many, Record
from conferral.contracts.operation import Answer, Operation, Request

SERVICE = "store.credentials"

MOST_ROWS = 500
"""Rows in one create call; larger work is sent in several calls of one batch."""
MOST_COUNTED = 10_000
"""Where no counter is maintained, counting, searching and selecting stop here."""

CredentialState = Literal["draft", "queued", "rendering", "published", "failed", "suspended", "revoked"]
DeliveryState = Literal["none", "queued", "claimed", "sending", "sent", "failed", "cancelled", "unconfirmed"]
Sort = Literal["newest", "oldest", "name", "-name", "issue_date", "-issue_date"]
"""A minus descends."""


class CredentialContent(Record):
    """What an issuer enters for one recipient. Bounds and characters are checked by the store, per field."""

    name: str
    email: str
    issue_date: Day
    expiry_date: Day | None = None
    language: str | None = None
    """BCP 47; None: the group's."""
    attributes: dict[str, str] = Field(default_factory=dict)
    """Attribute key to value as text: a number in plain decimal notation, a date as YYYY-MM-DD."""


class CredentialRow(Record):
    """One row of a create call."""

    group_id: Id
    content: CredentialContent
    external_id: Annotated[str, Field(max_length=200)] | None = None
    """The issuer's own key, unique in the organisation."""
    accepts_duplicate: bool = False
    """Somebody was warned that the group has this address already, and wants the credential anyway."""


class CreateCredentials(Request):
    """Store drafts. Repeating a call of the same ``batch_id`` and ``part`` creates nothing twice."""

    batch_id: Id
    part: Annotated[int, Field(ge=0)] = 0
    rows: Annotated[Many[CredentialRow], Field(min_length=1, max_length=MOST_ROWS)]
    atomic: bool = True
    """True: nothing is stored unless every row is right."""
    asks_about_duplicates: bool = False
    """True: in a group that warns, an address it has already is a problem of a row that does not accept it."""


class RowProblem(Record):
    """``field`` is the name in CredentialContent, or ``attributes.<key>``."""

    field: str
    message: str
    code: Literal["", "duplicate", "duplicate_in_call"] = ""
    """Which problem it is, where a caller says it in words of its own; of ``duplicate`` ones, whether the address is in
    the group already or twice in the call itself."""
    acceptable: bool = False
    """True: the row is stored if it says that it accepts this."""


class RowResult(Record):
    """Exactly one of ``credential_id`` and ``problems`` is set."""

    credential_id: Id | None = None
    problems: Many[RowProblem] = ()


class CredentialsCreated(Answer):
    """``results`` are in the order of the rows."""

    results: Many[RowResult]
    created: int


class AmendCredential(Request):
    """Compare-and-set on ``revision``.

    A published credential gets a new version at draft; the published one stays live.
    """

    credential_id: Id
    revision: int
    content: CredentialContent


class DiscardVersion(Request):
    """Give up the new version of a published credential: it is again what its page shows. Compare-and-set."""

    credential_id: Id
    revision: int


class DeleteCredentials(Request):
    """Drafts only."""

    credentials: Many[NumberedId]
    """Pairs of id and revision."""


class CredentialsDeleted(Answer):
    """How many were deleted; the others had changed or were no drafts."""

    deleted: int


class CredentialSummary(Record):
    """A row of the list."""

    id: Id
    revision: int
    group_id: Id
    group_name: str
    state: CredentialState
    content: CredentialContent
    incomplete: bool
    published_version: int | None
    url: str | None
    """The canonical public address, once published."""
    failure: str | None
    delivery_state: DeliveryState
    created_at: Instant
    updated_at: Instant


class GetCredential(Request):
    """One credential."""

    credential_id: Id


class LiveVersion(Record):
    """What a credential's page shows while a new version of it is in the making."""

    number: int
    content: CredentialContent
    published_at: Instant


class CredentialAnswer(Answer):
    """One credential. ``live`` is set where its content is a new version's, not the published one's."""

    credential: CredentialSummary
    live: LiveVersion | None = None


class CredentialFilter(Record):
    """Which credentials a list shows: all of these together.

    ``search``: every word must begin a word of name, address or id. ``incomplete``: only drafts that lack what their
    design requires. Days are inclusive.
    """

    group_id: Id | None = None
    batch_id: Id | None = None
    state: CredentialState | None = None
    search: Annotated[str, Field(max_length=200)] = ""
    incomplete: bool = False
    delivery_state: DeliveryState | None = None
    issued_from: Day | None = None
    issued_to: Day | None = None


class ListCredentials(CredentialFilter, Request):
    """A keyset page. With a day in the filter, the list is sorted by issue date, whatever ``sort`` says."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    sort: Sort = "newest"
    counted: bool = True
    """False: ``total`` is not wanted, and not looked for."""


class Credentials(Answer):
    """``total`` is None where nobody knows it without reading more than MOST_COUNTED records."""

    credentials: Many[CredentialSummary]
    cursor: str | None
    total: int | None
    more: bool = False
    """More than MOST_COUNTED match."""
    partial: bool = False
    """Looking stopped after MOST_COUNTED records; ``cursor`` goes on from there."""


CREATE_CREDENTIALS = Operation(
    SERVICE, "create_credentials", CreateCredentials, CredentialsCreated, "draft", timeout=15.0
)
AMEND_CREDENTIAL = Operation(SERVICE, "amend_credential", AmendCredential, CredentialAnswer, "draft")
DISCARD_VERSION = Operation(SERVICE, "discard_version", DiscardVersion, CredentialAnswer, "draft")
DELETE_CREDENTIALS = Operation(SERVICE, "delete_credentials", DeleteCredentials, CredentialsDeleted, "draft")
GET_CREDENTIAL = Operation(SERVICE, "get_credential", GetCredential, CredentialAnswer, "view")
LIST_CREDENTIALS = Operation(SERVICE, "list_credentials", ListCredentials, Credentials, "view")

OPERATIONS = (
    CREATE_CREDENTIALS,
    AMEND_CREDENTIAL,
    DISCARD_VERSION,
    DELETE_CREDENTIALS,
    GET_CREDENTIAL,
    LIST_CREDENTIALS,
)
