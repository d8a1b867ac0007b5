"""Journals as files in a folder on this machine's own disk, one for each command in hand, locked by who writes it."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from conferral.runtime.crash_points import reached
from services.mailer.domain import journal
from services.mailer.domain.journal import Account

_log = structlog.get_logger()

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SUFFIX = ".journal"
_LARGEST = 4 << 20


class _File:
    """Implements ``ports.Log``."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path
        self._broken = False

    def write(self, line: bytes) -> None:
        """Append a line: in the kernel's hands, and so safe from our own death, when this returns.

        A journal that lacks a line says what is not true. So where one cannot be written, there is no journal any more,
        and whoever comes after us knows nothing.

        :raises OSError: not even that could be done.
        """
        if self._broken:
            return
        try:
            reached("journal.write")
            if os.write(self._descriptor, line) == len(line):
                return
        except OSError:
            _log.exception("journal_not_written")
        self._broken = True
        self._path.unlink()


class Journals:
    """Implements ``ports.Journals``."""

    def __init__(self, folder: Path) -> None:
        """Make the folder.

        :raises OSError: it cannot be made or read.
        """
        reached("journal.read_boot")
        self._boot = _BOOT.read_text(encoding="ascii").strip()
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def open(self, organisation_id: str) -> Iterator[_File]:
        """Lend a journal for one command. It is deleted after it; kept, as a dead mailer's, if that raised."""
        reached("journal.open")
        path = self._folder / f"{secrets.token_hex(8)}{_SUFFIX}"
        # locked before it has its name: nobody takes it for a dead one's
        unnamed = path.with_suffix(".new")
        descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(descriptor, journal.opened(self._boot, organisation_id))
            unnamed.rename(path)
            yield _File(descriptor, path)
            reached("journal.close")
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def orphans(self) -> Iterator[Account]:
        """Return what dead mailers left, one after the other; each is deleted once the caller asks for the next."""
        reached("journal.look")
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with suppress(OSError), path.open("rb") as file:
                # whoever writes it, runs or stands still, holds the lock; the kernel takes it from the dead
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                account = journal.read(file.read(_LARGEST), self._boot)
                if account is not None and account.results:
                    yield account
                reached("journal.forget")
                path.unlink(missing_ok=True)


class NoJournals:
    """Keeps none: what is begun when the process is killed becomes unconfirmed."""

    @contextmanager
    def open(self, _organisation_id: str) -> Iterator["NoJournals"]:
        """Lend nothing."""
        yield self

    def write(self, _line: bytes) -> None:
        """Write nothing."""

    def orphans(self) -> Iterator[Account]:
        """Return nothing."""
        return iter(())
