"""``run.json``: where things are while they run, for scripts. Mode 0600; gone when the system is down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from conferral.local.files import write_private
from conferral.local.program import ProcessState, Program


@dataclass(frozen=True)
class Addresses:
    """What scripts need to reach the system from outside. ``email`` and ``password`` are the first owner's."""

    dashboard_url: str
    public_url: str
    email: str
    password: str
    mailbox_url: str
    mailbox_api: str
    amqp_uri: str
    mongodb_uri: str
    smtp_host: str
    smtp_port: int


def write(path: Path, addresses: Addresses, programs: Sequence[Program], states: Mapping[str, ProcessState]) -> None:
    """Write everything anew, in one step."""
    processes = [
        {
            "name": program.name,
            "role": program.role,
            "pid": states[program.name].pid,
            "metrics": program.metrics,
        }
        for program in programs
        if program.name in states
    ]
    write_private(path, json.dumps({**asdict(addresses), "processes": processes}, indent=1).encode())


def read(path: Path) -> Addresses | None:
    """Return the addresses; None: nothing runs."""
    try:
        data = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return Addresses(**{name: value for name, value in data.items() if name != "processes"})
