"""Publications, their selections, and their chunks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.schema import SCHEMA_VERSION
from services.credential_store.domain.scope import OrganisationScope, SystemScope
from services.credential_store.domain.timing import EPOCH

Document = dict[str, Any]


class Publications:
    """The selection is a document of its own: progress is written often, and need not carry 5,000 ids each time."""

    def __init__(self, database: Database) -> None:
        self._publications = database.collection("publications")
        self._selections = database.collection("selections")

    def add(
        self,
        scope: OrganisationScope,
        publication: Document,
        pairs: Sequence[tuple[str, int]],
        *,
        session: ClientSession,
    ) -> None:
        """Store a new publication with its selection."""
        self._publications.insert_one({**publication, "organisation_id": scope.organisation_id}, session=session)
        self._selections.insert_one(
            {
                "_id": publication["_id"],
                "schema_version": SCHEMA_VERSION,
                "organisation_id": scope.organisation_id,
                "pairs": [list(pair) for pair in pairs],
            },
            session=session,
        )

    def get(self, scope: OrganisationScope, publication_id: str) -> Document | None:
        """Return one, without its selection."""
        return self._publications.find_one({"_id": publication_id, "organisation_id": scope.organisation_id})

    def latest(self, scope: OrganisationScope, limit: int) -> list[Document]:
        """Return the latest, newest first."""
        found = self._publications.find({"organisation_id": scope.organisation_id})
        return list(found.sort("requested_at", -1).limit(limit))

    def selection(self, scope: OrganisationScope, publication_id: str) -> list[tuple[str, int]]:
        """Return the pairs of credential id and revision, in the order in which they are expanded."""
        stored = self._selections.find_one({"_id": publication_id, "organisation_id": scope.organisation_id})
        return [(pair[0], pair[1]) for pair in stored["pairs"]] if stored else []

    def advance(
        self,
        scope: OrganisationScope,
        publication: Document,
        changes: Document,
        *,
        session: ClientSession | None = None,
    ) -> bool:
        """Set fields if ``expanded`` and ``status`` are still those of ``publication``."""
        condition = {
            "_id": publication["_id"],
            "organisation_id": scope.organisation_id,
            "status": publication["status"],
            "expanded": publication["expanded"],
        }
        return self._publications.update_one(condition, _setting(changes), session=session).matched_count == 1

    def control(
        self, scope: OrganisationScope, publication: Document, changes: Document, *, session: ClientSession
    ) -> bool:
        """Set fields if ``status`` and ``control_revision`` are still those of ``publication``."""
        condition = {
            "_id": publication["_id"],
            "organisation_id": scope.organisation_id,
            "status": publication["status"],
            "control_revision": publication.get("control_revision"),
        }
        return self._publications.update_one(condition, _setting(changes), session=session).matched_count == 1

    def holds(self, scope: OrganisationScope, publication_ids: Collection[str]) -> dict[str, str]:
        """Return which of these are paused or cancelled."""
        condition = {"_id": {"$in": sorted(publication_ids)}, "organisation_id": scope.organisation_id}
        found = self._publications.find(condition, {"hold": 1}) if publication_ids else ()
        return {one["_id"]: one["hold"] for one in found if one.get("hold")}

    def to_control(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return publications of any organisation that were resumed or cancelled, and are not dealt with."""
        condition = {"control_at": {"$gt": EPOCH, "$lte": now}}
        return list(self._publications.find(condition, comment=scope.comment).limit(limit))

    def take_control(self, scope: SystemScope, publication: Document, until: datetime | None) -> bool:
        """Hold such a publication until then, or (None) have it dealt with; False: somebody decided anew, or holds it.

        What was changed is carried into ``publication``.
        """
        condition = {
            "_id": publication["_id"],
            "control_revision": publication["control_revision"],
            "control_at": publication["control_at"],
        }
        update = _setting({"control_at": until} if until else {"control_at": None, "control": None})
        taken = self._publications.update_one(condition, update, comment=scope.comment).matched_count == 1
        if taken:
            publication["control_at"] = until
        return taken

    def due(self, scope: SystemScope, status: str, now: datetime, limit: int) -> list[Document]:
        """Return publications of any organisation that somebody should look at."""
        due = self._publications.find(
            {"sweep_at": {"$gt": EPOCH, "$lte": now}, "status": status}, comment=scope.comment
        )
        return list(due.limit(limit))

    def take(self, scope: SystemScope, publication: Document, until: datetime) -> bool:
        """Hold a due publication until then; False: somebody else does."""
        condition = {"_id": publication["_id"], "status": publication["status"], "sweep_at": publication["sweep_at"]}
        taken = self._publications.update_one(condition, {"$set": {"sweep_at": until}}, comment=scope.comment)
        return taken.modified_count == 1


