"""``store.publications``: what **Confirm** starts, and how far it is."""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Id, NumberedId
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.credentials import CredentialSummary

SERVICE = "store.publications"

MOST_SELECTED = 5_000
"""Explicitly named credentials in one request: their ids and revisions stay well below 256 kB on the bus."""


class RequestPublication(Request):
    """Idempotent by ``publication_id``, which the dialog makes: a second Confirm publishes nothing twice."""

    publication_id: Id
    credentials: Annotated[Many[NumberedId], Field(max_length=MOST_SELECTED)] = ()
    """Pairs of credential id and the revision that the issuer saw."""
    tell_again: bool = False
    """Whether holders of credentials that were published before get an email about the new version."""
    selection_id: Id | None = None
    """Instead of ``credentials``: what the dialog froze (``store.credentials.freeze_selection``)."""


class Counts(Record):
    """Sums over the publication's chunks. Every selected credential is in one of the first five, or ``cancelled``."""

    selected: int
    skipped: int
    """Changed in between, incomplete, or no longer a draft: left as they are."""
    queued: int
    published: int
    failed: int
    emails_sent: int
    emails_failed: int
    emails_unconfirmed: int
    cancelled: int = 0
    """Back to draft, or never begun, because the publication was cancelled."""
    emails_cancelled: int = 0
    """Will not be sent: the publication was cancelled, or the address or credential must not be written about."""
    not_told: int = 0
    """Published without an email: a new version of which the issuer did not want the holder told."""


class PublicationSummary(Record):
    """A publication and where it stands.

    ``hold`` says that nothing more of it is rendered or mailed: until it is resumed, or for good. What is already being
    rendered or sent comes to its end; ``status`` is finished when all of it has.
    """

    id: Id
    status: Literal["expanding", "running", "finished"]
    counts: Counts
    groups: Many[str]
    """Names."""
    requested_by: str
    requested_at: Instant
    hold: Literal["paused", "cancelled"] | None = None


class PublicationAnswer(Answer):
    """One publication."""

    publication: PublicationSummary


class GetPublication(Request):
    """One publication."""

    publication_id: Id


class ListPublications(Request):
    """The latest publications."""

    limit: Annotated[int, Field(ge=1, le=50)] = 10
    moving: bool = False
    """Of these, only those that have not finished."""
    group_id: Id | None = None
    """Of these, only those that publish something of this group."""


class Publications(Answer):
    """Newest first."""

    publications: Many[PublicationSummary]


class PausePublication(Request):
    """Nothing more is rendered or mailed until it is resumed. Asking twice, or too late, changes nothing."""

    publication_id: Id


class ResumePublication(Request):
    """Go on with what was paused. Asking twice changes nothing; what was cancelled stays so: Conflict."""

    publication_id: Id


class CancelPublication(Request):
    """Give up what is left, for good. It is answered at once; the relay carries it out.

    What was not rendered returns to draft, what was published but not mailed stays published with its email cancelled.
    """

    publication_id: Id


class Problem(Record):
    """A credential that failed, or an email that did not arrive or may not have, with its reason."""

    kind: Literal["failed", "email_failed", "email_unconfirmed", "email_cancelled"]
    credential: CredentialSummary
    """As it is now."""
    address: str
    """Where the email was to go; of a credential that failed, its own."""
    reason: str
    """The mail server's own words, or ours."""
    attempts: int
    """Of the email."""


class ListProblems(Request):
    """A publication's problems in the order of its chunks; whole chunks, until there are ``limit`` problems."""

    publication_id: Id
    from_chunk: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class Problems(Answer):
    """``next_chunk`` is where the next page begins; None: that was all."""

    problems: Many[Problem]
    next_chunk: int | None


REQUEST_PUBLICATION = Operation(
    SERVICE, "request_publication", RequestPublication, PublicationAnswer, "publish", timeout=15.0
)
GET_PUBLICATION = Operation(SERVICE, "get_publication", GetPublication, PublicationAnswer, "view")
LIST_PUBLICATIONS = Operation(SERVICE, "list_publications", ListPublications, Publications, "view")

PAUSE_PUBLICATION = Operation(SERVICE, "pause_publication", PausePublication, PublicationAnswer, "publish")
RESUME_PUBLICATION = Operation(SERVICE, "resume_publication", ResumePublication, PublicationAnswer, "publish")
CANCEL_PUBLICATION = Operation(SERVICE, "cancel_publication", CancelPublication, PublicationAnswer, "publish")
LIST_PROBLEMS = Operation(SERVICE, "list_problems", ListProblems, Problems, "view")

OPERATIONS = (
    REQUEST_PUBLICATION,
    GET_PUBLICATION,
    LIST_PUBLICATIONS,
    PAUSE_PUBLICATION,
    RESUME_PUBLICATION,
    CANCEL_PUBLICATION,
    LIST_PROBLEMS,
)
