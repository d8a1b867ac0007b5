"""A role's loops: each a thread that turns until the process is told to stop."""

import time
from collections.abc import Callable
from threading import Event, Thread

from conferral.runtime.logging import get_logger

LONGEST_TURN = 60.0
"""Seconds after which a loop that is in the middle of something counts as stuck."""
_AFTER_A_FAILURE = 1.0

_log = get_logger()


class Loop:
    """Calls ``turn`` again and again: at once while it finds work, after ``idle`` seconds when it finds none.

    :param turn: does some work and returns how much. What it raises is logged, and tried again a second later.
    """

    def __init__(self, name: str, turn: Callable[[], int], idle: float) -> None:
        self.name = name
        self._turn = turn
        self._idle = idle
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
        while not self._stopped.is_set():
            wait = self._idle
            try:
                if self._turn():
                    wait = 0.0
            except Exception:  # noqa: BLE001 - whatever it is, the next turn may go well; the loop must not end silently
                _log.exception("turn_failed", loop=self.name)
                wait = _AFTER_A_FAILURE
            self._turned_at = time.monotonic()
            self._stopped.wait(wait)
