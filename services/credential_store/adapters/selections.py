"""Selections as a dialog named them, and the filters that people keep."""

from datetime import datetime

from pymongo import ASCENDING

from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.domain.scope import OrganisationScope


class FrozenSelections(Repository):
    """See listing_ports.FrozenSelections. 10,000 pairs are about 600 kB: one document."""

    collection = "frozen_selections"

    def add(self, scope: OrganisationScope, selection: Document) -> None:
        """Store one."""
        self._rows.insert_one(versioned(owned(scope, **selection)))

    def get(
        self, scope: OrganisationScope, selection_id: str, now: datetime, *, session: Session = None
    ) -> Document | None:
        """Return one that has not expired."""
        found = self._rows.find_one(owned(scope, _id=selection_id), session=session)
        return found if found and found["expires_at"] > now else None

    def advance(self, scope: OrganisationScope, selection: Document, changes: Document, *, session: Session) -> bool:
        """Set fields if ``done`` (pairs dealt with) is still that of ``selection``."""
        condition = owned(scope, _id=selection["_id"], done=selection["done"])
        return self._rows.update_one(condition, {"$set": changes}, session=session).matched_count == 1


class SavedFilters(Repository):
    """See listing_ports.SavedFilters."""

    collection = "saved_filters"

    def of_person(self, scope: OrganisationScope, person_id: str) -> list[Document]:
        """Return them by name."""
        return list(self._rows.find(owned(scope, person_id=person_id)).sort("name", ASCENDING))

    def put(self, scope: OrganisationScope, saved: Document, *, session: Session) -> None:
        """Store one, instead of the person's one of the same name or id."""
        key = owned(scope, person_id=saved["person_id"], name=saved["name"])
        self._rows.delete_many(key, session=session)
        self._rows.delete_many(owned(scope, _id=saved["_id"], person_id=saved["person_id"]), session=session)
        self._rows.insert_one(versioned(owned(scope, **saved)), session=session)

    def remove(self, scope: OrganisationScope, person_id: str, filter_id: str, *, session: Session) -> bool:
        """Delete one of the person's."""
        gone = self._rows.delete_one(owned(scope, _id=filter_id, person_id=person_id), session=session)
        return gone.deleted_count == 1
