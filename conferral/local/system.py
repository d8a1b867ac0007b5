"""The local system as a whole: start it in order, watch it, stop it within ten seconds."""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from conferral.local import leftovers, run_file
from conferral.local.control import Supervisor
from conferral.local.errors import AlreadyRunning, CannotStart
from conferral.local.files import write_private
from conferral.local.places import Places
from conferral.local.program import ProcessState, Program
from conferral.local.readiness import not_ready
from conferral.local.run_file import Addresses
from conferral.local.supervisor_config import render

STOP_SECONDS = 7.5
"""From being told to stop to killing what is left, so that nothing is left after ten, even on a busy machine."""

_READY_SECONDS = 90.0
_LOG_LINES = 15


@dataclass(frozen=True)
class Step:
    """What is reported while the system starts: ``waiting`` names what is not ready yet, and why."""

    done: int
    total: int
    waiting: Mapping[str, str]


@contextmanager
def only_one(places: Places) -> Iterator[None]:
    """Hold the installation's lock; end what a run that was killed left behind.

    :raises AlreadyRunning: somebody else holds it.
    """
    descriptor = os.open(places.lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning("This checkout's system is running already.") from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        leftovers.end(places.root, 3)
        places.run_file.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def stop_running(places: Places) -> bool:
    """Stop a running system from outside; tell whether there was one."""
    text = places.lock_file.read_text() if places.lock_file.exists() else ""
    running = _is_locked(places)
    if running and text.isdigit():
        with suppress(ProcessLookupError):
            os.kill(int(text), signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS + 2
        while _is_locked(places) and time.monotonic() < deadline:
            time.sleep(0.1)
    return bool(leftovers.end(places.root, 1)) or running


def _is_locked(places: Places) -> bool:
    if not places.lock_file.exists():
        return False
    with places.lock_file.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class LocalSystem:
    """One installation's processes under their supervisor."""

    def __init__(self, places: Places, programs: Sequence[Program], addresses: Addresses) -> None:
        self._places = places
        self._programs = sorted(programs, key=lambda program: program.priority)
        self._addresses = addresses
        self._supervisor = Supervisor(places)
        self._pids: dict[str, int] = {}
        self._given_up: set[str] = set()

    def start_supervisor(self) -> None:
        """Start the supervisor, and no process yet."""
        write_private(self._places.supervisor_config, render(self._places, self._programs).encode())
        self._supervisor.start()

    def launch(self, names: Sequence[str]) -> None:
        """Start these processes without waiting for them."""
        for program in self._programs:
            if program.name in names:
                self._supervisor.start_process(program.group, program.name)

    def wait_ready(self, checks: Mapping[str, Callable[[], str | None]], report: Callable[[Step], None]) -> None:
        """Wait until every check says None.

        :param checks: process name to a function that says why it is not ready.
        :raises CannotStart: a process was given up, or is not ready in time; with its last log lines.
        """
        waiting: dict[str, str] = dict.fromkeys(checks, "starting")
        deadline = time.monotonic() + _READY_SECONDS
        while waiting:
            for name in list(waiting):
                reason = checks[name]()
                if reason is None:
                    del waiting[name]
                else:
                    waiting[name] = reason
            report(Step(len(checks) - len(waiting), len(checks), dict(waiting)))
            if not waiting:
                return
            self._raise_if_given_up(waiting)
            if time.monotonic() > deadline:
                name, reason = next(iter(waiting.items()))
                raise CannotStart(f"{name} is not ready after {_READY_SECONDS:.0f} s: {reason}", *self.last_lines(name))
            time.sleep(0.1)

    def _raise_if_given_up(self, names: Mapping[str, str]) -> None:
        states = self.states()
        for name in names:
            if states[name].given_up:
                raise CannotStart(f"{name} does not start: it ended again and again.", *self.last_lines(name))

    def role_checks(self) -> dict[str, Callable[[], str | None]]:
        """Return the readiness checks of all processes that have a readiness address."""

        def check(url: str) -> Callable[[], str | None]:
            return lambda: not_ready(url)

        return {program.name: check(program.ready) for program in self._programs if program.ready}

    def states(self) -> Mapping[str, ProcessState]:
        """Return every process's state.

        :raises CannotStart: the supervisor ended.
        """
        if not self._supervisor.alive:
            raise CannotStart("The supervisor ended unexpectedly.", *self.last_lines("supervisor"))
        return self._supervisor.states()

    def refresh(self) -> list[str]:
        """Rewrite ``run.json`` if a process has another id than before; return what a person should be told."""
        states = self.states()
        pids = {name: state.pid for name, state in states.items()}
        told = []
        if pids != self._pids:
            told = [
                f"{name} ended and is started again." if not pid else f"{name} runs again (process {pid})."
                for name, pid in pids.items()
                if self._pids and pid != self._pids[name] and not states[name].given_up
            ]
            self._pids = pids
            run_file.write(self._places.run_file, self._addresses, self._programs, states)
        given_up = {name for name, state in states.items() if state.given_up}
        for name in sorted(given_up - self._given_up):
            told += [f"{name} ended again and again and is not started any more:", *self.last_lines(name)]
        self._given_up = given_up
        return told

    def last_lines(self, name: str) -> list[str]:
        """Return the end of a process's log, and where all of it is."""
        path = self._places.logs / f"{name}.log"
        lines = _tail(path, _LOG_LINES)
        return [*(f"  {line}" for line in lines), f"Its log: {path}"]

    def stop(self) -> None:
        """Stop everything, in order if there is time, and leave no process."""
        began = time.monotonic()
        self._places.run_file.unlink(missing_ok=True)
        stopped = self._supervisor.stop(STOP_SECONDS)
        leftovers.end(self._places.root, max(0.2, STOP_SECONDS - (time.monotonic() - began)))
        if not stopped:
            self._supervisor.reap()


def _tail(path: Path, count: int) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 20_000))
        return file.read().decode(errors="replace").splitlines()[-count:]
