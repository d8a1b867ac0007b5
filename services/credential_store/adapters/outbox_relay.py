"""The relay's side of the outbox: claim, publish, delete; or put off."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from services.credential_store.adapters.database import Database
from services.credential_store.domain.scope import SystemScope
from services.credential_store.domain.timing import EPOCH

Document = dict[str, Any]


class OutboxRelay:
    """``next_attempt_at`` is also the end of a claim: one index finds what is due and what a dead relay held."""

    def __init__(self, database: Database) -> None:
        self._outbox = database.collection("outbox")

    def claim(self, scope: SystemScope, token: str, now: datetime, until: datetime, limit: int) -> list[Document]:
        """Hold rows that are due; several relays never hold the same row at once."""
        due = {"next_attempt_at": {"$gt": EPOCH, "$lte": now}}
        found = [row["_id"] for row in self._outbox.find(due, {"_id": 1}, comment=scope.comment).limit(limit)]
        if not found:
            return []
        these = {"_id": {"$in": found}}
        held = {"$set": {"claim": token, "next_attempt_at": until}}
        if not self._outbox.update_many({**these, **due}, held, comment=scope.comment).modified_count:
            return []
        return list(self._outbox.find({**these, "claim": token}, comment=scope.comment))

    def remove(self, scope: SystemScope, token: str, message_ids: Sequence[str]) -> int:
        """Delete rows that the broker has confirmed."""
        condition = {"_id": {"$in": list(message_ids)}, "claim": token}
        return self._outbox.delete_many(condition, comment=scope.comment).deleted_count

    def put_off(self, scope: SystemScope, token: str, until: Mapping[str, datetime], *, tried: Collection[str]) -> None:
        """Give rows back, due then; ``tried`` are those whose publication failed."""
        updates = [
            UpdateOne(
                {"_id": message_id, "claim": token},
                {"$set": {"claim": None, "next_attempt_at": moment}, "$inc": {"attempts": int(message_id in tried)}},
            )
            for message_id, moment in until.items()
        ]
        if updates:
            self._outbox.bulk_write(updates, ordered=False, comment=scope.comment)

    def waiting(self, scope: SystemScope, message_ids: Sequence[str]) -> set[str]:
        """Return which of these have not left yet."""
        condition = {"_id": {"$in": list(message_ids)}}
        return {row["_id"] for row in self._outbox.find(condition, {"_id": 1}, comment=scope.comment)}
