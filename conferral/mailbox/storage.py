"""Received messages as ``.eml`` files in one folder, with an index of their headers in memory.

A message is acknowledged only when it is on the disk: its file is synced and renamed into place one by one, the
folder is synced once for all messages that wait at that moment.
"""

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from conferral.mailbox.reading import header_texts

_SUFFIX = ".eml"
_HEAD_BYTES = 16384
"""Enough for the headers of any mail that Conferral sends; only these are read to build the index."""


@dataclass(frozen=True)
class Entry:
    """What the list shows of a message."""

    id: str
    """Sorts by time of receipt."""
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    """Of the envelope."""
    from_: str
    to: str
    subject: str

    @property
    def search(self) -> str:
        """Folded text that a search looks into."""
        return "\n".join((self.subject, self.from_, self.to, self.sender, *self.recipients)).casefold()


class Mailbox:
    """All messages, newest first. Safe from several threads."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, made if need be, and read what is there.

        :raises OSError: it cannot be read or written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self.revision = 0
        """Changes whenever the list does."""
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            with path.open("rb") as file:
                self._entries.append(_entry(path.stem, file.read(_HEAD_BYTES)))
        for path in folder.glob("*.tmp"):
            path.unlink()  # never acknowledged

    def add(self, messages: Sequence[tuple[str, Sequence[str], bytes]]) -> None:
        """Keep messages, given as sender, recipients and content. They are on the disk when this returns.

        :raises OSError: at least one is not; those that are will be listed.
        """
        entries = []
        try:
            for sender, recipients, content in messages:
                entries.append(self._write(sender, recipients, content))
            _sync(self._folder)
        finally:
            with self._lock:
                self._entries += entries
                self.revision += 1

    def list(self, query: str = "", recipient: str = "") -> list[Entry]:
        """Return entries, newest first: those whose texts contain ``query``, sent to ``recipient`` exactly."""
        with self._lock:
            entries = self._entries[::-1]
        if recipient:
            folded = recipient.casefold()
            entries = [e for e in entries if folded in (address.casefold() for address in e.recipients)]
        words = query.casefold().split()
        return [entry for entry in entries if all(word in entry.search for word in words)] if words else entries

    def get(self, identifier: str) -> Entry | None:
        """Return one entry."""
        with self._lock:
            return next((entry for entry in reversed(self._entries) if entry.id == identifier), None)

    def content(self, entry: Entry) -> bytes | None:
        """Return a message exactly as it was received; None when it has been deleted in between."""
        try:
            return self._path(entry.id).read_bytes().split(b"\r\n\r\n", 1)[1]
        except (FileNotFoundError, IndexError):
            return None

    def clear(self) -> int:
        """Delete all messages and return how many there were."""
        with self._lock:
            entries, self._entries = self._entries, []
            self.revision += 1
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                self._path(entry.id).unlink()
        return len(entries)

    def _write(self, sender: str, recipients: Sequence[str], content: bytes) -> Entry:
        identifier = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
        stored = b"".join(_envelope(sender, recipients)) + b"\r\n" + content
        path = self._path(identifier)
        temporary = path.with_suffix(".tmp")
        with temporary.open("xb") as file:
            file.write(stored)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        return _entry(identifier, stored[:_HEAD_BYTES])

    def _path(self, identifier: str) -> Path:
        return self._folder / f"{identifier}{_SUFFIX}"


def _envelope(sender: str, recipients: Sequence[str]) -> Iterator[bytes]:
    """Yield the block of lines, ended by an empty one, that precedes the message in its file."""
    yield f"Return-Path: <{sender}>\r\n".encode()
    for recipient in recipients:
        yield f"Delivered-To: {recipient}\r\n".encode()


def _entry(identifier: str, stored: bytes) -> Entry:
    envelope, _, message = stored.partition(b"\r\n\r\n")
    lines = envelope.decode("utf-8", "replace").split("\r\n")
    sender = lines[0].removeprefix("Return-Path: <").removesuffix(">")
    from_, to, subject = header_texts(message, "From", "To", "Subject")
    nanoseconds = identifier.partition("-")[0]
    return Entry(
        id=identifier,
        received_at=datetime.fromtimestamp(int(nanoseconds) // 1_000_000 / 1000, UTC),
        sender=sender,
        recipients=tuple(line.removeprefix("Delivered-To: ") for line in lines[1:]),
        from_=from_,
        to=to,
        subject=subject,
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
