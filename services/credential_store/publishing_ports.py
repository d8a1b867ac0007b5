"""What publishing, the relay and the reader need from outside, beside ``ports``. The same conventions hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.credential_store.domain.deliveries import Move
from services.credential_store.domain.publication import Change
from services.credential_store.domain.scope import OrganisationScope, SystemScope

Document = dict[str, Any]
Session = Any


class Publications(Protocol):
    """Publications and their frozen selections."""

    def add(
        self, scope: OrganisationScope, publication: Document, pairs: Sequence[tuple[str, int]], *, session: Session
    ) -> None:
        """Store a new publication with its selection.

        :raises Duplicate: there is one of this id.
        """

    def get(self, scope: OrganisationScope, publication_id: str) -> Document | None:
        """Return one, without its selection."""

    def latest(self, scope: OrganisationScope, limit: int) -> list[Document]:
        """Return the latest, newest first."""

    def selection(self, scope: OrganisationScope, publication_id: str) -> list[tuple[str, int]]:
        """Return the pairs of credential id and revision, in the order in which they are expanded."""

    def advance(
        self, scope: OrganisationScope, publication: Document, changes: Document, *, session: Session = None
    ) -> bool:
        """Set fields if ``expanded`` and ``status`` are still those of ``publication``."""

    def control(self, scope: OrganisationScope, publication: Document, changes: Document, *, session: Session) -> bool:
        """Set fields if ``status`` and ``control_revision`` are still those of ``publication``."""

    def holds(self, scope: OrganisationScope, publication_ids: Collection[str]) -> dict[str, str]:
        """Return which of these are paused or cancelled."""

    def to_control(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return publications of any organisation that were resumed or cancelled, and are not dealt with."""

    def take_control(self, scope: SystemScope, publication: Document, until: datetime | None) -> bool:
        """Hold such a publication until then, or (None) have it dealt with; False: somebody decided anew, or holds it.

        What was changed is carried into ``publication``.
        """

    def due(self, scope: SystemScope, status: str, now: datetime, limit: int) -> list[Document]:
        """Return publications of any organisation that somebody should look at."""

    def take(self, scope: SystemScope, publication: Document, until: datetime) -> bool:
        """Hold a due publication until then; False: somebody else does."""


