"""Counts of ranges, which are remembered for a while where counting is dear.

No server counts thousands of records for nothing, and twenty people who look at one list would have the same ones
counted twenty times. So what was counted lately is told again: for a few seconds, the longer the more there were; and
beyond that as long as nothing was done in the organisation since, up to a minute. What has few records is counted anew.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, owned
from services.credential_store.domain.scope import OrganisationScope

FEW = 1000
"""Up to so many records are counted anew each time: a dozen milliseconds on the slowest server."""
A_SECOND = 1600
"""For each so many records, a count holds for a second."""
LONGEST_SECONDS = 60.0
_MOST_REMEMBERED = 2000
LONGEST_TRANSACTION = timedelta(seconds=20)
"""Rows of the audit log bear the time at which their transaction began."""
_AHEAD = timedelta(seconds=2 * LONGEST_SECONDS)
_LONGEST_PUBLICATION = timedelta(days=1)


@dataclass
class _Counted:
    lock: Lock = field(default_factory=Lock)
    """Held while counting: whoever asks meanwhile gets the same answer."""
    number: int = 0
    at: float = float("-inf")
    moment: datetime | None = None

    def age(self) -> float:
        return time.monotonic() - self.at


class Counting:
    """Remembers counts of one process; another process's actions are seen in the database."""

    def __init__(self, database: Database) -> None:
        self._audit = database.collection("audit")
        self._publications = database.collection("publications")
        self._now = database.now
        self._counted: OrderedDict[tuple[Any, ...], _Counted] = OrderedDict()

    def of(self, scope: OrganisationScope, what: object, count: Callable[[], int]) -> int:
        """Return how many there are, from memory or by ``count``.

        :param what: says what is counted, by its ``repr``; with all that bounds it.
        """
        counted = self._entry((scope.organisation_id, repr(what)))
        with counted.lock:
            if not self._holds(scope, counted):
                counted.moment = self._now()
                counted.number = count()
                counted.at = time.monotonic()
            return counted.number

    def _entry(self, key: tuple[Any, ...]) -> _Counted:
        counted = self._counted.setdefault(key, _Counted())
        self._counted.move_to_end(key)
        if len(self._counted) > _MOST_REMEMBERED:
            self._counted.popitem(last=False)
        return counted

    def _holds(self, scope: OrganisationScope, counted: _Counted) -> bool:
        if counted.number <= FEW or counted.moment is None or counted.age() > LONGEST_SECONDS:
            return False
        return counted.age() < counted.number / A_SECOND or self._is_quiet(scope, counted.moment)

    def _is_quiet(self, scope: OrganisationScope, since: datetime) -> bool:
        """Tell whether nobody did anything since, and nothing was being published."""
        soon = since + _AHEAD
        actions = owned(scope, at={"$gte": since - LONGEST_TRANSACTION, "$lt": soon})
        if self._audit.find_one(actions, {"_id": 1}):
            return False
        lately = owned(scope, requested_at={"$gte": since - _LONGEST_PUBLICATION, "$lt": soon})
        found: list[Document] = list(self._publications.find(lately, {"status": 1, "finished_at": 1}))
        return all(one["status"] == "finished" and one["finished_at"] < since for one in found)
