"""The connection breaks after every single byte, in either direction: what the adapter says is true each time.

``sent``: the server had taken the message and said so. ``retry``, ``failed`` and ``release``: it never took it.
``unconfirmed``: the final dot had left, and no answer came.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest

from services.mailer.adapters.smtp_connect import CannotConnect, Endpoint
from services.mailer.adapters.smtp_session import Session
from services.mailer.domain.mime import Mail

CONTENT = b"Subject: x\r\n\r\nfirst\r\n.\r\n..two dots\r\nlast\r\n"
ON_THE_WIRE = CONTENT.replace(b"\r\n.", b"\r\n..") + b".\r\n"
MAIL = Mail("no-reply@academy.example", "ngozi@example.org", CONTENT, utf8=False)


class Broken(Exception):
    """The connection broke, as the case says."""


@dataclass
class Fragile:
    """A correct server whose connection lasts for so many bytes.

    :param heard: bytes that it reads before it breaks.
    :param told: bytes that it writes before it breaks.
    """

    pipelining: bool
    how: str
    heard: int = 1 << 30
    told: int = 1 << 30
    taken: list[bytes] = field(default_factory=list)
    read: int = 0
    written: int = 0
    _buffer: bytes = b""

    def serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with suppress(Broken, OSError):
            self._converse(connection)
            connection.close()
            return
        if self.how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    def _converse(self, connection: socket.socket) -> None:
        self._say(connection, "220 fragile")
        while line := self._until(connection, b"\r\n"):
            verb = line[:4].upper()
            if verb == b"EHLO":
                self._say(connection, "250-fragile\r\n250 PIPELINING" if self.pipelining else "250 fragile")
            elif verb == b"DATA":
                self._say(connection, "354 go ahead")
                message = self._until(connection, b"\r\n.\r\n")
                self.taken.append(message)
                self._say(connection, "250 2.0.0 taken")
            elif verb == b"QUIT":
                self._say(connection, "221 bye")
                return
            else:
                self._say(connection, "250 ok")

    def _say(self, connection: socket.socket, text: str) -> None:
        data = f"{text}\r\n".encode()
        room = self.told - self.written
        connection.sendall(data[:room])
        self.written += min(len(data), room)
        if len(data) > room:
            raise Broken

    def _until(self, connection: socket.socket, end: bytes) -> bytes:
        while end not in self._buffer:
            room = self.heard - self.read
            if not room:
                raise Broken
            data = connection.recv(min(4096, room))
            if not data:
                raise Broken
            self.read += len(data)
            self._buffer += data
        found, self._buffer = self._buffer.split(end, 1)
        return found + end


@contextmanager
def serving(server: Fragile) -> Iterator[int]:
    def accept() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            server.serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(5)


def deliver(server: Fragile) -> str:
    with serving(server) as port:
        try:
            session = Session(Endpoint("127.0.0.1", port, timeout=2.0, final_timeout=2.0))
        except CannotConnect:
            return "release"
        try:
            return session.deliver(MAIL).outcome
        finally:
            session.close()


def is_true(outcome: str, server: Fragile) -> bool:
    if outcome == "sent":
        return server.taken == [ON_THE_WIRE]
    if outcome == "unconfirmed":
        return server.taken in ([], [ON_THE_WIRE])
    return server.taken == []


CASES = pytest.mark.parametrize(
    ("pipelining", "how"),
    [(True, "reset"), (True, "close"), (False, "reset"), (False, "close")],
    ids=["pipelined-reset", "pipelined-closed", "one-by-one-reset", "one-by-one-closed"],
)


@CASES
def test_what_is_said_is_true_wherever_the_server_stops_listening(*, pipelining: bool, how: str) -> None:
    whole = Fragile(pipelining, how)
    assert deliver(whole) == "sent"
    untrue = {}
    for heard in range(whole.read + 1):
        server = Fragile(pipelining, how, heard=heard)
        if not is_true(outcome := deliver(server), server):
            untrue[heard] = outcome
    assert untrue == {}


@CASES
def test_what_is_said_is_true_wherever_the_server_stops_talking(*, pipelining: bool, how: str) -> None:
    whole = Fragile(pipelining, how)
    assert deliver(whole) == "sent"
    untrue = {}
    for told in range(whole.written + 1):
        server = Fragile(pipelining, how, told=told)
        outcome = deliver(server)
        if not is_true(outcome, server) or (server.taken and outcome not in {"sent", "unconfirmed"}):
            untrue[told] = outcome
    assert untrue == {}
