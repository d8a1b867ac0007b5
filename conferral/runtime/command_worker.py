"""Consumes one command queue: the one policy for acknowledging, trying again and giving up.

========================  ==============================================================
the handler …             the message …
========================  ==============================================================
returns                   is acknowledged
raises a permanent error  is acknowledged: the record in the store says what happened
raises anything else      is handed back after a pause; the broker's delivery limit ends it
is not reached            undecodable: to the dead-letter queue; too late: acknowledged
========================  ==============================================================

The thread that holds the connection does nothing else; handlers run in threads of their own.
"""

import queue as queues
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from kombu import Connection, Consumer, Message
from prometheus_client import Counter, Histogram

from conferral.contracts.commands import Command
from conferral.contracts.errors import ConferralError, InvalidMessage
from conferral.contracts.topology import Queue
from conferral.runtime import amqp, correlation
from conferral.runtime.health import Health
from conferral.runtime.logging import get_logger
from conferral.runtime.process import Stopping

C = TypeVar("C", bound=Command)
Verdict = Literal["ack", "reject", "requeue"]

_POLL_SECONDS = 0.1
_RECONNECT_SECONDS = 1.0
_PAUSE_SECONDS = 2.0
"""Average pause before a message that failed for the moment goes back: the broker redelivers at once."""
_GRACE_SHARE = 0.8
_LARGEST_BODY = 256_000

_log = get_logger()
_handled = Counter("conferral_commands_total", "Commands consumed", ["queue", "outcome"])
_seconds = Histogram("conferral_command_seconds", "Duration of a command's handler", ["queue"])


class CommandWorker:
    """One consumer with ``threads`` handlers at a time.

    :param handle: does the work; safe to be called twice with the same command.
    :param prefetch: unacknowledged messages that this process holds; small, so that others get work too.
    """

    def __init__(
        self,
        amqp_uri: str,
        queue: Queue,
        command: type[C],
        handle: Callable[[C], None],
        health: Health,
        stopping: Stopping,
        *,
        prefetch: int = 2,
        threads: int = 1,
    ) -> None:
        self._amqp_uri = amqp_uri
        self._queue = queue
        self._command: type[Command] = command
        self._handle: Callable[[Any], None] = handle
        self._health = health
        self._stopping = stopping
        self._prefetch = prefetch
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=queue.name)
        self._verdicts: queues.SimpleQueue[tuple[Message, Verdict]] = queues.SimpleQueue()
        self._held = 0

    def run(self, grace: float = 30.0) -> None:
        """Consume until asked to stop; finish what is held within the grace period, and hand back the rest.

        :param grace: seconds.
        """
        while not self._stopping.is_set():
            try:
                self._consume(grace)
            except Exception as error:  # noqa: BLE001 - whatever broke the connection, a new one is made
                _log.warning("command_worker_reconnecting", queue=self._queue.name, reason=type(error).__name__)
                self._health.tick()
                self._stopping.wait(_RECONNECT_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _consume(self, grace: float) -> None:
        connection = amqp.connect(self._amqp_uri)
        # messages of an earlier connection cannot be answered on this one; the broker delivers them again
        self._verdicts, self._held = queues.SimpleQueue(), 0
        verdicts = self._verdicts
        try:
            amqp.declare_topology(connection)
            channel = connection.default_channel
            channel.basic_qos(0, self._prefetch, False)  # noqa: FBT003 - AMQP's own positional "global"
            consumer = Consumer(
                channel, queues=[amqp.queue(self._queue)], on_message=lambda message: self._take(message, verdicts)
            )
            consumer.consume()
            _log.info("command_worker_consuming", queue=self._queue.name)
            while not self._stopping.is_set():
                self._turn(connection)
            consumer.cancel()
            self._drain(connection, time.monotonic() + grace * _GRACE_SHARE)
        finally:
            connection.collect()

    def _turn(self, connection: Connection) -> None:
        self._health.tick()
        connection.heartbeat_check()
        # short while a handler runs, so that its verdict is answered soon
        with suppress(TimeoutError):
            connection.drain_events(timeout=_POLL_SECONDS / 10 if self._held else _POLL_SECONDS)
        self._answer()

    def _drain(self, connection: Connection, deadline: float) -> None:
        while self._held and time.monotonic() < deadline:
            self._turn(connection)
        # closing the connection hands back whatever is still held

    def _answer(self) -> None:
        with suppress(queues.Empty):
            while True:
                message, verdict = self._verdicts.get_nowait()
                self._held -= 1
                if verdict == "ack":
                    message.ack()
                else:
                    message.reject(requeue=verdict == "requeue")

    def _take(self, message: Message, verdicts: "queues.SimpleQueue[tuple[Message, Verdict]]") -> None:
        self._held += 1
        if self._stopping.is_set():
            verdicts.put((message, "requeue"))
        else:
            self._pool.submit(self._work, message, verdicts)

    def _work(self, message: Message, verdicts: "queues.SimpleQueue[tuple[Message, Verdict]]") -> None:
        verdict: Verdict = "requeue"
        try:
            with correlation.bound_from(message.headers or {}):
                verdict = "requeue" if self._stopping.is_set() else self._judge(message)
        finally:
            verdicts.put((message, verdict))

    def _judge(self, message: Message) -> Verdict:
        began = time.monotonic()
        verdict, outcome = self._try(message)
        _handled.labels(self._queue.name, outcome).inc()
        _seconds.labels(self._queue.name).observe(time.monotonic() - began)
        if outcome == "failed":
            self._stopping.wait(_PAUSE_SECONDS * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        return verdict

    def _try(self, message: Message) -> tuple[Verdict, str]:
        try:
            command = self._decode(message)
        except InvalidMessage as error:
            _log.error("command_undecodable", queue=self._queue.name, reason=error.message)
            return "reject", "undecodable"
        if command.not_after is not None and command.not_after < datetime.now(UTC):
            return "ack", "too_late"
        try:
            self._handle(command)
        except ConferralError as error:
            if error.permanent:
                _log.warning("command_refused", queue=self._queue.name, code=error.code, reason=error.message)
                return "ack", "refused"
            _log.info("command_put_off", queue=self._queue.name, code=error.code, reason=error.message)
            return "requeue", "failed"
        except Exception:  # noqa: BLE001 - an unforeseen fault is tried again, up to the delivery limit
            _log.exception("command_failed", queue=self._queue.name)
            return "requeue", "failed"
        return "ack", "done"

    def _decode(self, message: Message) -> Command:
        body = message.body
        if len(body) > _LARGEST_BODY or message.content_type != "application/json":
            raise InvalidMessage(self._command.__name__, f"{len(body)} bytes of {message.content_type!r:.60}")
        try:
            payload = message.decode()
        except Exception as error:
            raise InvalidMessage(self._command.__name__, type(error).__name__) from error
        return self._command.decode(payload)
