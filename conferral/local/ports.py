"""Ports of one installation: chosen once, kept in a file, so that links in mails and on pages stay valid."""

import json
import random
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from conferral.local.errors import CannotStart
from conferral.local.files import write_private

HOST = "127.0.0.1"

_FIRST, _LAST = 20_000, 29_900  # below the range from which the kernel takes ports for outgoing connections
_ATTEMPTS = 200

IN_LINKS = frozenset({"dashboard", "public", "mailbox"})
"""These are part of addresses that people keep: they never change by themselves."""


def is_free(port: int) -> bool:
    """Tell whether nothing listens on the port."""
    with socket.socket() as probe:
        # as servers do it: a port whose last connections are still closing is free to listen on
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that nothing listens on at the moment, for whoever needs it for a moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _choose(count: int) -> list[int]:
    """Return free ports in a row."""
    for _ in range(_ATTEMPTS):
        first = random.randrange(_FIRST, _LAST, 20)  # noqa: S311 - nothing secret about it
        block = list(range(first, first + count))
        if all(map(is_free, block)):
            return block
    raise CannotStart(f"There are no {count} free ports in a row between {_FIRST} and {_LAST}.")


def load_ports(path: Path, names: Iterable[str]) -> dict[str, int]:
    """Read the ports, choosing those that have none yet and those that somebody else took.

    :param names: what needs a port.
    :raises CannotStart: a port that is part of links is taken.
    """
    kept: Mapping[str, int] = json.loads(path.read_text()) if path.exists() else {}
    wanted = list(names)
    ports = {name: kept[name] for name in wanted if name in kept}
    taken = [name for name, port in ports.items() if not is_free(port)]
    for name in taken:
        if name in IN_LINKS:
            raise CannotStart(
                f"Port {ports[name]}, which is part of this installation's links ({name}), is used by another program.",
                f"Stop that program; or, if no link needs to stay valid, delete {path}.",
            )
        del ports[name]
    missing = [name for name in wanted if name not in ports]
    if missing:
        ports |= zip(missing, _choose(len(missing)), strict=True)
        write_private(path, json.dumps(ports, indent=1).encode())
    return ports
