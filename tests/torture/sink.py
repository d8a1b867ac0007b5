"""``python -m tests.torture.sink PORT FILE``: a mail server that notes durably what it takes, and is as rude as asked.

A message counts as accepted when its line is on the disk, and only then is the answer sent.
"""

import argparse
import asyncio
import contextlib
import json
import os
import re
import socket
import struct
import time
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path

from tests.torture import manners

_STALL_SECONDS = 8.0
_SLOW_SECONDS = 0.6
_ADDRESS = re.compile(r"<([^>]*)>")
_EXTENSIONS = ("PIPELINING", "SIZE 10485760", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


class Sink:
    """Counts attempts by recipient, and appends a line for each message that it takes."""

    def __init__(self, accepted: Path) -> None:
        self._file = os.open(accepted, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._tries: Counter[str] = Counter()
        self._sync = asyncio.Lock()

    async def visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk to one client until it leaves."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        await _say(writer, "220 torture.example")
        while line := (await reader.readline()).decode(errors="replace").strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                lines = ["250-torture.example", *(f"250-{name}" for name in _EXTENSIONS), "250 HELP"]
                await _say(writer, "\r\n".join(lines))
            elif verb == "RCPT":
                found = _ADDRESS.search(line)
                recipient = found[1] if found else ""
                answer = self._to_recipient(recipient)
                await _say(writer, answer)
                if answer.startswith("421"):
                    return
                if not answer.startswith("250"):
                    recipient = ""
            elif verb == "DATA":
                if not recipient:
                    await _say(writer, "503 5.5.1 no recipient")
                elif not await self._data(recipient, reader, writer):
                    return
                recipient = ""
            elif verb == "QUIT":
                await _say(writer, "221 2.0.0 bye")
                return
            else:
                await _say(writer, "250 2.0.0 ok")

    def _to_recipient(self, recipient: str) -> str:
        manner = manners.manner_of(recipient)
        self._tries[recipient] += 1
        tries = self._tries[recipient]
        if manner == manners.GREYLISTED and tries == 1:
            return "451 4.7.1 greylisted, try again"
        if manner == manners.REFUSED:
            return "550 5.1.1 no such user"
        if manner == manners.HANGUP and tries == 1:
            return "421 4.3.2 going down"
        return "250 2.1.5 ok"

    async def _data(self, recipient: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Take one message; False: the connection is over."""
        manner, tries = manners.manner_of(recipient), self._tries[recipient]
        await _say(writer, "354 go ahead")
        if manner == manners.CUT and tries <= 2:
            await reader.read(200)
            _reset(writer)
            return False
        content = await reader.readuntil(b"\r\n.\r\n")
        if manner == manners.BUSY and tries <= 2:
            await _say(writer, "452 4.3.1 mailbox busy")
            return True
        if manner == manners.REJECTED:
            await _say(writer, "554 5.7.1 not wanted")
            return True
        if manner == manners.SLOW:
            await asyncio.sleep(_SLOW_SECONDS)
        await self._accept(content, recipient)
        if manner == manners.MUTE:
            _reset(writer)
            return False
        if manner == manners.STALL:
            await asyncio.sleep(_STALL_SECONDS)
        await _say(writer, "250 2.0.0 taken")
        return True

    async def _accept(self, content: bytes, recipient: str) -> None:
        headers = BytesHeaderParser().parsebytes(content)
        line = {"message_id": headers["Message-ID"], "recipient": recipient, "at": time.time()}
        async with self._sync:
            os.write(self._file, json.dumps(line).encode() + b"\n")
            # not in a thread: what comes later waits, which a real server's disk makes it do as well
            os.fdatasync(self._file)


async def _say(writer: asyncio.StreamWriter, text: str) -> None:
    writer.write(f"{text}\r\n".encode())
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def serve(port: int, accepted: Path) -> None:
    """Serve for ever."""
    sink = Sink(accepted)
    server = await asyncio.start_server(sink.visit, "127.0.0.1", port, limit=8 << 20)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("accepted", type=Path)
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.accepted))


if __name__ == "__main__":
    main()
