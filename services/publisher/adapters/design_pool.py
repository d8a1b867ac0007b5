"""A bounded number of design processes, each serving one distribution, kept and used again."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from conferral.contracts.errors import Unavailable
from services.publisher.adapters.design_process import Allowance, DesignProcess

_WAIT_SECONDS = 8.0


@dataclass(frozen=True)
class Entry:
    """An entry point: what a process loads, and whose it is (distribution and version)."""

    entry_point: str
    value: str
    origin: str


@dataclass
class _Worker:
    entry: Entry
    process: DesignProcess
    declared: list[Any]


class DesignPool:
    """Design processes, at most ``size`` at work and as many idle."""

    def __init__(self, allowance: Allowance, size: int, paths: Sequence[str] = ()) -> None:
        """Start nothing yet.

        :param paths: more folders in which distributions are looked for, besides the interpreter's own.
        """
        self.allowance = allowance
        self._size = size
        self._paths = tuple(paths)
        self._slots = threading.BoundedSemaphore(size)
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        # A child gets its parent-death signal when the thread that started it ends, so one lasting thread starts all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="design-starter")

    def entries(self) -> list[Entry]:
        """Return what is installed, read in a process of its own.

        :raises DesignLost, DesignRaised: not even the list can be read.
        """
        process = self._starter.submit(DesignProcess, self.allowance, self._paths).result()
        try:
            return [Entry(**entry) for entry in process.call("installed", {})]
        finally:
            process.close()

    @contextmanager
    def process(self, entry: Entry) -> Iterator[tuple[DesignProcess, list[Any]]]:
        """Lend a process that has loaded an entry point, and what it declares.

        :raises DesignLost, DesignRaised: it does not load.
        :raises Unavailable: all processes are at work.
        """
        if not self._slots.acquire(timeout=_WAIT_SECONDS):
            raise Unavailable("All design processes are busy.")
        try:
            worker = self._take(entry) or self._start(entry)
            try:
                yield worker.process, worker.declared
            finally:
                self._give_back(worker)
        finally:
            self._slots.release()

    def close(self) -> None:
        """End all idle processes; those at work end with this one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.process.close()
        self._starter.shutdown(wait=False)

    def _take(self, entry: Entry) -> _Worker | None:
        with self._lock:
            for position, worker in enumerate(self._idle):
                if worker.entry == entry:
                    return self._idle.pop(position)
        return None

    def _start(self, entry: Entry) -> _Worker:
        process = self._starter.submit(DesignProcess, self.allowance, self._paths).result()
        try:
            data = {"entry_point": entry.entry_point, "value": entry.value}
            return _Worker(entry, process, process.call("load", data, self.allowance.load))
        except BaseException:
            process.close()
            raise

    def _give_back(self, worker: _Worker) -> None:
        if worker.process.closed:
            return
        if worker.process.worn:
            worker.process.close()
            return
        with self._lock:
            self._idle.append(worker)
            surplus = self._idle.pop(0) if len(self._idle) > self._size else None
        if surplus is not None:
            surplus.process.close()
