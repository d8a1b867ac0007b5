"""A role's loops: each a thread that turns until the process is told to stop."""

import time
from collections.abc import Callable
from threading import Event, Thread

from conferral.runtime.logging import get_logger

LONGEST_TURN = 60.0
"""Seconds after which a loop that is in the middle of something counts as stuck."""
_SLOWER = 1.3
"""Of a loop that finds nothing: each wait is so many times the last."""
_AFTER_A_FAILURE = 1.0

_log = get_logger()


class Loop:
    """Calls ``turn`` again and again: at once while it finds work, after a while when it finds none.

    :param turn: does some work and returns how much. What it raises is logged, and tried again a second later.
    :param idle: seconds to wait when there was nothing to do.
    :param longest: seconds that this grows to while there is nothing to do: a quiet system asks its store little.
    """

    def __init__(self, name: str, turn: Callable[[], int], idle: float, longest: float | None = None) -> None:
        self.name = name
        self._turn = turn
        self._idle = idle
        self._longest = idle if longest is None else longest
        self._stopped = Event()
        self._turned_at = time.monotonic()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def is_live(self) -> bool:
        """Tell whether it turns."""
        return self._thread.is_alive() and time.monotonic() - self._turned_at < LONGEST_TURN

    def stop(self) -> None:
        """Ask it to end after the turn that it is in."""
        self._stopped.set()

    def is_stopping(self) -> bool:
        """Tell whether it was asked to end. A turn of many steps asks between them, and so shows that it is alive."""
        self._turned_at = time.monotonic()
        return self._stopped.is_set()

    def join(self, timeout: float) -> bool:
        """Wait for it to end; False: it did not."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        idle = self._idle
        while not self._stopped.is_set():
            wait = idle
            try:
                if self._turn():
                    idle, wait = self._idle, 0.0
                else:
                    idle = min(idle * _SLOWER, self._longest)
            except Exception:  # noqa: BLE001 - whatever it is, the next turn may go well; the loop must not end silently
                _log.exception("turn_failed", loop=self.name)
                wait = _AFTER_A_FAILURE
            self._turned_at = time.monotonic()
            self._stopped.wait(wait)
