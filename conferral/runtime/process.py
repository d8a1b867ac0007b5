"""How a process is told to stop: the first SIGTERM or SIGINT asks, the second does not."""

import os
import signal
import time
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_POLL_SECONDS = 0.05


class Stopping:
    """Like a threading.Event that a signal handler may set.

    An Event takes a lock in ``set()``, and a handler runs in the middle of whatever the main thread does: of
    ``wait()`` with the same lock held, or of eventlet's hub, which must not block. So this is a flag that is polled.
    """

    def __init__(self) -> None:
        self._set = False

    def set(self) -> None:
        """Ask everything that watches to finish."""
        self._set = True

    def is_set(self) -> bool:
        """Tell whether to finish."""
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until set, or for so many seconds; return whether it is set."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._set:
            left = _POLL_SECONDS if deadline is None else min(_POLL_SECONDS, deadline - time.monotonic())
            if left <= 0:
                break
            time.sleep(left)
        return self._set


def install_signal_handlers() -> Stopping:
    """Return what the first SIGTERM or SIGINT sets; the second ends the process at once. Main thread only."""
    stopping = Stopping()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    for number in _SIGNALS:
        signal.signal(number, handle)
    return stopping
