"""A mail server's own log: a line for each message that it accepted, with its Message-ID somewhere in it."""

import re
from collections.abc import Iterator
from pathlib import Path

from conferral.runtime.crash_points import reached

_MESSAGE_ID = re.compile(rb"<[a-z2-7]{26}@[^<>\s@]+>")
"""Ours are made of an id; addresses in the same line are not."""
_PAGE = 100


class AcceptedLogFile:
    """See audit_ports.AcceptedLog. Only what was added since the last look is read.

    A line that is still being written, without its end, is left for the next look.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._lines = 0
        self._marked = 0
        self._accepted: dict[str, list[int]] = {}

    def refresh(self, *, mark: bool = False) -> None:
        """Read what was added.

        :raises OSError: the file cannot be read.
        """
        reached("audit.read_accepted")
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._lines += 1
                if found := _MESSAGE_ID.search(line):
                    self._accepted.setdefault(found[0].decode(), []).append(self._lines)
        if mark:
            self._marked = self._lines

    def before(self, message_id: str) -> int:
        """How often it had been accepted at the last mark."""
        return sum(line <= self._marked for line in self._accepted.get(message_id, ()))

    def after(self, message_id: str) -> int:
        """How often it has been accepted."""
        return len(self._accepted.get(message_id, ()))

    def message_ids(self) -> Iterator[list[str]]:
        """Return all of them, in pages."""
        known = sorted(self._accepted)
        for start in range(0, len(known), _PAGE):
            yield known[start : start + _PAGE]
