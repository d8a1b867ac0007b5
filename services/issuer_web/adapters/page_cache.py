"""Pages by credential: fresh for a moment, then asked again by validator, and served stale while the reader is down.

A credential that goes viral costs the reader one conditional request every FRESH seconds, however many people look.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from conferral.contracts.errors import Unavailable
from conferral.contracts.public import PublicCredential
from services.issuer_web.ports import Fetched, Gone, Missing, NotModified, PublicReader

FRESH = 2.0
"""Seconds for which a page is served without asking."""
STALE = 600.0
"""Seconds for which a page is served when nobody can be asked."""
LARGEST = 64 * 1024 * 1024
"""Bytes of pages that are kept."""
_SMALLEST_ENTRY = 500


class Page(Protocol):
    """What is kept: anything that knows its size in bytes, and whether time has changed it."""

    @property
    def size(self) -> int:
        """Bytes."""

    def is_outdated(self) -> bool:
        """Tell whether the same credential now looks different, having expired for instance."""


P = TypeVar("P", bound=Page)


@dataclass
class _Entry(Generic[P]):
    outcome: P | Gone | Missing | None = None
    etag: str | None = None
    checked_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def size(self) -> int:
        return _SMALLEST_ENTRY + (0 if isinstance(self.outcome, Gone | Missing | None) else self.outcome.size)


class PageCache(Generic[P]):
    """The rendered pages, least recently used ones dropped first.

    :param render: makes a page of a credential; may take some milliseconds and may raise Unavailable.
    """

    def __init__(
        self,
        reader: PublicReader,
        render: Callable[[PublicCredential], P],
        clock: Callable[[], float] = time.monotonic,
        largest: int = LARGEST,
    ) -> None:
        self._reader, self._render, self._clock, self._largest = reader, render, clock, largest
        self._entries: OrderedDict[str, _Entry[P]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, credential_id: str) -> P | Gone | Missing:
        """Return the page, or that there is none.

        :raises Unavailable: it is not kept, and the reader does not answer.
        """
        with self._lock:
            entry = self._entries.setdefault(credential_id, _Entry())
            self._entries.move_to_end(credential_id)
        age = self._clock() - entry.checked_at
        if entry.outcome is not None and age < FRESH and not _outdated(entry.outcome):
            return entry.outcome
        # One thread asks; the others go on with what there is, unless there is nothing or it is rather old.
        if not entry.lock.acquire(blocking=entry.outcome is None or age > 2 * FRESH):
            return entry.outcome or Missing()
        try:
            return self._ask(credential_id, entry)
        finally:
            entry.lock.release()

    def _ask(self, credential_id: str, entry: _Entry[P]) -> P | Gone | Missing:
        now = self._clock()
        outcome = entry.outcome
        if outcome is not None and now - entry.checked_at < FRESH and not _outdated(outcome):
            return outcome  # another thread asked while this one waited
        known = outcome is not None and not _outdated(outcome)
        try:
            reading = self._reader.read(credential_id, entry.etag if known else None)
            if isinstance(reading, NotModified) and outcome is not None:
                entry.checked_at = now
                return outcome
            if isinstance(reading, Fetched):
                self._keep(credential_id, entry, self._render(reading.credential), reading.etag or None)
            else:
                self._keep(credential_id, entry, Gone() if isinstance(reading, Gone) else Missing(), None)
        except Unavailable:
            if outcome is None:
                self._drop(credential_id, entry)
            if outcome is None or now - entry.checked_at > STALE:
                raise
            return outcome
        entry.checked_at = now
        return entry.outcome or Missing()

    def _drop(self, credential_id: str, entry: _Entry[P]) -> None:
        """Forget an id that nothing is known of: asking for many while the reader is down must not fill memory."""
        with self._lock:
            if self._entries.get(credential_id) is entry:
                del self._entries[credential_id]

    def _keep(self, credential_id: str, entry: _Entry[P], outcome: P | Gone | Missing, etag: str | None) -> None:
        with self._lock:
            held = self._entries.get(credential_id) is entry
            before = entry.size if entry.outcome is not None else 0
            entry.outcome, entry.etag = outcome, etag
            if held:
                self._bytes += entry.size - before
            while self._bytes > self._largest and len(self._entries) > 1:
                _, dropped = self._entries.popitem(last=False)
                self._bytes -= dropped.size if dropped.outcome is not None else 0


def _outdated(outcome: Page | Gone | Missing) -> bool:
    return not isinstance(outcome, Gone | Missing) and outcome.is_outdated()
