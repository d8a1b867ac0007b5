"""Processor seconds and memory of a running system's parts, from /proc."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KINDS = {"store": "store", "broker": "broker", "epmd": "broker", "mailbox": "mailbox"}


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _parents() -> dict[int, int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return {pid: int(fields[1]) for pid in pids if (fields := _stat(pid))}


def _seconds(pid: int) -> float:
    """User and system time of a process and of its children that ended."""
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def seconds_by_process(run: Mapping[str, Any]) -> dict[str, float]:
    """Return the seconds used so far by each process of run.json with its children.

    :param run: the content of run.json.
    """
    return {name: sum(map(_seconds, family)) for name, family in _families(run).items()}


def resident_bytes(run: Mapping[str, Any]) -> dict[str, int]:
    """Return the resident memory of each process of run.json with its children."""
    return {name: sum(map(_resident, family)) for name, family in _families(run).items()}


def _families(run: Mapping[str, Any]) -> dict[str, set[int]]:
    parents = _parents()
    families: dict[str, set[int]] = {}
    for process in run["processes"]:
        family = {process["pid"]}
        while grown := {pid for pid, parent in parents.items() if parent in family} - family:
            family |= grown
        families[process["name"]] = family
    return families


def _resident(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[21]) * _PAGE if fields else 0


def processor_seconds(run: Mapping[str, Any]) -> dict[str, float]:
    """Return the seconds used so far by kind: ``services`` (our roles with their children), ``store``, ``broker``.

    :param run: the content of run.json.
    """
    used: dict[str, float] = {}
    for name, seconds in seconds_by_process(run).items():
        kind = _KINDS.get(name, "services")
        used[kind] = used.get(kind, 0.0) + seconds
    return used


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """Return what was used in between."""
    return {kind: seconds - before.get(kind, 0.0) for kind, seconds in after.items()}
