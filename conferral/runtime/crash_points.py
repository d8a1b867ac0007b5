"""Named points around every input and output of an adapter, at which a test can have the process killed.

Nothing happens at a point unless the environment arms it, which only the local quick start may (``config.load``)::

    CONFERRAL_CRASH_AT=smtp.dot_sent:1,amqp.ack:3,store.*:1   point and how often it is reached before the SIGKILL
    CONFERRAL_CRASH_MARKS=/folder                             what fired is marked there, and does not fire again

A name that ends with ``*`` stands for every point that begins so, each of them counted and marked by itself.
"""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

ARMED_BY = "CONFERRAL_CRASH_AT"
MARKS = "CONFERRAL_CRASH_MARKS"
NOT_YET = "not-yet"
"""A file of this name among the marks: nothing counts and nothing fires as long as it is there."""


class _Plan:
    """What is armed in this process. Safe from several threads."""

    def __init__(self, text: str, marks: Path | None) -> None:
        """Read it.

        :raises ValueError: it is no list of ``point:count``.
        """
        self._marks = marks
        self._lock = Lock()
        self._left: dict[str, int] = {}
        self._families: dict[str, int] = {}
        for item in text.split(","):
            name, _, count = item.strip().rpartition(":")
            if not name or not count.isdigit() or not int(count):
                raise ValueError(f"{ARMED_BY}: {item!r} is not of the form point:count")
            (self._families if name.endswith("*") else self._left)[name.removesuffix("*")] = int(count)

    def count(self, name: str) -> None:
        """Count one arrival; the last one ends the process."""
        with self._lock:
            if name not in self._left:
                family = next((count for family, count in self._families.items() if name.startswith(family)), 0)
                if not family:
                    return
                self._left[name] = family
            if self._marks is not None and (self._marks / NOT_YET).exists():
                return
            self._left[name] -= 1
            if self._left[name] == 0 and self._mark(name):
                os.kill(os.getpid(), signal.SIGKILL)

    def _mark(self, name: str) -> bool:
        """Note that it fires; False: it did before, here or in another process."""
        if self._marks is None:
            return True
        try:
            (self._marks / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


_plan: _Plan | None = None


def arm(environment: Mapping[str, str]) -> bool:
    """Arm what the environment says, and tell whether it says anything.

    :raises ValueError: it cannot be read.
    """
    global _plan  # noqa: PLW0603 - the one switch of the process, looked at on every arrival
    text = environment.get(ARMED_BY, "")
    _plan = _Plan(text, Path(environment[MARKS]) if environment.get(MARKS) else None) if text else None
    return _plan is not None


def is_armed() -> bool:
    """Tell whether any point is armed."""
    return _plan is not None


def reached(name: str) -> None:
    """Say that the process is at this point: about to do, or having done, what the name says."""
    if _plan is not None:
        _plan.count(name)