class Chunks:
    """``_id`` is ``<publication id>:<number>``. ``sweep_at`` is there as long as something is to be done.

    What is frozen of its credentials is a document of its own: states and counters are written and read often.
    """

    def __init__(self, database: Database) -> None:
        self._chunks = database.collection("publication_chunks")
        self._items = database.collection("chunk_items")

    def add(
        self, scope: OrganisationScope, chunk: Document, items: Sequence[Document], *, session: ClientSession
    ) -> None:
        """Store a new chunk with what is frozen of its credentials."""
        owner = {"organisation_id": scope.organisation_id}
        frozen = {"_id": chunk["_id"], "schema_version": SCHEMA_VERSION, "items": list(items)}
        self._chunks.insert_one({**chunk, **owner}, session=session)
        self._items.insert_one({**frozen, **owner}, session=session)

    def items(self, scope: OrganisationScope, chunk: Document) -> list[Document]:
        """Return what is frozen of a chunk's credentials; nothing once it is done."""
        found = self._items.find_one({"_id": chunk["_id"], "organisation_id": scope.organisation_id})
        return list(found["items"]) if found else []

    def drop_items(self, scope: OrganisationScope, chunk: Document, *, session: ClientSession) -> None:
        """Forget what was frozen: it is in the versions now, or was given up."""
        self._items.delete_one({"_id": chunk["_id"], "organisation_id": scope.organisation_id}, session=session)

    def get(self, scope: OrganisationScope, publication_id: str, chunk: int) -> Document | None:
        """Return one."""
        condition = {"_id": chunk_id(publication_id, chunk), "organisation_id": scope.organisation_id}
        return self._chunks.find_one(condition)

    def of(self, scope: OrganisationScope, publication_ids: Sequence[str]) -> list[Document]:
        """Return state and counters of all chunks of these publications."""
        fields = {"publication_id": 1, "chunk": 1, "state": 1, "size": 1, "counts": 1}
        found: list[Document] = []
        # One query per publication: an equality on each key of the index is fast on every server, ``$in`` is not.
        for publication_id in publication_ids:
            condition = {"organisation_id": scope.organisation_id, "publication_id": publication_id}
            found += self._chunks.find(condition, fields)
        return found

    def failed_ids(self, scope: OrganisationScope, publication_id: str) -> list[str]:
        """Return the ids of a publication's credentials that failed in it, whatever became of them since."""
        condition = {"organisation_id": scope.organisation_id, "publication_id": publication_id}
        chunks = self._chunks.find(condition, {"chunk": 1, "failed_ids": 1})
        ordered = sorted(chunks, key=lambda chunk: int(chunk["chunk"]))
        return [credential_id for chunk in ordered for credential_id in chunk.get("failed_ids", ())]

    def change(
        self,
        scope: OrganisationScope,
        chunk: Document,
        changes: Document,
        *,
        remove: Sequence[str] = (),
        session: ClientSession | None = None,
    ) -> bool:
        """Set fields if ``state`` and ``fence`` are still those of ``chunk``."""
        condition = {
            "_id": chunk["_id"],
            "organisation_id": scope.organisation_id,
            "state": chunk["state"],
            "fence": chunk["fence"],
        }
        update: Document = {"$set": changes}
        if remove:
            update["$unset"] = dict.fromkeys(remove, "")
        return self._chunks.update_one(condition, update, session=session).matched_count == 1

    def count(
        self,
        scope: OrganisationScope,
        changes: Mapping[tuple[str, int], Mapping[str, int]],
        *,
        session: ClientSession,
    ) -> None:
        """Add to the counters of chunks, given by publication id and number."""
        updates = [
            UpdateOne(
                {"_id": chunk_id(*key), "organisation_id": scope.organisation_id},
                {"$inc": {f"counts.{name}": number for name, number in counters.items()}},
            )
            for key, counters in changes.items()
            if counters
        ]
        if updates:
            self._chunks.bulk_write(updates, ordered=False, session=session)

    def due(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return chunks of any organisation that the sweeper should look at."""
        return list(self._chunks.find({"sweep_at": {"$gt": EPOCH, "$lte": now}}, comment=scope.comment).limit(limit))


def _setting(changes: Document) -> Document:
    """Return the update that sets fields, and drops those that are None."""
    update: Document = {"$set": {key: value for key, value in changes.items() if value is not None}}
    if gone := [key for key, value in changes.items() if value is None]:
        update["$unset"] = dict.fromkeys(gone, "")
    return {name: fields for name, fields in update.items() if fields}


def chunk_id(publication_id: str, chunk: int) -> str:
    """Return a chunk's ``_id``."""
    return f"{publication_id}:{chunk}"
