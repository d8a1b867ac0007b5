"""How long a chunk may still take."""

import time
from collections.abc import Callable

from services.publisher.ports import Stopping


class Stopped(Exception):
    """The process ends before the chunk would."""


class Patience:
    """Seconds for a chunk, fewer once the process was asked to end."""

    def __init__(
        self, stopping: Stopping, seconds: float, grace: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stopping = stopping
        self._clock = clock
        self._deadline = clock() + seconds
        self._grace = grace
        self._ending = False

    def remaining(self) -> float:
        """Return the seconds that are left, 0 when there are none.

        :raises Stopped: none are left because the process ends.
        """
        if self._stopping.is_set() and not self._ending:
            self._ending = True
            self._deadline = min(self._deadline, self._clock() + self._grace)
        left = self._deadline - self._clock()
        if left <= 0 and self._ending:
            raise Stopped("the worker is stopping")
        return max(0.0, left)
