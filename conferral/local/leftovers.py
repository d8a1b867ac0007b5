"""Finding and ending every process of an installation by what the kernel knows, not by process id files."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from conferral.local.program import ROOT_MARK

_PROC = Path("/proc")


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    session: int
    marked: bool


def _read(pid: int, mark: bytes) -> _Process | None:
    """None: it is gone, or a zombie, or not ours to look at."""
    folder = _PROC / str(pid)
    try:
        # the second field is the command in parentheses, which may itself hold spaces and parentheses
        state, parent, _group, session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
        marked = mark in (folder / "environ").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return None if state == "Z" else _Process(pid, int(parent), int(session), marked)


def find(root: Path) -> set[int]:
    """Return the ids of the installation's processes, this one and its ancestors excepted.

    They are those whose environment names the installation's folder, whoever shares a session with one of them,
    and all their descendants: a child that was started with a clean environment is found too.
    """
    mark = f"{ROOT_MARK}={root}".encode()
    pids = (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
    processes = {process.pid: process for pid in pids if (process := _read(pid, mark))}
    excepted = _ancestors(processes)
    own_session = os.getsid(0)
    sessions = {process.session for process in processes.values() if process.marked} - {own_session}
    found = {pid for pid, process in processes.items() if process.marked or process.session in sessions}
    while grown := {pid for pid, process in processes.items() if process.parent in found} - found:
        found |= grown
    return found - excepted


def _ancestors(processes: dict[int, _Process]) -> set[int]:
    pid, found = os.getpid(), set[int]()
    while pid and pid not in found:
        found.add(pid)
        process = processes.get(pid)
        pid = process.parent if process else 0
    return found


def end(root: Path, seconds: float) -> set[int]:
    """End them all: SIGTERM at once, SIGKILL after ``seconds``. Return the ids of those that were there."""
    ended = find(root)
    _signal(ended, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while (left := find(root)) and time.monotonic() < deadline:
        time.sleep(0.1)
    for _ in range(50):
        if not left:
            break
        ended |= left
        _signal(left, signal.SIGKILL)
        time.sleep(0.05)
        left = find(root)
    return ended


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
