"""``conferral up`` as a process of its own, and what the kernel knows of everything it started."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from supervisor.xmlrpc import SupervisorTransport

from conferral.local import servers
from conferral.local.places import Places
from tests.support.waiting import wait_until

_START_SECONDS = 120


def alive(pid: int) -> bool:
    """Tell whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _parents() -> dict[int, int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    return parents


class ConferralUp:
    """A running ``conferral``; ``command`` is ``up`` or ``demo``."""

    def __init__(self, root: Path, command: str = "up") -> None:
        self.root = root
        self.log = root.parent / f"{root.name}-{command}.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "conferral.cli", command, "--root", str(root)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        began = time.monotonic()
        while "Ctrl-C stops" not in self.text:
            if self.process.poll() is not None or time.monotonic() - began > _START_SECONDS:
                self.process.kill()
                pytest.fail(f"the system did not start:\n{self.text[-4000:]}")
            time.sleep(0.1)
        self.seconds_to_start = time.monotonic() - began

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.log.read_text(errors="replace")

    @property
    def run(self) -> dict[str, Any]:
        """The content of ``run.json`` now."""
        run: dict[str, Any] = json.loads((self.root / "run.json").read_text())
        return run

    def pid_of(self, name: str) -> int:
        """Return the process id that ``run.json`` has for a process."""
        return next(int(process["pid"]) for process in self.run["processes"] if process["name"] == name)

    def family(self) -> set[int]:
        """Return the ids of all its descendants."""
        parents, found = _parents(), {self.process.pid}
        while grown := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= grown
        return found - {self.process.pid}

    def listening(self) -> set[str]:
        """Return the addresses on which its descendants listen."""
        inodes = {target[len("socket:[") : -1] for pid in self.family() for target in _open_files(pid)}
        found = set()
        for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    found.add(_address(fields[1].partition(":")[0], family))
        return found

    def interrupt(self) -> float:
        """Press Ctrl-C; return the seconds until it has ended."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - began

    def end(self) -> None:
        """Stop it if a test has not."""
        if self.process.poll() is None:
            self.interrupt()


def _open_files(pid: int) -> Iterator[str]:
    try:
        links = list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return
    for link in links:
        with suppress(OSError):  # closed in between
            yield str(link.readlink())


def _address(hexadecimal: str, family: socket.AddressFamily) -> str:
    words = [bytes.fromhex(hexadecimal[start : start + 8])[::-1] for start in range(0, len(hexadecimal), 8)]
    return socket.inet_ntop(family, b"".join(words))


def none_left(pids: set[int], seconds: float) -> set[int]:
    """Return those that are still there after at most so many seconds."""
    wait_until(lambda: not any(map(alive, pids)), seconds)
    return {pid for pid in pids if alive(pid)}


@contextmanager
def standing_still(system: dict[str, Any], name: str) -> Iterator[None]:
    """Hold one of the system's own processes in the middle of whatever it does."""
    [pid] = [process["pid"] for process in system["processes"] if process["name"] == name]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def without_broker(system: dict[str, Any]) -> Iterator[Callable[[], None]]:
    """Stop the system's broker; give what starts it again and waits until the dashboard answers."""
    places, broker = Places.prepare(Path(system["root"])), "infrastructure:broker"
    transport = SupervisorTransport(None, None, f"unix://{places.supervisor_socket}")
    with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
        supervisor: Any = proxy.supervisor
        supervisor.stopProcess(broker)
        away = [True]

        def back() -> None:
            if away.pop() if away else False:
                supervisor.startProcess(broker)
                port = urlsplit(system["amqp_uri"]).port or 5672
                wait_until(lambda: servers.broker_answers(port), 60, pause=0.1)

        try:
            yield back
        finally:
            back()
