"""The system under torture: the supervised local system with several processes of each role, and the sink."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import urllib3

from conferral.local import start
from conferral.local.errors import CannotStart
from conferral.local.places import CHECKOUT, Places
from conferral.local.ports import free_port
from conferral.local.program import ProcessState, Program
from conferral.local.start import Reporter, Running

LEASE = 10.0
ENVIRONMENT = {
    "CONFERRAL_BACKOFF": "[0.2,0.5,1.0,2.0]",
    "CONFERRAL_LEASE": str(LEASE),
    "CONFERRAL_SMTP_TIMEOUT": "5",
    "CONFERRAL_SMTP_FINAL_TIMEOUT": "3",
}
"""Of every role: waits in seconds instead of hours, so that what is put off comes to its end within the run."""

COPIES = {"credential-store-rpc": 2, "credential-store-relay": 2, "publisher-worker": 2, "mailer-worker": 2}
_FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
SKEW = {"mailer-worker.2": "+90s", "credential-store-rpc.2": "-90s", "publisher-worker.2": "+1h"}
"""Processes with another wall clock than everybody, where libfaketime is installed."""
NOT_NEEDED = frozenset({"issuer-web-dashboard"})
_IN_HAND = ("conferral_commands_in_hand", "conferral_rpc_running", "conferral_outbox_rows_in_hand")


@dataclass
class System:
    """What is up, and how its processes are reached."""

    running: Running
    programs: Mapping[str, Program]
    accepted: Path
    sink: "subprocess.Popen[bytes]"
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(timeout=0.5, retries=False))

    @property
    def store_environment(self) -> Mapping[str, str]:
        """What ``conferral audit`` needs to know."""
        return self.programs["credential-store-relay"].environment

    def states(self) -> Mapping[str, ProcessState]:
        """Return every process's state; one that was given up is started again."""
        states = self.running.system.states()
        for name, state in states.items():
            if state.given_up or state.state == "EXITED":
                with suppress(CannotStart):
                    self.running.system.launch([name])
        return states

    def pid(self, name: str) -> int:
        """Return a process's id, 0 while it is down."""
        state = self.states()[name]
        return state.pid if state.state in {"STARTING", "RUNNING"} else 0

    def names(self, role: str) -> list[str]:
        """Return the processes of a role: its program's name, and its copies'."""
        return [name for name in self.programs if name == role or name.rpartition(".")[0] == role]

    def in_hand(self, name: str) -> float:
        """Return how much work a process says it holds; 0 if it does not answer."""
        url = self.programs[name].metrics if name in self.programs else None
        try:
            text = self.http.request("GET", url or "").data.decode()
        except (urllib3.exceptions.HTTPError, OSError):
            return 0.0
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(_IN_HAND))

    def kill(self, name: str) -> bool:
        """SIGKILL; False: it was down already."""
        pid = self.pid(name)
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, signal.SIGKILL)
                return True
        return False

    def wait_ready(self, seconds: float = 90.0) -> None:
        """Wait until all roles are ready."""
        deadline = time.monotonic() + seconds
        waiting = {name: program.ready for name, program in self.programs.items() if program.ready}
        while waiting:
            self.states()
            for name, url in list(waiting.items()):
                with suppress(urllib3.exceptions.HTTPError):
                    if self.http.request("GET", url, timeout=5).status == 200:
                        del waiting[name]
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready after {seconds:.0f} s: {sorted(waiting)}")
            time.sleep(0.1)


Extra = Callable[[Program], Mapping[str, str]]


def nothing_more(_program: Program) -> Mapping[str, str]:
    """Return no more settings."""
    return {}


def several(programs: Sequence[Program], extra: Extra) -> list[Program]:
    """Return the roles with short waits, some of them several times, started again at once whenever they end."""
    found: list[Program] = []
    for program in programs:
        if program.name in NOT_NEEDED:
            continue
        for copy in range(COPIES.get(program.name, 1)):
            environment = {**program.environment, **ENVIRONMENT, **extra(program)}
            changes = {}
            environment |= _skewed(f"{program.name}.{copy + 1}")
            if copy:
                port = free_port()
                environment["CONFERRAL_METRICS_PORT"] = str(port)
                changes = {
                    "name": f"{program.name}.{copy + 1}",
                    "ready": f"http://127.0.0.1:{port}/ready",
                    "metrics": f"http://127.0.0.1:{port}/metrics",
                }
            found.append(replace(program, environment=environment, start_seconds=0, **changes))
    return found


def is_skewed() -> bool:
    """Tell whether some processes run on another wall clock."""
    return _FAKETIME.exists()


def _skewed(name: str) -> dict[str, str]:
    if name not in SKEW or not is_skewed():
        return {}
    # the monotonic clock stays what it is: it has nothing to do with the time of day
    return {"LD_PRELOAD": str(_FAKETIME), "FAKETIME": SKEW[name], "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@contextmanager
def system(root: Path, extra: Extra = nothing_more) -> Iterator[System]:
    """Start everything, and stop it at the end.

    :param extra: what a role gets besides ``ENVIRONMENT``.
    """
    places = Places.prepare(root / "local")
    accepted, port = root / "accepted.jsonl", free_port()
    programs: dict[str, Program] = {}

    def adjust(roles: Sequence[Program]) -> Sequence[Program]:
        adjusted = several(roles, extra)
        programs.update({program.name: program for program in adjusted})
        return adjusted

    sink = subprocess.Popen([sys.executable, "-m", "tests.torture.sink", str(port), str(accepted)], cwd=CHECKOUT)
    try:
        reporter = Reporter(say=print, step=lambda _name, _step: None)
        with start.running(places, reporter, ("127.0.0.1", port), adjust) as running:
            yield System(running, programs, accepted, sink)
    finally:
        sink.kill()
        sink.wait()


def accepted_of(path: Path) -> list[dict[str, str]]:
    """Return what the sink took."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