class Chunks(Protocol):
    """Chunks of publications: at most 100 credentials of one group, with a fence and a lease."""

    def add(self, scope: OrganisationScope, chunk: Document, items: Sequence[Document], *, session: Session) -> None:
        """Store a new chunk with what is frozen of its credentials."""

    def items(self, scope: OrganisationScope, chunk: Document) -> list[Document]:
        """Return what is frozen of a chunk's credentials; nothing once it is done."""

    def drop_items(self, scope: OrganisationScope, chunk: Document, *, session: Session) -> None:
        """Forget what was frozen."""

    def get(self, scope: OrganisationScope, publication_id: str, chunk: int) -> Document | None:
        """Return one."""

    def of(self, scope: OrganisationScope, publication_ids: Sequence[str]) -> list[Document]:
        """Return state and counters of all chunks of these publications."""

    def failed_ids(self, scope: OrganisationScope, publication_id: str) -> list[str]:
        """Return the ids of a publication's credentials that failed in it, whatever became of them since."""

    def change(
        self,
        scope: OrganisationScope,
        chunk: Document,
        changes: Document,
        *,
        remove: Sequence[str] = (),
        session: Session = None,
    ) -> bool:
        """Set fields if ``state`` and ``fence`` are still those of ``chunk``."""

    def count(
        self, scope: OrganisationScope, changes: Mapping[tuple[str, int], Mapping[str, int]], *, session: Session
    ) -> None:
        """Add to the counters of chunks, given by publication id and number."""

    def due(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return chunks of any organisation that the sweeper should look at."""


class Publishable(Protocol):
    """Credentials on their way to publication. Many at a time, always."""

    def many(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, Document]:
        """Return those that exist, by id."""

    def groups_of(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, str]:
        """Return credential id to group id for those that exist."""

    def change(self, scope: OrganisationScope, changes: Sequence[Change], *, session: Session) -> int:
        """Carry out those whose credential still has its state and revision, and return how many."""

    def record_deliveries(
        self, scope: OrganisationScope, states: Mapping[tuple[str, int], str], *, session: Session
    ) -> None:
        """Write how a credential's latest delivery stands: (credential id, ordinal of the delivery) to state."""

    def count_delivery(self, scope: OrganisationScope, credential: Document, *, session: Session) -> bool:
        """Note one more email, if version and number of emails are still these and the version is live."""

    def standing(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, Document]:
        """Return ``state`` and ``published_version``, by id."""


class Versions(Protocol):
    """Published contents: immutable, numbered."""

    def add(self, scope: OrganisationScope, versions: Sequence[Document], *, session: Session) -> None:
        """Store new versions."""

    def get(self, scope: OrganisationScope, version_id: str) -> Document | None:
        """Return one."""

    def supersede(
        self, scope: OrganisationScope, version_ids: Sequence[str], now: datetime, *, session: Session
    ) -> None:
        """Note that newer ones took their place."""


class PublicDocuments(Protocol):
    """All that the reader needs: one document per published credential."""

    def put(
        self, scope: OrganisationScope, documents: Sequence[Document], *, first: Collection[str], session: Session
    ) -> None:
        """Store or replace them; ``first`` are the ids of those that were never public before."""

    def find(self, scope: SystemScope, credential_id: str) -> Document | None:
        """Return one, or a tombstone (``erased``), or None."""


class Deliveries(Protocol):
    """Intended emails."""

    def add(self, scope: OrganisationScope, deliveries: Sequence[Document], *, session: Session) -> None:
        """Store new ones."""

    def claim(
        self, scope: OrganisationScope, delivery_ids: Sequence[str], token: str, now: datetime, until: datetime
    ) -> list[Document]:
        """Move those that are queued and due to claimed, and return them as they are then."""

    def many(self, scope: OrganisationScope, delivery_ids: Sequence[str]) -> dict[str, Document]:
        """Return those that exist, by id."""

    def publications_of(self, scope: OrganisationScope, delivery_ids: Sequence[str]) -> dict[str, str]:
        """Return delivery id to publication id for those that a publication made."""

    def of_chunk(self, scope: OrganisationScope, publication_id: str, chunk: int) -> list[Document]:
        """Return all of a chunk, without their texts."""

    def of_credential(self, scope: OrganisationScope, credential_id: str, limit: int) -> list[Document]:
        """Return a credential's latest, newest first, without their texts."""

    def addresses(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return credential and address of these credentials' emails, but for those that failed or were cancelled."""

    def move(self, scope: OrganisationScope, moves: Sequence[Move], *, session: Session = None) -> int:
        """Carry out those whose delivery still has its state and fence, and return how many."""

    def due(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return deliveries of any organisation that the sweeper should look at."""

    def suppressed(self, scope: OrganisationScope, addresses: Sequence[str]) -> set[str]:
        """Return which of these folded addresses must not be written to."""


class FailingAddresses(Protocol):
    """Addresses to which the last email about a credential failed."""

    def record(
        self,
        scope: OrganisationScope,
        failed: Collection[str],
        accepted: Collection[str],
        now: datetime,
        *,
        session: Session,
    ) -> None:
        """Note those to which an email failed, and forget those to which one was accepted."""

    def among(self, scope: OrganisationScope, addresses: Sequence[str]) -> set[str]:
        """Return which of these folded addresses are failing."""


class GroupChanges(Protocol):
    """What a changed group carries on to its credentials."""

    def due(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return groups of any organisation that have something to carry on."""

    def take(self, scope: SystemScope, group: Document, until: datetime) -> bool:
        """Hold a due group until then; False: somebody else does, or it was changed again."""

    def advance(self, scope: OrganisationScope, group: Document, changes: Document, *, session: Session) -> bool:
        """Set fields (None: drop them) if it stands where ``group`` says."""

    def credentials(
        self, scope: OrganisationScope, group_id: str, after: str | None, limit: int, *, session: Session
    ) -> list[Document]:
        """Return the group's next credentials, newest first."""

    def show(
        self, scope: OrganisationScope, credential_ids: Sequence[str], visibility: str, *, session: Session
    ) -> None:
        """Set the visibility of published pages."""

    def mark(
        self, scope: OrganisationScope, complete: Sequence[str], incomplete: Sequence[str], *, session: Session
    ) -> None:
        """Note which unpublished credentials lack what their design requires."""


class OutboxRelay(Protocol):
    """The relay's side of the outbox."""

    def claim(self, scope: SystemScope, token: str, now: datetime, until: datetime, limit: int) -> list[Document]:
        """Hold rows that are due; several relays never hold the same row at once."""

    def remove(self, scope: SystemScope, token: str, message_ids: Sequence[str]) -> int:
        """Delete rows that the broker has confirmed."""

    def put_off(self, scope: SystemScope, token: str, until: Mapping[str, datetime], *, tried: Collection[str]) -> None:
        """Give rows back, due then; ``tried`` are those whose publication failed."""

    def waiting(self, scope: SystemScope, message_ids: Sequence[str]) -> set[str]:
        """Return which of these have not left yet."""


class Leases(Protocol):
    """Who may do what only one process does at a time."""

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or renew a lease; False: somebody else holds it."""

    def release(self, name: str, holder: str) -> None:
        """Give it up early."""


class Blobs(Protocol):
    """Content by its digest. What was put stays."""

    def put(self, digest: str, content: bytes, media_type: str) -> bool:
        """Store it; False: it was there."""

    def get(self, digest: str) -> tuple[bytes, str] | None:
        """Return content and media type."""


class Bus(Protocol):
    """Where the outbox's rows go."""

    def publish(self, rows: Sequence[Document]) -> None:
        """Publish rows and wait for the broker to confirm all of them.

        :raises Unavailable: nobody knows which of them the broker has.
        """


@dataclass(frozen=True)
class Publishing:
    """The repositories of publishing, of the relay and of the reader."""

    publications: Publications
    chunks: Chunks
    credentials: Publishable
    versions: Versions
    public: PublicDocuments
    deliveries: Deliveries
    addresses: FailingAddresses
    outbox: OutboxRelay
    leases: Leases
    blobs: Blobs
    group_changes: GroupChanges
