"""People, sessions, attempts: what signing in needs."""

import time
from datetime import datetime, timedelta

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.domain.scope import OrganisationScope, SystemScope

_USE_IS_NOTED_EVERY = timedelta(minutes=5)
"""A page asks several times whose session it is: one write in a while is exact enough for a list of sessions."""


class People(Repository):
    """See ports.People."""

    collection = "people"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._memberships = database.collection("memberships")

    def by_email(self, scope: SystemScope, email: str) -> Document | None:
        """Return the person or None."""
        return self._rows.find_one({"email": email}, comment=scope.comment)

    def by_id(self, scope: SystemScope, person_id: str) -> Document | None:
        """Return the person or None."""
        return self._rows.find_one({"_id": person_id}, comment=scope.comment)

    def add(self, scope: SystemScope, person: Document, *, session: Session) -> None:
        """Store a new person."""
        self._rows.insert_one(versioned(person), session=session, comment=scope.comment)

    def change(self, scope: SystemScope, person_id: str, changes: Document, *, session: Session) -> None:
        """Set fields."""
        self._rows.update_one({"_id": person_id}, {"$set": changes}, session=session, comment=scope.comment)

    def memberships(self, scope: SystemScope, person_id: str) -> list[Document]:
        """Return all of the person's memberships."""
        return list(self._memberships.find({"person_id": person_id}, comment=scope.comment))

    def membership(self, scope: SystemScope, person_id: str, organisation_id: str) -> Document | None:
        """Return the membership or None."""
        return self._memberships.find_one(
            {"_id": f"{organisation_id}:{person_id}", "organisation_id": organisation_id}, comment=scope.comment
        )

    def add_membership(self, scope: OrganisationScope, person_id: str, role: str, *, session: Session) -> None:
        """Store a membership."""
        membership = owned(scope, _id=f"{scope.organisation_id}:{person_id}", person_id=person_id, role=role)
        self._memberships.insert_one(versioned(membership), session=session)


class Sessions(Repository):
    """See ports.Sessions. The server's TTL thread removes what has expired; until then the queries leave it out."""

    collection = "sessions"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._resets = database.collection("password_resets")
        self._now = database.now

    def open(
        self, scope: SystemScope, token_hash: str, person_id: str, expires_at: datetime, user_agent: str = ""
    ) -> None:
        """Store a session."""
        now = self._now()
        record = {"_id": token_hash, "person_id": person_id, "created_at": now, "expires_at": expires_at}
        told = {"last_used_at": now, "user_agent": user_agent}
        self._rows.insert_one(versioned({**record, **told}), comment=scope.comment)

    def person_of(self, scope: SystemScope, token_hash: str) -> str | None:
        """Return whose live session it is."""
        now = self._now()
        found = self._rows.find_one({"_id": token_hash, "expires_at": {"$gt": now}}, comment=scope.comment)
        if found is None:
            return None
        if now - (found.get("last_used_at") or found["created_at"]) > _USE_IS_NOTED_EVERY:
            self._rows.update_one({"_id": token_hash}, {"$set": {"last_used_at": now}}, comment=scope.comment)
        return str(found["person_id"])

    def end(self, scope: SystemScope, token_hash: str) -> None:
        """End one session."""
        self._rows.delete_one({"_id": token_hash}, comment=scope.comment)

    def end_all(self, scope: SystemScope, person_id: str, *, session: Session) -> None:
        """End all of a person's sessions and password resets."""
        self._rows.delete_many({"person_id": person_id}, session=session, comment=scope.comment)
        self._resets.delete_many({"person_id": person_id}, session=session, comment=scope.comment)

    def add_reset(
        self, scope: SystemScope, token_hash: str, person_id: str, expires_at: datetime, *, session: Session
    ) -> None:
        """Store a password reset."""
        record = {"_id": token_hash, "person_id": person_id, "expires_at": expires_at}
        self._resets.insert_one(versioned(record), session=session, comment=scope.comment)

    def take_reset(self, scope: SystemScope, token_hash: str, *, session: Session) -> str | None:
        """Use a live password reset up, and return whose it was."""
        live = {"_id": token_hash, "expires_at": {"$gt": self._now()}}
        found = self._resets.find_one_and_delete(live, session=session, comment=scope.comment)
        return found["person_id"] if found else None


class Attempts(Repository):
    """See ports.Attempts."""

    collection = "attempts"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._now = database.now

    def count(self, scope: SystemScope, key: str, window: float) -> int:
        """Add one and return how many there were in the window now running, this one included."""
        identifier, ends = self._window(key, window)
        for _ in range(3):
            try:
                record: Document | None = self._rows.find_one_and_update(
                    {"_id": identifier},
                    {"$inc": {"count": 1}, "$setOnInsert": {"expires_at": ends, "schema_version": 1}},
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                    comment=scope.comment,
                )
                return int(record["count"]) if record else 1
            except DuplicateKeyError:  # two first attempts at once: the second finds the record next time
                time.sleep(0.01)
        return int(window)  # never seen; more than any limit, so on the safe side

    def forget(self, scope: SystemScope, key: str, window: float) -> None:
        """Start over."""
        self._rows.delete_one({"_id": self._window(key, window)[0]}, comment=scope.comment)

    def _window(self, key: str, window: float) -> tuple[str, datetime]:
        now = self._now()
        number = int(now.timestamp() // window)
        return f"{key}:{number}", datetime.fromtimestamp((number + 1) * window, tz=now.tzinfo)
