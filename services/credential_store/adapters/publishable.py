"""Credentials on their way to publication: the same collection as the drafts', a hundred at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateMany, UpdateOne
from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.domain.publication import Change
from services.credential_store.domain.scope import OrganisationScope

Document = dict[str, Any]

_BY_ID = "_id_"
"""Named in every update: SecantusDB otherwise prefers an index that the organisation leads, and reads all of it."""
_AT_ONCE = 100
"""Ids in one ``$in``: SecantusDB's time grows with the square of it."""


class Publishable:
    """A state's change raises the revision, so that nobody amends what has moved on; a delivery's does not."""

    def __init__(self, database: Database) -> None:
        self._credentials = database.collection("credentials")

    def many(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, Document]:
        """Return those that exist, by id."""
        return self._find(scope, credential_ids, {"search": 0})

    def groups_of(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, str]:
        """Return credential id to group id for those that exist."""
        found = self._find(scope, credential_ids, {"group_id": 1})
        return {credential_id: document["group_id"] for credential_id, document in found.items()}

    def standing(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, Document]:
        """Return ``state`` and ``published_version``, by id."""
        return self._find(scope, credential_ids, {"state": 1, "published_version": 1})

    def move_chunk(
        self,
        scope: OrganisationScope,
        chunk: Document,
        source: str,
        target: str,
        now: datetime,
        *,
        session: ClientSession,
    ) -> int:
        """Move a chunk's credentials from one state to another, and return how many there were."""
        condition = {
            "_id": {"$in": chunk["credentials"]},
            "organisation_id": scope.organisation_id,
            "state": source,
            "publication_id": chunk["publication_id"],
            "chunk": chunk["chunk"],
        }
        update = {"$set": {"state": target, "updated_at": now}, "$inc": {"revision": 1}}
        return self._credentials.update_many(condition, update, hint=_BY_ID, session=session).modified_count

    def change(self, scope: OrganisationScope, changes: Sequence[Change], *, session: ClientSession) -> int:
        """Carry out those whose credential still has its state and revision, and return how many."""
        updates = []
        for change in changes:
            condition = {
                "_id": change.credential["_id"],
                "organisation_id": scope.organisation_id,
                "state": change.credential["state"],
                "revision": change.credential["revision"],
            }
            update: Document = {"$set": change.changes, "$inc": {"revision": 1}}
            if change.remove:
                update["$unset"] = dict.fromkeys(change.remove, "")
            updates.append(UpdateOne(condition, update, hint=_BY_ID))
        if not updates:
            return 0
        return self._credentials.bulk_write(updates, ordered=False, session=session).modified_count

    def record_deliveries(
        self, scope: OrganisationScope, states: Mapping[tuple[str, str], str], *, session: ClientSession
    ) -> None:
        """Write how a credential's latest delivery stands: (credential id, delivery id) to state."""
        by_state: dict[str, list[tuple[str, str]]] = {}
        for pair, state in states.items():
            by_state.setdefault(state, []).append(pair)
        updates = [
            UpdateMany(
                {
                    "_id": {"$in": [credential_id for credential_id, _ in pairs]},
                    "organisation_id": scope.organisation_id,
                    # An older delivery's end says nothing about the latest one.
                    "delivery_id": {"$in": [delivery_id for _, delivery_id in pairs]},
                },
                {"$set": {"delivery_state": state}},
                hint=_BY_ID,
            )
            for state, pairs in by_state.items()
        ]
        if updates:
            self._credentials.bulk_write(updates, ordered=False, session=session)

    def _find(self, scope: OrganisationScope, credential_ids: Sequence[str], fields: Document) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for start in range(0, len(credential_ids), _AT_ONCE):
            ids = list(credential_ids[start : start + _AT_ONCE])
            condition = {"_id": {"$in": ids}, "organisation_id": scope.organisation_id}
            found.update((document["_id"], document) for document in self._credentials.find(condition, fields))
        return found
