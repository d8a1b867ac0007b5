"""Groups, designs, and the counters of groups."""

import secrets
from collections import defaultdict
from collections.abc import Sequence

from pymongo import ASCENDING, DESCENDING, ReturnDocument

from conferral.contracts.rpc.credentials import MOST_COUNTED
from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.adapters.schema import SCHEMA_VERSION
from services.credential_store.domain import search
from services.credential_store.domain.listing import BOUNDS, ORDER
from services.credential_store.domain.scope import OrganisationScope

_SHARDS = 16


class Groups(Repository):
    """See ports.Groups."""

    collection = "groups"

    def get(self, scope: OrganisationScope, group_id: str) -> Document | None:
        """Return one."""
        return self._rows.find_one(owned(scope, _id=group_id))

    def many(self, scope: OrganisationScope, group_ids: Sequence[str]) -> dict[str, Document]:
        """Return several by id."""
        found = self._rows.find(owned(scope, _id={"$in": sorted(set(group_ids))}))
        return {group["_id"]: group for group in found}

    def add(self, scope: OrganisationScope, group: Document, *, session: Session) -> None:
        """Store a new one."""
        self._rows.insert_one(versioned(owned(scope, **group)), session=session)

    def hold(self, scope: OrganisationScope, group_id: str, *, session: Session) -> None:
        """Write to the group, so that of two transactions that hold it one runs after the other."""
        self._rows.update_one(owned(scope, _id=group_id), {"$inc": {"holds": 1}}, session=session)

    def page(
        self, scope: OrganisationScope, after: str | None, limit: int, *, archived: bool = False
    ) -> list[Document]:
        """Return up to ``limit`` groups, newest first."""
        # absent rather than false: groups of before there was an archive are in use as well
        low, high = BOUNDS[ORDER]
        conditions = owned(scope, archived=True if archived else None, order={"$gte": low, "$lt": after or high})
        return list(self._rows.find(conditions).sort("order", DESCENDING).limit(limit))

    def find(self, scope: OrganisationScope, words: Sequence[str], limit: int) -> list[Document]:
        """Return id and name of the newest groups in use of which every word begins a word of the name."""
        if not words:
            low, high = BOUNDS[ORDER]
            newest = owned(scope, archived=None, order={"$gte": low, "$lt": high})
            return list(self._rows.find(newest, {"content.name": 1}).sort("order", DESCENDING).limit(limit))
        first, *others = [{"$gte": word, "$lt": search.upper_bound(word)} for word in words]
        stages: list[Document] = [
            # two stages, because two tokens may meet a bound each: see ``listing.in_range``
            {"$match": owned(scope, search=first)},
            {"$match": {"search": {"$elemMatch": first}}},
            {"$limit": MOST_COUNTED},
            {"$match": {"archived": None}},
            *({"$match": {"search": {"$elemMatch": one}}} for one in others),
            {"$sort": {"order": DESCENDING}},
            {"$limit": limit},
            {"$project": {"content.name": 1}},
        ]
        return list(self._rows.aggregate(stages))

    def amend(
        self, scope: OrganisationScope, group_id: str, revision: int, changes: Document, *, session: Session
    ) -> Document | None:
        """Set fields (None: drop them) and raise the revision; None: it is at another revision, or not there."""
        update: Document = {"$set": {key: value for key, value in changes.items() if value is not None}}
        update["$inc"] = {"revision": 1}
        if gone := [key for key, value in changes.items() if value is None]:
            update["$unset"] = dict.fromkeys(gone, "")
        return self._rows.find_one_and_update(
            owned(scope, _id=group_id, revision=revision),
            {name: part for name, part in update.items() if part},
            return_document=ReturnDocument.AFTER,
            session=session,
        )

    def of_design(self, scope: OrganisationScope, design_id: str, limit: int) -> list[Document]:
        """Return id and content of the newest groups of a design."""
        conditions = owned(scope, **{"content.design_id": design_id})
        return list(self._rows.find(conditions, {"content.name": 1}).sort("order", DESCENDING).limit(limit))

    def touch_design(self, scope: OrganisationScope, design_id: str, fields: Document, *, session: Session) -> None:
        """Set fields in all groups of a design, without another revision: their content is the same."""
        self._rows.update_many(owned(scope, **{"content.design_id": design_id}), {"$set": fields}, session=session)


class Designs(Repository):
    """See ports.Designs."""

    collection = "designs"

    def get(self, scope: OrganisationScope, design_id: str) -> Document | None:
        """Return one."""
        return self._rows.find_one(owned(scope, _id=design_id))

    def many(self, scope: OrganisationScope, design_ids: Sequence[str]) -> dict[str, Document]:
        """Return several by id."""
        found = self._rows.find(owned(scope, _id={"$in": sorted(set(design_ids))}))
        return {design["_id"]: design for design in found}

    def add(self, scope: OrganisationScope, design: Document, *, session: Session) -> None:
        """Store a new one."""
        self._rows.insert_one(versioned(owned(scope, **design)), session=session)

    def amend(
        self, scope: OrganisationScope, design_id: str, revision: int, changes: Document, *, session: Session
    ) -> bool:
        """Set fields if it is at this revision; designs of before there were revisions are at the first."""
        at = {"$in": [1, None]} if revision == 1 else revision
        outcome = self._rows.update_one(
            owned(scope, _id=design_id, revision=at), {"$set": {**changes, "revision": revision + 1}}, session=session
        )
        return outcome.matched_count == 1

    def all(self, scope: OrganisationScope) -> list[Document]:
        """Return all, by name."""
        return list(self._rows.find(owned(scope)).sort("name", ASCENDING))


class Counters(Repository):
    """See ports.Counters."""

    collection = "group_counters"

    def add(
        self, scope: OrganisationScope, group_id: str, *, drafts: int = 0, published: int = 0, session: Session
    ) -> None:
        """Add to one of the group's shards, chosen at random."""
        shard = f"{group_id}:{secrets.randbelow(_SHARDS)}"
        self._rows.update_one(
            owned(scope, _id=shard),
            {
                "$inc": {"drafts": drafts, "published": published},
                "$setOnInsert": {"group_id": group_id, "schema_version": SCHEMA_VERSION},
            },
            upsert=True,
            session=session,
        )

    def of_groups(self, scope: OrganisationScope, group_ids: Sequence[str] | None = None) -> dict[str, tuple[int, int]]:
        """Return group id to (drafts, published)."""
        conditions = owned(scope) if group_ids is None else owned(scope, group_id={"$in": sorted(set(group_ids))})
        sums: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for shard in self._rows.find(conditions):
            drafts, published = sums[shard["group_id"]]
            sums[shard["group_id"]] = (drafts + shard["drafts"], published + shard["published"])
        return sums
