"""Dead letters, the outbox as its keeper sees it, and what belongs to the installation itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.schema import SCHEMA_VERSION
from services.credential_store.domain.letters import MOST_KEPT
from services.credential_store.domain.mail_hold import Epoch, Known
from services.credential_store.domain.scope import SystemScope
from services.credential_store.domain.timing import EPOCH

Document = dict[str, Any]

_AT_ONCE = 100
_MAIL = "mail"
_SWEEPER = "sweeper"
_LONGEST_SWEEP = timedelta(hours=3)


class DeadLetters:
    """See operations_ports.DeadLetters. A letter's ``_id`` follows from what it is: filing it again changes nothing."""

    def __init__(self, database: Database) -> None:
        self._letters = database.collection("dead_letters")

    def file(self, scope: SystemScope, letters: Sequence[Document]) -> int:
        """Store those that are not there yet."""
        if not letters:
            return 0
        writes = [UpdateOne({"_id": one["_id"]}, {"$setOnInsert": _without_id(one)}, upsert=True) for one in letters]
        filed = self._letters.bulk_write(writes, ordered=False, comment=scope.comment).upserted_count
        self._drop_oldest(scope)
        return filed

    def page(self, scope: SystemScope, cursor: str | None, limit: int) -> list[Document]:
        """Return open ones, latest first."""
        order = {"$gt": "", "$lt": cursor or "~"}
        found = self._letters.find({"state": "open", "order": order}, comment=scope.comment)
        return list(found.sort("order", -1).limit(limit))

    def get(self, scope: SystemScope, letter_id: str) -> Document | None:
        """Return one."""
        return self._letters.find_one({"_id": letter_id}, comment=scope.comment)

    def settle(
        self, scope: SystemScope, letter_id: str, state: str, changes: Document, *, session: ClientSession
    ) -> bool:
        """Bring an open one to its end."""
        update = {"$set": {**changes, "state": state}}
        found = {"_id": letter_id, "state": "open"}
        return self._letters.update_one(found, update, session=session, comment=scope.comment).modified_count == 1

    def count(self, scope: SystemScope, limit: int) -> int:
        """Count open ones, up to a limit."""
        return self._letters.count_documents({"state": "open"}, limit=limit, comment=scope.comment)

    def _drop_oldest(self, scope: SystemScope) -> None:
        beyond = self._letters.estimated_document_count() - MOST_KEPT
        if beyond <= 0:
            return
        oldest = self._letters.find({"filed_at": {"$gt": EPOCH}}, {"_id": 1}, comment=scope.comment)
        ids = [one["_id"] for one in oldest.sort("filed_at", 1).limit(min(beyond, _AT_ONCE))]
        self._letters.delete_many({"_id": {"$in": ids}}, comment=scope.comment)


class Messages:
    """See operations_ports.Messages."""

    def __init__(self, database: Database) -> None:
        self._outbox = database.collection("outbox")

    def add(self, scope: SystemScope, row: Document, now: datetime, *, session: ClientSession) -> None:
        """Put a message in once more; one that is there already waits to leave."""
        rest = {"created_at": now, "next_attempt_at": now, "claim": None, "claim_until": None}
        fields = {**_without_id(row), **rest, "schema_version": SCHEMA_VERSION}
        self._outbox.update_one(
            {"_id": row["_id"]}, {"$setOnInsert": fields}, upsert=True, session=session, comment=scope.comment
        )

    def waiting(self, scope: SystemScope, limit: int) -> tuple[int, datetime | None]:
        """Count rows, up to a limit."""
        found = list(self._outbox.find({}, {"created_at": 1}, comment=scope.comment).limit(limit))
        return len(found), min((row["created_at"] for row in found), default=None)


class Installation:
    """See operations_ports.Installation. A few documents, each under its name."""

    def __init__(self, database: Database) -> None:
        self._rows = database.collection("installation")
        self._deliveries = database.collection("deliveries")
        self._leases = database.collection("leases")

    def known_mail(self, scope: SystemScope) -> Known:
        """Return what the database says about sending mail."""
        row = self.noted(scope, _MAIL) or {}
        epoch = Epoch(row["epoch"], row["count"]) if "epoch" in row else None
        return Known(epoch, held=bool(row.get("held")), adopting=bool(row.get("adopting")))

    def has_mail(self, scope: SystemScope) -> bool:
        """Tell whether there are any emails."""
        return self._deliveries.find_one({}, {"_id": 1}, comment=scope.comment) is not None

    def change_mail(
        self, scope: SystemScope, before: Epoch | None, changes: Document, *, session: ClientSession | None = None
    ) -> bool:
        """Set fields if the epoch is still this."""
        is_so: Document = {"epoch": before.name, "count": before.count} if before else {"epoch": {"$exists": False}}
        try:
            outcome = self._rows.update_one(
                {"_id": _MAIL, **is_so}, {"$set": changes}, upsert=not before, session=session, comment=scope.comment
            )
        except DuplicateKeyError:  # it has an epoch by now
            return False
        return bool(outcome.matched_count or outcome.upserted_id)

    def wake_emails(self, scope: SystemScope, now: datetime) -> int:
        """Have queued emails looked at now that would be looked at later."""
        later = {"state": "queued", "sweep_at": {"$gt": now, "$lt": now + _LONGEST_SWEEP}}
        woken = 0
        while found := list(self._deliveries.find(later, {"_id": 1}, comment=scope.comment).limit(_AT_ONCE)):
            these = {"_id": {"$in": [one["_id"] for one in found]}, "state": "queued"}
            changes = {"$set": {"sweep_at": now, "redrives": 0}}
            woken += self._deliveries.update_many(these, changes, comment=scope.comment).modified_count
        return woken

    def note(self, scope: SystemScope, name: str, fields: Document) -> None:
        """Keep something about the installation."""
        self._rows.replace_one(
            {"_id": name}, {"_id": name, "schema_version": 1, **fields}, upsert=True, comment=scope.comment
        )

    def noted(self, scope: SystemScope, name: str) -> Document | None:
        """Return it."""
        return self._rows.find_one({"_id": name}, comment=scope.comment)

    def noted_since(self, scope: SystemScope, prefix: str, since: datetime) -> list[Document]:
        """Return what was noted from that time; what is older is forgotten."""
        named = {"_id": {"$gt": prefix, "$lt": f"{prefix}~"}}
        self._rows.delete_many({**named, "at": {"$lt": since}}, comment=scope.comment)
        return list(self._rows.find(named, comment=scope.comment))

    def is_swept(self, scope: SystemScope, now: datetime) -> bool:
        """Tell whether a relay holds the sweeper's lease."""
        lease = self._leases.find_one({"_id": _SWEEPER}, comment=scope.comment)
        return lease is not None and lease["until"] > now


def _without_id(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "_id"}
