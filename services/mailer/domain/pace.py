"""How fast, how many and whether at all: rate, daily quota and circuit breaker of one mail server.

One object each per process, shared by its connections; all are safe from several threads. ``monotonic`` is a
clock in seconds that never jumps.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakValueDictionary

Monotonic = Callable[[], float]
WallClock = Callable[[], datetime]


@dataclass(frozen=True)
class Hold:
    """Nothing may be sent for now."""

    reason: str
    seconds: float


class Rate:
    """A token bucket that holds one second's worth, and at least one message."""

    def __init__(self, per_second: float, monotonic: Monotonic) -> None:
        self._per_second = per_second
        self._monotonic = monotonic
        self._full = max(1.0, per_second)
        self._tokens = self._full
        self._at = monotonic()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take one message's token, in advance if need be; return the seconds to wait before sending it."""
        if self._per_second <= 0:
            return 0.0
        with self._lock:
            now = self._monotonic()
            self._tokens = min(self._full, self._tokens + (now - self._at) * self._per_second)
            self._at = now
            self._tokens -= 1
            return max(0.0, -self._tokens / self._per_second)


class DailyQuota:
    """At most so many messages between one midnight UTC and the next. Counted in this process, from its start."""

    def __init__(self, limit: int, clock: WallClock) -> None:
        self._limit = limit
        self._clock = clock
        self._day = clock().date()
        self._used = 0
        self._lock = threading.Lock()

    def take(self) -> Hold | None:
        """Count one message; or say how long until there is room for it."""
        with self._lock:
            held = self._exhausted()
            if held is None:
                self._used += 1
            return held

    def hold(self) -> Hold | None:
        """Say how long until there is room, without counting."""
        with self._lock:
            return self._exhausted()

    def _exhausted(self) -> Hold | None:
        now = self._clock()
        if now.date() != self._day:
            self._day, self._used = now.date(), 0
        if self._limit <= 0 or self._used < self._limit:
            return None
        tomorrow = datetime.combine(self._day + timedelta(days=1), datetime.min.time(), UTC)
        return Hold("the daily quota is used up", (tomorrow - now).total_seconds())


class Breaker:
    """Opens for ``pause`` seconds after ``threshold`` connection failures in a row; then lets one attempt decide."""

    def __init__(self, monotonic: Monotonic, threshold: int = 5, pause: float = 30.0) -> None:
        self._monotonic = monotonic
        self._threshold = threshold
        self._pause = pause
        self._failures = 0
        self._open_until = 0.0
        self._lock = threading.Lock()

    def hold(self) -> Hold | None:
        """Say how long the server is left alone."""
        with self._lock:
            left = self._open_until - self._monotonic()
            return Hold("the mail server cannot be reached", left) if self._open_until and left > 0 else None

    def attempt(self) -> Hold | None:
        """Say whether a message may be tried. After the pause one may, and the others wait for what becomes of it."""
        with self._lock:
            now = self._monotonic()
            if not self._open_until:
                return None
            if now < self._open_until:
                return Hold("the mail server cannot be reached", self._open_until - now)
            self._open_until = now + self._pause
            return None

    def succeeded(self) -> None:
        """Note that the server answers."""
        with self._lock:
            self._failures, self._open_until = 0, 0.0

    def failed(self) -> None:
        """Note that no session could be opened, or that one broke."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._threshold:
                self._open_until = self._monotonic() + self._pause


@dataclass(frozen=True)
class Pace:
    """What all connections to one mail server share."""

    rate: Rate
    quota: DailyQuota
    breaker: Breaker


class Paces:
    """One pace for each mail server, however many organisations use it: what is down, is down for all of them.

    A server that nobody uses any more is forgotten with its last user.

    :param make: makes the pace of a server that is new.
    """

    def __init__(self, make: Callable[[], Pace]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[tuple[str, int], Pace] = WeakValueDictionary()

    def of(self, host: str, port: int) -> Pace:
        """Return the pace of a server; keep it for as long as it is talked to."""
        key = (host.lower().rstrip("."), port)
        with self._lock:
            pace = self._known.get(key)
            if pace is None:
                pace = self._known[key] = self._make()
            return pace
