"""What the auditor needs from outside, beside ``ports``: to read everything, and to change nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.credential_store.domain.scope import SystemScope

Document = dict[str, Any]


class AuditReading(Protocol):
    """Reads records of any organisation, without what is personal in them, and takes no locks.

    A condition is a value, or a ``domain.auditing.spans.Span``: whatever lies within.
    """

    def pages(self, scope: SystemScope, collection: str, **conditions: Any) -> Iterator[list[Document]]:
        """Return what matches, in pages, in no order."""

    def all(self, scope: SystemScope, collection: str, **conditions: Any) -> list[Document]:
        """Return what matches where that is known to be little."""

    def named(self, scope: SystemScope, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        """Return those that are there, by id."""

    def publication_ids(self, scope: SystemScope, organisation_id: str, until: datetime) -> list[str]:
        """Return the ids of an organisation's publications of before then."""

    def amendments(
        self, scope: SystemScope, organisation_id: str, since: datetime, until: datetime
    ) -> Iterator[list[Document]]:
        """Return the audit rows of amendments from that time, in pages."""

    def count_group(self, scope: SystemScope, organisation_id: str, group_id: str) -> tuple[int, int]:
        """Count a group's credentials: never published, and published."""

    def messages(self, scope: SystemScope, before: datetime, limit: int) -> list[Document]:
        """Return outbox rows that were due before then."""

    def missing_blobs(self, digests: Sequence[str]) -> list[str]:
        """Return which of these blobs are not there, or not whole."""

    def open_transactions(self, seconds: float) -> list[tuple[float, str]] | None:
        """Return for how long transactions of more than so many seconds have been open, and by whom.

        None: the server does not tell us.
        """


class AcceptedLog(Protocol):
    """A mail server's own log of what it accepted."""

    def refresh(self, *, mark: bool = False) -> None:
        """Read what was added. With ``mark``, what is known then counts as before."""

    def before(self, message_id: str) -> int:
        """How often it had been accepted at the last mark."""

    def after(self, message_id: str) -> int:
        """How often it has been accepted."""

    def message_ids(self) -> Iterator[list[str]]:
        """Return all of them, in pages."""


class Verdicts(Protocol):
    """The last verdicts."""

    def keep(self, scope: SystemScope, verdict: Document) -> None:
        """Store one in place of the last one."""

    def last(self, scope: SystemScope) -> Document | None:
        """Return the last one about all organisations."""
