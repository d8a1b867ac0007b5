"""What the handlers need from outside. The adapters' repositories fit these protocols; nobody imitates them in tests.

Records are plain documents (see docs/architecture.md, "The data"). Every call takes a scope first: organisation scopes
for what an organisation owns, system scopes for the named exceptions. ``session`` is the transaction's, from
``RunTransaction``; None: on its own.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from conferral.contracts.commands import Command
from conferral.contracts.events import Event
from services.credential_store.domain.scope import OrganisationScope, Scope, SystemScope

T = TypeVar("T")
Document = dict[str, Any]
Session = Any
"""Opaque outside the adapters."""


class Duplicate(Exception):
    """A unique index holds this value already; the transaction, if there was one, is void."""


class RunTransaction(Protocol):
    """Runs ``work(session)`` in one transaction of at most about 100 documents, perhaps more than once.

    No I/O inside but repositories' calls with that session.
    """

    def __call__(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` returned.

        :raises Duplicate: a unique index refused.
        :raises Unavailable: it could not be committed in time; perhaps it was.
        """


class People(Protocol):
    """People and their memberships. ``email`` is folded (domain.text)."""

    def by_email(self, scope: SystemScope, email: str) -> Document | None:
        """Return the person or None."""

    def by_id(self, scope: SystemScope, person_id: str) -> Document | None:
        """Return the person or None."""

    def add(self, scope: SystemScope, person: Document, *, session: Session) -> None:
        """Store a new person."""

    def change(self, scope: SystemScope, person_id: str, changes: Document, *, session: Session) -> None:
        """Set fields."""

    def memberships(self, scope: SystemScope, person_id: str) -> list[Document]:
        """Return all of the person's memberships."""

    def membership(self, scope: SystemScope, person_id: str, organisation_id: str) -> Document | None:
        """Return the membership or None."""

    def add_membership(self, scope: OrganisationScope, person_id: str, role: str, *, session: Session) -> None:
        """Store a membership."""


class Sessions(Protocol):
    """Sessions and password resets, both found by the hash of their token."""

    def open(
        self, scope: SystemScope, token_hash: str, person_id: str, expires_at: datetime, user_agent: str = ""
    ) -> None:
        """Store a session."""

    def person_of(self, scope: SystemScope, token_hash: str) -> str | None:
        """Return whose live session it is."""

    def end(self, scope: SystemScope, token_hash: str) -> None:
        """End one session; unknown ones are ended already."""

    def end_all(self, scope: SystemScope, person_id: str, *, session: Session) -> None:
        """End all of a person's sessions and password resets."""

    def add_reset(
        self, scope: SystemScope, token_hash: str, person_id: str, expires_at: datetime, *, session: Session
    ) -> None:
        """Store a password reset."""

    def take_reset(self, scope: SystemScope, token_hash: str, *, session: Session) -> str | None:
        """Use a live password reset up, and return whose it was."""


class Attempts(Protocol):
    """Counters per hashed key and window of time."""

    def count(self, scope: SystemScope, key: str, window: float) -> int:
        """Add one and return how many there were in the window (seconds) now running, this one included."""

    def forget(self, scope: SystemScope, key: str, window: float) -> None:
        """Start over."""


class Organisations(Protocol):
    """Organisations by their id."""

    def get(self, scope: OrganisationScope) -> Document | None:
        """Return the scope's organisation."""

    def add(self, scope: OrganisationScope, organisation: Document, *, session: Session) -> None:
        """Store a new one."""

    def many(self, scope: SystemScope, organisation_ids: Sequence[str]) -> Mapping[str, Document]:
        """Return several by id."""


class Groups(Protocol):
    """Groups."""

    def get(self, scope: OrganisationScope, group_id: str) -> Document | None:
        """Return one."""

    def many(self, scope: OrganisationScope, group_ids: Sequence[str]) -> dict[str, Document]:
        """Return several by id; those of other organisations are missing, like unknown ones."""

    def add(self, scope: OrganisationScope, group: Document, *, session: Session) -> None:
        """Store a new one."""

    def hold(self, scope: OrganisationScope, group_id: str, *, session: Session) -> None:
        """Write to the group, so that of two transactions that hold it one runs after the other."""

    def page(
        self, scope: OrganisationScope, after: str | None, limit: int, *, archived: bool = False
    ) -> list[Document]:
        """Return up to ``limit`` groups, newest first, after the ``order`` of the last page's last one."""

    def find(self, scope: OrganisationScope, words: Sequence[str], limit: int) -> list[Document]:
        """Return id and name of the newest groups in use of which every word begins a word of the name."""

    def amend(
        self, scope: OrganisationScope, group_id: str, revision: int, changes: Document, *, session: Session
    ) -> Document | None:
        """Set fields (None: drop them) and raise the revision; None: it is at another revision, or not there."""

    def of_design(self, scope: OrganisationScope, design_id: str, limit: int) -> list[Document]:
        """Return the newest groups of a design."""

    def touch_design(self, scope: OrganisationScope, design_id: str, fields: Document, *, session: Session) -> None:
        """Set fields in all groups of a design."""


