"""Files that are written whole or not at all, and that nobody finished: what a killed process left behind."""

import time
from collections.abc import Iterator
from pathlib import Path

_PATTERNS = (".*.new", ".*.????????", "*.tmp")
"""Of the epoch's file, of private files (``mkstemp`` adds eight characters), of received mail."""


class TemporaryFiles:
    """See audit_ports.TemporaryFiles. Looks into the folder and the folders in it, no deeper."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def older_than(self, seconds: float) -> Iterator[tuple[str, float]]:
        """Return name and age of unfinished files."""
        now = time.time()
        for folder in (self._folder, *(one for one in self._folder.iterdir() if one.is_dir())):
            for pattern in _PATTERNS:
                for path in folder.glob(pattern):
                    if path.is_file() and (age := now - path.stat().st_mtime) > seconds:
                        yield str(path), age
