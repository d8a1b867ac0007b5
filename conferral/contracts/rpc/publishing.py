"""``store.publishing``: the publisher's side of a chunk. Two calls per chunk, none per credential."""

from conferral.contracts.edition import DocumentValues, Drawing
from conferral.contracts.ids import Digest, Id
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Done, Operation, Request
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent

SERVICE = "store.publishing"


class LoadChunk(Request):
    """Take a chunk: its credentials go to rendering, under a lease."""

    publication_id: Id
    chunk: int


class ChunkItem(Record):
    """One credential with everything that is not deterministic frozen when it was queued."""

    credential_id: Id
    revision: int
    version: int
    url: str
    """Canonical public address."""
    content: CredentialContent
    language: str
    valid_from: Instant
    valid_until: Instant | None
    awarded_date: Instant
    salt: str
    """For the hashed recipient identity."""
    status_list_id: Id
    status_list_index: int
    key_id: str
    correction: bool = False
    """The holder was told of an earlier version, at this address."""


class Chunk(Answer):
    """``items`` is empty when there is nothing (left) to do. One group, one design, one or several languages."""

    publication_id: Id
    chunk: int
    fence: int
    organisation: OrganisationProfile
    group: GroupProfile
    design: DesignPin
    items: Many[ChunkItem]


class PublishedItem(Record):
    """What the publisher made for one credential."""

    credential_id: Id
    edition: Digest
    email: Digest
    """The edition's email template for this version, named here so that the store need not read the edition."""
    email_again: Digest | None = None
    """The same for when it is sent again; None: ``email`` is."""
    language: str
    public_attributes: dict[str, str]
    """Those that the page shows; key to raw value."""
    drawing: Drawing
    document: DocumentValues
    email_values: dict[str, str]
    """Slot name of the edition's email template to text, without ``credential_url``."""


class FailedItem(Record):
    """Why one credential could not be published."""

    credential_id: Id
    code: str
    message: str


class RecordPublished(Request):
    """Store a chunk's results in one transaction: versions, public documents, deliveries, outbox rows.

    A call with a stale fence changes nothing and raises Conflict.
    """

    publication_id: Id
    chunk: int
    fence: int
    published: Many[PublishedItem]
    failed: Many[FailedItem]


class HandBackChunk(Request):
    """The worker cannot do it now, or is stopping: the chunk is queued again after ``seconds``."""

    publication_id: Id
    chunk: int
    fence: int
    reason: str
    seconds: float


LOAD_CHUNK = Operation(SERVICE, "load_chunk", LoadChunk, Chunk, "service", timeout=30.0)
RECORD_PUBLISHED = Operation(SERVICE, "record_published", RecordPublished, Done, "service", timeout=30.0)
HAND_BACK_CHUNK = Operation(SERVICE, "hand_back_chunk", HandBackChunk, Done, "service", timeout=10.0)

OPERATIONS = (LOAD_CHUNK, RECORD_PUBLISHED, HAND_BACK_CHUNK)
