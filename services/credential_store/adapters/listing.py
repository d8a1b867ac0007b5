"""Carries out the plans of ``domain.listing``: each query is one range of an index, bounded on both sides.

Pipelines, because they say in which order things happen: which records are looked at first, and which of them are
wanted then.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from services.credential_store.adapters.counting import Counting
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, owned
from services.credential_store.domain import search
from services.credential_store.domain.listing import ISSUED, WORD, Range, near, stretches
from services.credential_store.domain.scope import OrganisationScope

_MOST_EDGES = 2000
"""Lists whose edge is remembered: it only saves time, and may be wrong or missing."""


class Listing:
    """See listing_ports.Listing."""

    def __init__(self, database: Database) -> None:
        self._rows = database.collection("credentials")
        self._edges: OrderedDict[tuple[Any, ...], str] = OrderedDict()
        self._now = database.now
        self._counting = Counting(database)

    def read(self, scope: OrganisationScope, range_: Range, direction: int, limit: int) -> list[Document]:
        """Return the first records of an exact range in its own order.

        Some servers read a whole range however few records are wanted of it. So only the part is read in which they
        were found last time; where that holds too few by now, and the first time, stretches are read one by one.
        """
        key = (scope.organisation_id, range_.index, *sorted(range_.equal.items()), range_.low, range_.high, limit)
        edge = self._edges.get((*key, direction))
        found = self._find(scope, near(range_, direction, edge), direction, limit) if edge else []
        if len(found) < limit:
            found = []
            for stretch in stretches(range_, direction, self._now()):
                found += self._find(scope, stretch, direction, limit - len(found))
                if len(found) >= limit:
                    break
        if len(found) >= limit:
            self._remember((*key, direction), str(found[limit - 1][range_.key]))
        return found

    def walk(self, scope: OrganisationScope, range_: Range, direction: int, limit: int, most: int) -> list[Document]:
        """Look at the first ``most`` records of a range, in its own order, and return up to ``limit`` wanted ones."""
        stages = [*in_range(scope, range_), {"$sort": {range_.key: direction}}, {"$limit": most}]
        return self._run([*stages, *wanted(range_), {"$limit": limit}])

    def look_through(
        self, scope: OrganisationScope, range_: Range, order: Range, direction: int, limit: int
    ) -> list[Document]:
        """Look at all records of a range, and return the first wanted ones in another order, within its bounds."""
        stages = [*in_range(scope, range_), *wanted(range_), {"$match": {order.key: _bounds(order)}}]
        return self._run([*stages, {"$sort": {order.key: direction}}, {"$limit": limit}])

    def place(self, scope: OrganisationScope, range_: Range, direction: int, nth: int) -> str | None:
        """Return the key of a range's nth record (from 1) in its own order; None: there are fewer."""
        stages: list[Document] = [*in_range(scope, range_), {"$sort": {range_.key: direction}}, {"$skip": nth - 1}]
        found = self._run([*stages, {"$limit": 1}], [range_.key])
        return str(found[0][range_.key]) if found else None

    def count(self, scope: OrganisationScope, range_: Range, most: int) -> int:
        """Count the records of a range, wanted or not; stop after one more than ``most``. See ``counting``."""
        return self._counting.of(scope, ("all", range_, most), lambda: self._count(in_range(scope, range_), most))

    def count_wanted(self, scope: OrganisationScope, range_: Range, most: int) -> int:
        """Count the wanted records of a range that has few records; stop after one more than ``most``."""
        stages = [*in_range(scope, range_), *wanted(range_)]
        return self._counting.of(scope, ("wanted", range_, most), lambda: self._count(stages, most))

    def _count(self, stages: Sequence[Document], most: int) -> int:
        if len(stages) == 1:
            return self._rows.count_documents(stages[0]["$match"], limit=most + 1)
        found = list(self._rows.aggregate([*stages, {"$limit": most + 1}, {"$count": "number"}]))
        return int(found[0]["number"]) if found else 0

    def _find(self, scope: OrganisationScope, range_: Range, direction: int, limit: int) -> list[Document]:
        condition = {**owned(scope, **range_.equal), range_.key: _bounds(range_)}
        return list(self._rows.find(condition, {"search": 0}).sort(range_.key, direction).limit(limit))

    def _remember(self, key: tuple[Any, ...], edge: str) -> None:
        self._edges[key] = edge
        self._edges.move_to_end(key)
        if len(self._edges) > _MOST_EDGES:
            self._edges.popitem(last=False)

    def _run(self, stages: Sequence[Document], fields: Sequence[str] = ()) -> list[Document]:
        shown: dict[str, Any] = dict.fromkeys(fields, 1) if fields else {"search": 0}
        return list(self._rows.aggregate([*stages, {"$project": shown}]))


def in_range(scope: OrganisationScope, range_: Range) -> list[Document]:
    """Return the stages that read a range."""
    conditions = owned(scope, **range_.equal)
    if range_.key != WORD:
        return [{"$match": {**conditions, range_.key: _bounds(range_)}}]
    # SecantusDB uses the index for the first stage only, which holds too much: two tokens may meet a bound each.
    # MongoDB joins both stages, and takes the second's bounds.
    token = {"$gte": range_.low, "$lt": range_.high}
    return [{"$match": {**conditions, WORD: token}}, {"$match": {WORD: {"$elemMatch": token}}}]


def wanted(range_: Range) -> list[Document]:
    """Return the stages that check what no index knows."""
    conditions: Document = dict(range_.rest)
    if range_.issued:
        conditions[ISSUED] = {"$gte": range_.issued[0], "$lt": range_.issued[1]}
    if range_.words:
        conditions["$and"] = [
            {WORD: {"$elemMatch": {"$gte": word, "$lt": search.upper_bound(word)}}} for word in range_.words
        ]
    return [{"$match": conditions}] if conditions else []


def _bounds(range_: Range) -> Document:
    return {"$gt" if range_.low_open else "$gte": range_.low, "$lt": range_.high}
