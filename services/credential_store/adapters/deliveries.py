"""Intended emails. Each change is a compare-and-set on state and fence; those of a window travel together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateMany
from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.domain.deliveries import Move
from services.credential_store.domain.scope import OrganisationScope, SystemScope
from services.credential_store.domain.timing import EPOCH

Document = dict[str, Any]

_NOT_ARRIVED = frozenset({"failed", "cancelled"})


class Deliveries:
    """``sweep_at`` is there until an email comes to its end; its index is sparse, and so stays small."""

    def __init__(self, database: Database) -> None:
        self._deliveries = database.collection("deliveries")
        self._suppressions = database.collection("suppressions")

    def add(self, scope: OrganisationScope, deliveries: Sequence[Document], *, session: ClientSession) -> None:
        """Store new ones."""
        if deliveries:
            documents = [{**delivery, "organisation_id": scope.organisation_id} for delivery in deliveries]
            self._deliveries.insert_many(documents, session=session)

    def queue(self, scope: OrganisationScope, delivery: Document, *, session: ClientSession) -> None:
        """Store one email about an account."""
        self.add(scope, [delivery], session=session)

    def claim(
        self, scope: OrganisationScope, delivery_ids: Sequence[str], token: str, now: datetime, until: datetime
    ) -> list[Document]:
        """Move those that are queued and due to claimed, and return them as they are then."""
        condition = {"_id": {"$in": list(delivery_ids)}, "organisation_id": scope.organisation_id}
        due = {**condition, "state": "queued", "next_attempt_at": {"$lte": now}}
        changes = {"state": "claimed", "claim": token, "sweep_at": until}
        claimed = self._deliveries.update_many(due, {"$set": changes, "$inc": {"fence": 1}})
        if not claimed.modified_count:
            return []
        return list(self._deliveries.find({**condition, "claim": token}))

    def many(self, scope: OrganisationScope, delivery_ids: Sequence[str]) -> dict[str, Document]:
        """Return those that exist, by id, without their texts."""
        condition = {"_id": {"$in": list(delivery_ids)}, "organisation_id": scope.organisation_id}
        return {found["_id"]: found for found in self._deliveries.find(condition, {"values": 0})}

    def publications_of(self, scope: OrganisationScope, delivery_ids: Sequence[str]) -> dict[str, str]:
        """Return delivery id to publication id for those that a publication made."""
        condition = {"_id": {"$in": list(delivery_ids)}, "organisation_id": scope.organisation_id}
        found = self._deliveries.find(condition, {"publication_id": 1})
        return {one["_id"]: one["publication_id"] for one in found if "publication_id" in one}

    def of_chunk(self, scope: OrganisationScope, publication_id: str, chunk: int) -> list[Document]:
        """Return all of a chunk, without their texts."""
        condition = {"organisation_id": scope.organisation_id, "publication_id": publication_id, "chunk": chunk}
        return list(self._deliveries.find(condition, {"values": 0}))

    def of_credential(self, scope: OrganisationScope, credential_id: str, limit: int) -> list[Document]:
        """Return a credential's latest, newest first, without their texts."""
        condition = {"organisation_id": scope.organisation_id, "credential_id": credential_id}
        return list(self._deliveries.find(condition, {"values": 0}).sort("ordinal", -1).limit(limit))

    def addresses(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> list[tuple[str, str]]:
        """Return credential and address of these credentials' emails, but for those that failed or were cancelled."""
        condition = {"organisation_id": scope.organisation_id, "credential_id": {"$in": list(credential_ids)}}
        found = self._deliveries.find(condition, {"credential_id": 1, "to_address": 1, "state": 1})
        return [(one["credential_id"], one["to_address"]) for one in found if one["state"] not in _NOT_ARRIVED]

    def move(self, scope: OrganisationScope, moves: Sequence[Move], *, session: ClientSession | None = None) -> int:
        """Carry out those whose delivery still has its state and fence, and return how many."""
        alike: dict[str, list[Move]] = {}
        for move in moves:
            sameness = (move.source, move.delivery["fence"], sorted(move.changes.items()), move.remove)
            alike.setdefault(repr(sameness), []).append(move)
        updates = [_update(scope, group) for group in alike.values()]
        if not updates:
            return 0
        return self._deliveries.bulk_write(updates, ordered=False, session=session).modified_count

    def due(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return deliveries of any organisation that the sweeper should look at, without their texts."""
        condition = {"sweep_at": {"$gt": EPOCH, "$lte": now}}
        return list(self._deliveries.find(condition, {"values": 0}, comment=scope.comment).limit(limit))

    def suppressed(self, scope: OrganisationScope, addresses: Sequence[str]) -> set[str]:
        """Return which of these folded addresses must not be written to."""
        condition = {"organisation_id": scope.organisation_id, "address": {"$in": list(addresses)}}
        return {found["address"] for found in self._suppressions.find(condition, {"address": 1})}


def _update(scope: OrganisationScope, group: Sequence[Move]) -> UpdateMany:
    first = group[0]
    condition = {
        "_id": {"$in": [move.delivery["_id"] for move in group]},
        "organisation_id": scope.organisation_id,
        "state": first.source,
        "fence": first.delivery["fence"],
    }
    update: Document = {"$set": first.changes}
    if first.remove:
        update["$unset"] = dict.fromkeys(first.remove, "")
    return UpdateMany(condition, update)
