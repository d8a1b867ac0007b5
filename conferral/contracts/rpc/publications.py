"""``store.publications``: what **Confirm** starts, and how far it is."""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Id, NumberedId
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Operation, Request

SERVICE = "store.publications"

MOST_SELECTED = 5_000
"""Explicitly named credentials in one request: their ids and revisions stay well below 256 kB on the bus."""


class RequestPublication(Request):
    """Idempotent by ``publication_id``, which the dialog makes: a second Confirm publishes nothing twice."""

    publication_id: Id
    credentials: Annotated[Many[NumberedId], Field(max_length=MOST_SELECTED)] = ()
    """Pairs of credential id and the revision that the issuer saw."""
    selection_id: Id | None = None
    """Instead of ``credentials``: what the dialog froze (``store.credentials.freeze_selection``)."""


class Counts(Record):
    """Sums over the publication's chunks. Every selected credential is in one of the first five."""

    selected: int
    skipped: int
    """Changed in between, incomplete, or no longer a draft: left as they are."""
    queued: int
    published: int
    failed: int
    emails_sent: int
    emails_failed: int
    emails_unconfirmed: int


class PublicationSummary(Record):
    """A publication and where it stands."""

    id: Id
    status: Literal["expanding", "running", "finished"]
    counts: Counts
    groups: Many[str]
    """Names."""
    requested_by: str
    requested_at: Instant


class PublicationAnswer(Answer):
    """One publication."""

    publication: PublicationSummary


class GetPublication(Request):
    """One publication."""

    publication_id: Id


class ListPublications(Request):
    """The latest publications."""

    limit: Annotated[int, Field(ge=1, le=50)] = 10


class Publications(Answer):
    """Newest first."""

    publications: Many[PublicationSummary]


REQUEST_PUBLICATION = Operation(
    SERVICE, "request_publication", RequestPublication, PublicationAnswer, "publish", timeout=15.0
)
GET_PUBLICATION = Operation(SERVICE, "get_publication", GetPublication, PublicationAnswer, "view")
LIST_PUBLICATIONS = Operation(SERVICE, "list_publications", ListPublications, Publications, "view")

OPERATIONS = (REQUEST_PUBLICATION, GET_PUBLICATION, LIST_PUBLICATIONS)
