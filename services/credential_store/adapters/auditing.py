"""Reading everything, for the auditor: in pages, without what is personal, without locks, changing nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.cursor import Cursor
from pymongo.errors import OperationFailure

from services.credential_store.adapters.blobs import CHUNK_BYTES
from services.credential_store.adapters.database import Database, translated
from services.credential_store.domain.auditing.spans import Span
from services.credential_store.domain.scope import SystemScope
from services.credential_store.domain.timing import EPOCH

Document = dict[str, Any]

PAGE = 500
_AT_ONCE = 100
"""Ids in one ``$in``: SecantusDB's time grows with the square of it."""
_AMENDING = ("amend_credential", "discard_version")


def _only(*names: str) -> Document:
    return dict.fromkeys(names, 1)


FIELDS: Mapping[str, Document] = {
    "organisations": _only("_id"),
    "credentials": _only(
        "organisation_id",
        "group_id",
        "batch_id",
        "batch_part",
        "state",
        "revision",
        "version",
        "published_version",
        "url",
        "publication_id",
        "chunk",
        "failure",
        "deliveries",
        "delivery_state",
    ),
    "versions": _only(
        "credential_id",
        "number",
        "edition",
        "email_template",
        "email_again",
        "status_list_id",
        "status_list_index",
        "superseded_at",
    ),
    "public": _only("organisation_id", "version", "state", "url", "edition", "drawing.fonts"),
    "deliveries": _only(
        "organisation_id",
        "kind",
        "state",
        "message_id",
        "credential_id",
        "ordinal",
        "publication_id",
        "chunk",
        "sweep_at",
        "claim",
        "sending_since",
    ),
    "publications": {"frozen": 0, "requested_by": 0},
    "publication_chunks": {"failed_ids": 0},
    "chunk_items": _only("items.credential_id"),
    "selections": _only("pairs"),
    "batches": {"pending": 0, "seed": 0},
    "groups": _only("organisation_id", "sweep_at"),
    "group_counters": {},
    "audit": _only("action", "target", "details.revision"),
    "outbox": {"body": 0, "headers": 0},
    "leases": {},
    "dead_letters": _only("queue", "message", "body", "state"),
}
"""What is read of each collection; what is not named here is not read."""


class AuditReading:
    """See audit_ports.AuditReading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pages(self, scope: SystemScope, collection: str, **conditions: Any) -> Iterator[list[Document]]:
        """Return what matches, in pages."""
        yield from self._paged(self._find(scope, collection, conditions))

    def all(self, scope: SystemScope, collection: str, **conditions: Any) -> list[Document]:
        """Return what matches."""
        with translated():
            return list(self._find(scope, collection, conditions))

    def named(self, scope: SystemScope, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        """Return those that are there, by id."""
        found: dict[str, Document] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), _AT_ONCE):
            condition = {"_id": {"$in": wanted[start : start + _AT_ONCE]}}
            with translated():
                found.update((row["_id"], row) for row in self._find(scope, collection, condition))
        return found

    def publication_ids(self, scope: SystemScope, organisation_id: str, until: datetime) -> list[str]:
        """Return the ids of an organisation's publications of before then."""
        condition = {"organisation_id": organisation_id, "requested_at": {"$gt": EPOCH, "$lte": until}}
        with translated():
            found = self._database.collection("publications").find(condition, {"_id": 1}, comment=scope.comment)
            return [one["_id"] for one in found]

    def amendments(
        self, scope: SystemScope, organisation_id: str, since: datetime, until: datetime
    ) -> Iterator[list[Document]]:
        """Return the audit rows of amendments."""
        at = {"organisation_id": organisation_id, "at": {"$gt": since, "$lt": until}}
        yield from self._paged(self._find(scope, "audit", {**at, "action": {"$in": list(_AMENDING)}}))

    def count_group(self, scope: SystemScope, organisation_id: str, group_id: str) -> tuple[int, int]:
        """Count a group's credentials: never published, and published."""
        group = {"organisation_id": organisation_id, "group_id": group_id}
        with translated():
            rows = self._database.collection("credentials")
            everything = rows.count_documents(group, comment=scope.comment)
            drafts = rows.count_documents({**group, "published_version": None}, comment=scope.comment)
        return drafts, everything - drafts

    def messages(self, scope: SystemScope, before: datetime, limit: int) -> list[Document]:
        """Return outbox rows that were due before then."""
        due = {"next_attempt_at": {"$gt": EPOCH, "$lt": before}}
        with translated():
            return list(self._find(scope, "outbox", due).limit(limit))

    def missing_blobs(self, digests: Sequence[str]) -> list[str]:
        """Return which of these blobs are not there, or not whole."""
        missing: list[str] = []
        wanted = sorted(set(digests))
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            with translated():
                files = {file["_id"]: file["length"] for file in self._by_id("blobs.files", part, {"length": 1})}
                names = {
                    digest: [f"{digest}:{number}" for number in range(-(-length // CHUNK_BYTES))]
                    for digest, length in files.items()
                }
                pieces = [name for whole in names.values() for name in whole]
                there = {piece["_id"] for piece in self._by_id("blobs.chunks", pieces, {"_id": 1})}
            missing += [digest for digest in part if digest not in files or not there.issuperset(names[digest])]
        return missing

    def open_transactions(self, seconds: float) -> list[tuple[float, str]] | None:
        """Return for how long transactions have been open, and by whom; None: the server does not tell us."""
        idle = {"$currentOp": {"allUsers": True, "idleSessions": True}}
        stages: list[Document] = [idle, {"$match": {"transaction": {"$ne": None}}}]
        try:
            with translated():
                found = list(self._database.admin.aggregate(stages))
        except OperationFailure:
            return None
        ages = [(one["transaction"].get("timeOpenMicros", 0) / 1e6, str(one.get("client", "unknown"))) for one in found]
        return [(age, client) for age, client in ages if age > seconds]

    def _find(self, scope: SystemScope, collection: str, conditions: Mapping[str, Any]) -> Cursor[Document]:
        query = {name: _condition(value) for name, value in conditions.items()}
        rows = self._database.collection(collection)
        return rows.find(query, FIELDS[collection], comment=scope.comment, batch_size=PAGE)

    def _by_id(self, collection: str, ids: Sequence[str], fields: Document) -> list[Document]:
        found: list[Document] = []
        for start in range(0, len(ids), _AT_ONCE):
            condition = {"_id": {"$in": list(ids[start : start + _AT_ONCE])}}
            found += self._database.collection(collection).find(condition, fields)
        return found

    @staticmethod
    def _paged(cursor: Cursor[Document]) -> Iterator[list[Document]]:
        page: list[Document] = []
        with translated(), cursor:
            for row in cursor:
                page.append(row)
                if len(page) == PAGE:
                    yield page
                    page = []
        if page:
            yield page


def _condition(value: Any) -> Any:
    return {"$gt": value.low, "$lt": value.high} if isinstance(value, Span) else value


class Verdicts:
    """See audit_ports.Verdicts: one document, replaced each time."""

    def __init__(self, database: Database) -> None:
        self._verdicts = database.collection("verdicts")

    def keep(self, scope: SystemScope, verdict: Document) -> None:
        """Store one in place of the last one."""
        kept = {"_id": "last", "schema_version": 1, **verdict}
        with translated():
            self._verdicts.replace_one({"_id": "last"}, kept, upsert=True, comment=scope.comment)

    def last(self, scope: SystemScope) -> Document | None:
        """Return the last one about all organisations."""
        with translated():
            return self._verdicts.find_one({"_id": "last", "at": {"$exists": True}}, comment=scope.comment)
