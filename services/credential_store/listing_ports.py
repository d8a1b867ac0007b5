"""What lists of credentials need from outside, beside ``ports``. The same conventions hold."""

from datetime import datetime
from typing import Any, Protocol

from services.credential_store.domain.listing import Range
from services.credential_store.domain.scope import OrganisationScope

Document = dict[str, Any]
Session = Any


class Listing(Protocol):
    """Credentials by ranges of indexes; see domain.listing."""

    def read(self, scope: OrganisationScope, range_: Range, direction: int, limit: int) -> list[Document]:
        """Return the first records of an exact range in its own order."""

    def walk(self, scope: OrganisationScope, range_: Range, direction: int, limit: int, most: int) -> list[Document]:
        """Look at the first ``most`` records of a range, in its own order, and return up to ``limit`` wanted ones."""

    def look_through(
        self, scope: OrganisationScope, range_: Range, order: Range, direction: int, limit: int
    ) -> list[Document]:
        """Look at all records of a range, and return the first wanted ones in another order, within its bounds."""

    def place(self, scope: OrganisationScope, range_: Range, direction: int, nth: int) -> str | None:
        """Return the key of a range's nth record (from 1) in its own order; None: there are fewer."""

    def count(self, scope: OrganisationScope, range_: Range, most: int) -> int:
        """Count the records of a range, wanted or not; stop after one more than ``most``."""

    def count_wanted(self, scope: OrganisationScope, range_: Range, most: int) -> int:
        """Count the wanted records of a range that has few records; stop after one more than ``most``."""


class FrozenSelections(Protocol):
    """Selections as a dialog named them; gone after an hour."""

    def add(self, scope: OrganisationScope, selection: Document) -> None:
        """Store one."""

    def get(
        self, scope: OrganisationScope, selection_id: str, now: datetime, *, session: Session = None
    ) -> Document | None:
        """Return one that has not expired."""

    def advance(self, scope: OrganisationScope, selection: Document, changes: Document, *, session: Session) -> bool:
        """Set fields if ``done`` (pairs dealt with) is still that of ``selection``."""


class SavedFilters(Protocol):
    """Filters that a person keeps under a name."""

    def of_person(self, scope: OrganisationScope, person_id: str) -> list[Document]:
        """Return them by name."""

    def put(self, scope: OrganisationScope, saved: Document, *, session: Session) -> None:
        """Store one, instead of the person's one of the same name."""

    def remove(self, scope: OrganisationScope, person_id: str, filter_id: str, *, session: Session) -> bool:
        """Delete one of the person's."""
