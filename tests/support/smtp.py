"""A mail server that misbehaves exactly as a test says."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass
class Visit:
    """One connection, as a script sees it."""

    connection: socket.socket
    reader: BinaryIO
    number: int
    """0 for the first connection."""
    messages: int = 0
    """Accepted on this connection."""
    recipient: str = ""
    """Named last."""

    def say(self, line: str) -> None:
        self.connection.sendall(f"{line}\r\n".encode())

    def drop(self) -> None:
        """Hang up at once, with a reset, as a crashing server does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.reader.close()
        self.connection.close()
        raise ConnectionAbortedError


Script = Callable[[Visit, str], bool]
"""Called with each command's verb, ``connect``, ``content`` (after 354) and ``.``; True: the script has answered."""


@dataclass
class ScriptedServer:
    """Takes mail as RFC 5321 says, except where the script answers first."""

    script: Script = lambda _visit, _verb: False
    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8")
    accepted: list[bytes] = field(default_factory=list)
    completed: list[bytes] = field(default_factory=list)
    """Messages whose final dot arrived, answered or not."""
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                visit = Visit(connection, connection.makefile("rb"), self.connections)
                self.connections += 1
                threading.Thread(target=self._visit, args=(visit,), daemon=True).start()

    def _visit(self, visit: Visit) -> None:
        with suppress(OSError, ValueError):
            self._converse(visit)
        visit.reader.close()
        visit.connection.close()

    def _converse(self, visit: Visit) -> None:
        self._answer(visit, "connect", "220 scripted")
        while line := visit.reader.readline():
            text = line.decode().strip()
            self.commands.append(text)
            verb = text.split(" ")[0].upper().split(":")[0]
            if verb == "RCPT":
                visit.recipient = text.partition("<")[2].rstrip(">")
            if verb == "EHLO":
                lines = ["250-scripted", *(f"250-{name}" for name in self.extensions), "250 HELP"]
                self._answer(visit, verb, "\r\n".join(lines))
            elif verb == "STARTTLS" and self.tls:
                visit.say("220 go ahead")
                visit.reader.close()
                # the handshake by itself, so that a socket whose handshake fails is closed like any other
                visit.connection = secure = self.tls.wrap_socket(
                    visit.connection, server_side=True, do_handshake_on_connect=False
                )
                secure.do_handshake()
                visit.reader = visit.connection.makefile("rb")
            elif verb == "DATA":
                if self._answer(visit, verb, "354 go ahead"):
                    self._content(visit)
            elif verb == "QUIT":
                visit.say("221 bye")
                return
            else:
                self._answer(visit, verb, "250 ok")

    def _content(self, visit: Visit) -> None:
        self._answer(visit, "content", "")
        lines = []
        while (line := visit.reader.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line[1:] if line.startswith(b".") else line)
        self.completed.append(b"".join(lines))
        if not self.script(visit, "."):
            visit.messages += 1
            self.accepted.append(b"".join(lines))
            visit.say("250 2.0.0 taken")

    def _answer(self, visit: Visit, verb: str, usual: str) -> bool:
        """Let the script answer, or do it as usual; tell which."""
        if self.script(visit, verb):
            return False
        if usual:
            visit.say(usual)
        return True


@contextmanager
def running(server: ScriptedServer) -> Iterator[int]:
    """Serve on a free port of loopback, and tell it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
