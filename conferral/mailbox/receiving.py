"""The SMTP side: every message is taken, and acknowledged when it is on the disk."""

import asyncio
import contextlib
import threading
from collections.abc import Sequence
from concurrent.futures import Future

from aiosmtpd.smtp import SMTP, Envelope, Session

from conferral.mailbox.storage import Mailbox

LARGEST = 32 * 1024 * 1024
_MOST_AT_ONCE = 64
_START_SECONDS = 10.0

_Message = tuple[str, Sequence[str], bytes]


class _Writer:
    """Writes all messages that wait at a moment in one go, outside the event loop's thread."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._waiting: asyncio.Queue[tuple[_Message, asyncio.Future[None]]] = asyncio.Queue()

    async def write(self, message: _Message) -> None:
        """Return when the message is on the disk.

        :raises OSError: it may not be.
        """
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((message, written))
        await written

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < _MOST_AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            failure: OSError | None = None
            try:
                await asyncio.to_thread(self._mailbox.add, [message for message, _ in batch])
            except OSError as error:
                failure = error
            for _, written in batch:
                if written.done():
                    continue  # its sender hung up
                if failure is None:
                    written.set_result(None)
                else:
                    written.set_exception(failure)


class _Handler:
    """aiosmtpd calls these by their names."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce RFC 2920's pipelining, which aiosmtpd does without saying so: it reads a buffered stream."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            await self._writer.write((envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        except OSError as error:
            return f"451 4.3.0 not written: {error.strerror}"
        return "250 2.0.0 kept"


class Receiver:
    """The SMTP server, in a thread of its own."""

    def __init__(self, mailbox: Mailbox, host: str, port: int) -> None:
        self._mailbox = mailbox
        self._host = host
        self._port = port
        self._listening: Future[int] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="mailbox-smtp", daemon=True)

    def start(self) -> int:
        """Listen, and return the port.

        :raises OSError: it is taken.
        """
        self._thread.start()
        return self._listening.result(timeout=_START_SECONDS)

    def stop(self) -> None:
        """Hang up."""
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            if not self._listening.done():
                self._listening.set_exception(error)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        writer = _Writer(self._mailbox)
        handler = _Handler(writer)
        server = await self._loop.create_server(
            lambda: SMTP(handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="Conferral mailbox"),
            self._host,
            self._port,
        )
        writing = self._loop.create_task(writer.run())
        self._listening.set_result(server.sockets[0].getsockname()[1])
        await self._stop.wait()
        server.close()
        writing.cancel()