class Designs(Protocol):
    """Plugins with saved options."""

    def get(self, scope: OrganisationScope, design_id: str) -> Document | None:
        """Return one."""

    def many(self, scope: OrganisationScope, design_ids: Sequence[str]) -> dict[str, Document]:
        """Return several by id."""

    def add(self, scope: OrganisationScope, design: Document, *, session: Session) -> None:
        """Store a new one."""

    def amend(
        self, scope: OrganisationScope, design_id: str, revision: int, changes: Document, *, session: Session
    ) -> bool:
        """Set fields and raise the revision; False: it is at another one, or not there."""

    def all(self, scope: OrganisationScope) -> list[Document]:
        """Return all, by name."""


class Counters(Protocol):
    """How many credentials a group has, kept in shards so that transactions seldom meet.

    ``published`` are those with a published version, ``drafts`` all others, whatever their state: together, all.
    """

    def add(
        self, scope: OrganisationScope, group_id: str, *, drafts: int = 0, published: int = 0, session: Session
    ) -> None:
        """Add to the counters; negative numbers subtract."""

    def of_groups(self, scope: OrganisationScope, group_ids: Sequence[str] | None = None) -> dict[str, tuple[int, int]]:
        """Return group id to (drafts, published); None: of all groups."""


class Credentials(Protocol):
    """Credentials in their current state. Changes are compare-and-set on ``revision``."""

    def get(self, scope: OrganisationScope, credential_id: str, *, session: Session = None) -> Document | None:
        """Return one."""

    def add(self, scope: OrganisationScope, credentials: Sequence[Document], *, session: Session) -> None:
        """Store new ones."""

    def taken(
        self, scope: OrganisationScope, external_ids: Sequence[str], *, session: Session = None
    ) -> dict[str, str]:
        """Return which external ids exist, each with its credential's id."""

    def addresses(
        self, scope: OrganisationScope, group_id: str, addresses: Sequence[str], *, session: Session = None
    ) -> set[str]:
        """Return which of these folded addresses the group has a credential for that is not revoked."""

    def amend(
        self, scope: OrganisationScope, credential_id: str, revision: int, changes: Document, *, session: Session
    ) -> Document | None:
        """Set fields and raise the revision; None: it is at another revision, or not there."""

    def remove_drafts(
        self, scope: OrganisationScope, pairs: Sequence[tuple[str, int]], *, session: Session
    ) -> list[Document]:
        """Delete those that are never-published drafts at this revision, and return them as they were."""


class Batches(Protocol):
    """Create calls: what makes them repeatable, and whole."""

    def get(self, scope: OrganisationScope, batch_id: str, part: int, *, session: Session = None) -> Document | None:
        """Return the record of a call."""

    def add(self, scope: OrganisationScope, record: Document, *, session: Session) -> None:
        """Store the record of a new call."""

    def advance(
        self, scope: OrganisationScope, record: Document, stored: int, changes: Document, *, session: Session
    ) -> bool:
        """Set fields if ``stored`` (rows so far) is still this; False: somebody else was faster."""

    def unfinished(self, scope: SystemScope, before: datetime, limit: int) -> list[Document]:
        """Return calls of any organisation that began before and are not whole."""


class StatusLists(Protocol):
    """Status lists and their counters of given indexes."""

    def add(self, scope: OrganisationScope, status_list_id: str, *, session: Session) -> None:
        """Store a new, empty list."""

    def allocate(self, scope: OrganisationScope, count: int, *, session: Session) -> list[tuple[str, int]]:
        """Take ``count`` pairs of list id and index that nobody had before; a full list is followed by a new one."""


class SigningKeys(Protocol):
    """Wrapped signing keys."""

    def add(self, scope: OrganisationScope, key: Document, *, session: Session) -> None:
        """Store a key."""


class Outbox(Protocol):
    """Messages that leave with the transaction that they belong to."""

    def add_commands(self, scope: Scope, commands: Sequence[Command], *, session: Session) -> None:
        """Queue commands for the relay."""

    def add_events(self, scope: Scope, events: Sequence[Event], *, session: Session) -> None:
        """Queue events for the relay."""


class Audit(Protocol):
    """The log of changes: insert-only, in the transaction of the change."""

    def add(
        self, scope: OrganisationScope, actor: str, action: str, target: str, details: Document, *, session: Session
    ) -> None:
        """Write a row; ``details`` hold ids and numbers, no personal data."""


class AccountMail(Protocol):
    """Emails about accounts: deliveries that belong to the installation."""

    def queue(self, scope: OrganisationScope, delivery: Document, *, session: Session) -> None:
        """Store a delivery in state queued. The caller adds the command to the outbox."""
