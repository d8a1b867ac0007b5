"""Organisations with their status lists and signing keys."""

import secrets
from collections.abc import Mapping, Sequence

from conferral.contracts.ids import new_id
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.domain import status_index
from services.credential_store.domain.scope import OrganisationScope, SystemScope


class Organisations(Repository):
    """See ports.Organisations."""

    collection = "organisations"

    def get(self, scope: OrganisationScope) -> Document | None:
        """Return the scope's organisation."""
        return self._rows.find_one({"_id": scope.organisation_id})

    def add(self, scope: OrganisationScope, organisation: Document, *, session: Session) -> None:
        """Store a new one."""
        self._rows.insert_one(versioned({**organisation, "_id": scope.organisation_id}), session=session)

    def many(self, scope: SystemScope, organisation_ids: Sequence[str]) -> Mapping[str, Document]:
        """Return several by id."""
        found = self._rows.find({"_id": {"$in": list(organisation_ids)}}, comment=scope.comment)
        return {organisation["_id"]: organisation for organisation in found}


class StatusLists(Repository):
    """See ports.StatusLists."""

    collection = "status_lists"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._organisations = database.collection("organisations")

    def add(self, scope: OrganisationScope, status_list_id: str, *, session: Session) -> None:
        """Store a new, empty list."""
        empty = {"_id": status_list_id, "seed": secrets.token_hex(16), "next": 0, "size": status_index.LIST_SIZE}
        self._rows.insert_one(versioned(owned(scope, **empty)), session=session)

    def allocate(self, scope: OrganisationScope, count: int, *, session: Session) -> list[tuple[str, int]]:
        """Take ``count`` pairs of list id and index; two transactions at once meet, and one of them runs again."""
        organisation = self._organisations.find_one({"_id": scope.organisation_id}, session=session)
        if organisation is None:
            raise LookupError("the organisation is gone")
        current: str = organisation["status_list_id"]
        taken = self._take(scope, current, count, session)
        while len(taken) < count:
            current = new_id()
            self.add(scope, current, session=session)
            self._organisations.update_one(
                {"_id": scope.organisation_id}, {"$set": {"status_list_id": current}}, session=session
            )
            taken += self._take(scope, current, count - len(taken), session)
        return taken

    def _take(
        self, scope: OrganisationScope, status_list_id: str, count: int, session: Session
    ) -> list[tuple[str, int]]:
        """Take up to ``count`` from one list: as many as it still has."""
        row = owned(scope, _id=status_list_id)
        status_list = self._rows.find_one(row, session=session)
        if status_list is None:
            raise LookupError("the status list is gone")
        first, last = status_list["next"], min(status_list["next"] + count, status_list["size"])
        if last > first:
            self._rows.update_one({**row, "next": first}, {"$set": {"next": last}}, session=session)
        seed = status_list["seed"]
        return [(status_list_id, status_index.position(seed, number)) for number in range(first, last)]


class SigningKeys(Repository):
    """See ports.SigningKeys."""

    collection = "signing_keys"

    def add(self, scope: OrganisationScope, key: Document, *, session: Session) -> None:
        """Store a key."""
        self._rows.insert_one(versioned(owned(scope, **key)), session=session)
