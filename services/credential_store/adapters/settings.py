"""Settings of organisations, memberships, invitations, a person's sessions; see ``settings_ports``."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.domain.scope import OrganisationScope, SystemScope

_SEVERAL = 2


class OrganisationSettings(Repository):
    """See settings_ports.OrganisationSettings."""

    collection = "organisations"

    def change(
        self,
        scope: OrganisationScope,
        revision: int,
        changes: Document,
        *,
        counter: str = "revision",
        session: Session,
    ) -> bool:
        """Set fields and raise the revision; one that was never counted is at 0."""
        condition = {"_id": scope.organisation_id, counter: revision or None}
        update = {"$set": {**changes, counter: revision + 1}}
        return self._rows.update_one(condition, update, session=session).modified_count == 1

    def limit(self, scope: OrganisationScope, publish: int | None, *, session: Session) -> bool:
        """Set how many credentials may be published at once (None: as everybody); False: there is none."""
        update: Document = {"$set": {"publication_limit": publish}}
        return self._rows.update_one({"_id": scope.organisation_id}, update, session=session).matched_count == 1


class Memberships(Repository):
    """See settings_ports.Memberships."""

    collection = "memberships"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._people = database.collection("people")
        self._organisations = database.collection("organisations")

    def all(self, scope: OrganisationScope, limit: int) -> list[Document]:
        """Return up to ``limit``."""
        return list(self._rows.find(owned(scope)).limit(limit))

    def people(self, scope: SystemScope, person_ids: Sequence[str]) -> dict[str, Document]:
        """Return people by id, without their passwords' hashes."""
        condition = {"_id": {"$in": list(person_ids)}}
        found = self._people.find(condition, {"password_hash": 0}, comment=scope.comment)
        return {person["_id"]: person for person in found}

    def lock(self, scope: OrganisationScope, *, session: Session) -> None:
        """Write to a document that all of these transactions write to: of two at once, one runs again."""
        update = {"$inc": {"people_changes": 1}}
        self._organisations.update_one({"_id": scope.organisation_id}, update, session=session)

    def owners(self, scope: OrganisationScope, *, session: Session) -> int:
        """Return how many owners there are; 2 stands for more."""
        return len(list(self._rows.find(owned(scope, role="owner"), session=session).limit(_SEVERAL)))

    def set_role(self, scope: OrganisationScope, person_id: str, before: str, role: str, *, session: Session) -> bool:
        """Change a role."""
        condition = owned(scope, _id=f"{scope.organisation_id}:{person_id}", role=before)
        return self._rows.update_one(condition, {"$set": {"role": role}}, session=session).matched_count == 1

    def remove(self, scope: OrganisationScope, person_id: str, *, session: Session) -> Document | None:
        """Remove a membership, and return it."""
        condition = owned(scope, _id=f"{scope.organisation_id}:{person_id}")
        return self._rows.find_one_and_delete(condition, session=session)


class Invitations(Repository):
    """See settings_ports.Invitations."""

    collection = "invitations"

    def all(self, scope: OrganisationScope, limit: int) -> list[Document]:
        """Return up to ``limit``, by address."""
        return list(self._rows.find(owned(scope)).sort("email", ASCENDING).limit(limit))

    def get(self, scope: OrganisationScope, invitation_id: str) -> Document | None:
        """Return one."""
        return self._rows.find_one(owned(scope, _id=invitation_id))

    def add(self, scope: OrganisationScope, invitation: Document, *, session: Session) -> None:
        """Store a new one."""
        self._rows.insert_one(versioned(owned(scope, **invitation)), session=session)

    def renew(self, scope: OrganisationScope, invitation_id: str, changes: Document, *, session: Session) -> bool:
        """Set fields; False: it is gone."""
        update = {"$set": changes}
        return self._rows.update_one(owned(scope, _id=invitation_id), update, session=session).matched_count == 1

    def remove(self, scope: OrganisationScope, invitation_id: str, *, session: Session) -> bool:
        """Withdraw; False: it is gone."""
        return self._rows.delete_one(owned(scope, _id=invitation_id), session=session).deleted_count == 1

    def by_token(self, scope: SystemScope, token_hash: str, now: datetime) -> Document | None:
        """Return the one that this token opens now."""
        return self._rows.find_one({"token_hash": token_hash, "expires_at": {"$gt": now}}, comment=scope.comment)

    def take(self, scope: SystemScope, token_hash: str, now: datetime, *, session: Session) -> Document | None:
        """Use it up, and return it."""
        live = {"token_hash": token_hash, "expires_at": {"$gt": now}}
        return self._rows.find_one_and_delete(live, session=session, comment=scope.comment)


class OwnSessions(Repository):
    """See settings_ports.OwnSessions."""

    collection = "sessions"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._now = database.now

    def of_person(self, scope: SystemScope, person_id: str, limit: int) -> list[Document]:
        """Return up to ``limit`` live ones."""
        live = {"person_id": person_id, "expires_at": {"$gt": self._now()}}
        return list(self._rows.find(live, comment=scope.comment).sort("created_at", DESCENDING).limit(limit))

    def end_others(self, scope: SystemScope, person_id: str, kept_hash: str, *, session: Session = None) -> None:
        """End all but one."""
        others = {"person_id": person_id, "_id": {"$ne": kept_hash}}
        self._rows.delete_many(others, session=session, comment=scope.comment)
