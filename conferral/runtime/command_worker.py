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
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Any, Literal, TypeVar

from kombu import Connection, Consumer, Message
from prometheus_client import Counter, Gauge, Histogram

from conferral.contracts.commands import Command
from conferral.contracts.errors import ConferralError, InvalidMessage
from conferral.contracts.topology import DELIVERY_LIMIT, Queue
from conferral.runtime import amqp, correlation
from conferral.runtime.bell import Bell
from conferral.runtime.crash_points import reached
from conferral.runtime.health import Health
from conferral.runtime.logging import get_logger
from conferral.runtime.process import Stopping

C = TypeVar("C", bound=Command)
Verdict = Literal["ack", "reject", "requeue"]

_POLL_SECONDS = 0.1
_RECONNECT_SECONDS = 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 15.0
"""Before a message that failed for the moment goes back: the broker redelivers at once, and counts. Doubled each time,
so that its delivery limit outlasts a dependency's restart."""
_GRACE_SHARE = 0.8
_LARGEST_BODY = 256_000

_log = get_logger()
_handled = Counter("conferral_commands_total", "Commands consumed", ["queue", "outcome"])
_in_hand = Gauge("conferral_commands_in_hand", "Commands taken and not acknowledged", ["queue"])
_seconds = Histogram("conferral_command_seconds", "Duration of a command's handler", ["queue"])


@dataclass(frozen=True)
class _Settled:
    """A message that its handler is done with, to be answered at ``due`` on the monotonic clock."""

    message: Message
    verdict: Verdict
    due: float


_Verdicts = queues.SimpleQueue[_Settled]


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
        self._threads = threads
        self._inbox: queues.SimpleQueue[tuple[Message, _Verdicts] | None] = queues.SimpleQueue()
        self._verdicts: _Verdicts = queues.SimpleQueue()
        self._settled: list[_Settled] = []
        self._held = 0
        self._bell: Bell

    def run(self, grace: float = 30.0) -> None:
        """Consume until asked to stop; finish what is held within the grace period, and hand back the rest.

        :param grace: seconds.
        :raises QueueDiffers: a person has to do something before this can work.
        """
        with closing(Bell()) as self._bell:
            self._run(grace)

    def _run(self, grace: float) -> None:
        # daemons: a handler that outlasts the grace period must not keep the process
        threads = [Thread(target=self._work, name=f"{self._queue.name}-{n}", daemon=True) for n in range(self._threads)]
        for thread in threads:
            thread.start()
        while not self._stopping.is_set():
            try:
                self._consume(grace)
            except amqp.QueueDiffers as error:
                _log.error("queue_differs", reason=str(error))
                raise
            except Exception as error:  # noqa: BLE001 - whatever broke the connection, a new one is made
                _log.warning("command_worker_reconnecting", queue=self._queue.name, reason=type(error).__name__)
                self._health.tick()
                self._stopping.wait(_RECONNECT_SECONDS)
        # what an earlier connection brought may still run
        deadline = time.monotonic() + grace * (1 - _GRACE_SHARE)
        for _ in threads:
            self._inbox.put(None)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _consume(self, grace: float) -> None:
        connection = amqp.connect(self._amqp_uri)
        # messages of an earlier connection cannot be answered on this one; the broker delivers them again
        self._verdicts, self._settled, self._held = queues.SimpleQueue(), [], 0
        verdicts = self._verdicts
        try:
            amqp.declare_topology(connection)
            channel = connection.default_channel
            channel.basic_qos(0, self._prefetch, False)  # noqa: FBT003 - AMQP's own positional "global"
            consumer = Consumer(
                channel,
                queues=[amqp.queue(self._queue)],
                on_message=lambda message: self._take(message, verdicts),
                # judged by its handler's thread like any other, so that refusing it is decided in one place
                on_decode_error=lambda message, _error: self._take(message, verdicts),
            )
            reached("amqp.consume")
            consumer.consume()
            _log.info("command_worker_consuming", queue=self._queue.name)
            while not self._stopping.is_set():
                self._turn(connection)
            consumer.cancel()
            self._drain(connection, time.monotonic() + grace * _GRACE_SHARE)
            amqp.close(connection)
        finally:
            connection.collect()

    def _turn(self, connection: Connection) -> None:
        self._health.tick()
        connection.heartbeat_check()
        if self._bell.wait_or_readable(connection.connection.sock, _POLL_SECONDS):
            with suppress(TimeoutError):
                connection.drain_events(timeout=_POLL_SECONDS)
        self._answer()

    def _drain(self, connection: Connection, deadline: float) -> None:
        while self._held and time.monotonic() < deadline:
            self._turn(connection)
        # closing the connection hands back whatever is still held

    def _answer(self) -> None:
        with suppress(queues.Empty):
            while True:
                self._settled.append(self._verdicts.get_nowait())
        waiting = []
        for settled in self._settled:
            if settled.due > time.monotonic() and not self._stopping.is_set():
                waiting.append(settled)
            elif settled.verdict == "ack":
                reached("amqp.ack")
                settled.message.ack()
                reached("amqp.acked")
            else:
                reached("amqp.reject")
                settled.message.reject(requeue=settled.verdict == "requeue")
        self._held -= len(self._settled) - len(waiting)
        self._settled = waiting
        _in_hand.labels(self._queue.name).set(self._held)

    def _take(self, message: Message, verdicts: _Verdicts) -> None:
        self._held += 1
        _in_hand.labels(self._queue.name).set(self._held)
        reached("amqp.taken")
        self._inbox.put((message, verdicts))

    def _work(self) -> None:
        while work := self._inbox.get():
            message, verdicts = work
            verdict: Verdict = "requeue"
            due = 0.0
            if verdicts is self._verdicts and not self._stopping.is_set():  # else it goes back, or has gone
                with correlation.bound_from(message.headers or {}):
                    verdict, due = self._judge(message)
            verdicts.put(_Settled(message, verdict, due))
            self._bell.ring()

    def _judge(self, message: Message) -> tuple[Verdict, float]:
        began = time.monotonic()
        verdict, outcome = self._try(message)
        took = time.monotonic() - began
        _handled.labels(self._queue.name, outcome).inc()
        _seconds.labels(self._queue.name).observe(took)
        _log.info("command_handled", queue=self._queue.name, outcome=outcome, seconds=round(took, 4))
        return verdict, time.monotonic() + (_pause(message) if outcome == "failed" else 0.0)

    def _try(self, message: Message) -> tuple[Verdict, str]:
        try:
            command = self._decode(message)
        except InvalidMessage as error:
            _log.error("command_undecodable", queue=self._queue.name, reason=error.message)
            return "reject", "undecodable"
        if command.not_after is not None and command.not_after < datetime.now(UTC):
            return "ack", "too_late"
        try:
            with correlation.bound(command.correlation_id, correlation.traceparent()):
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
        if message.errors:
            raise InvalidMessage(self._command.__name__, f"not expanded: {message.errors[0][1]!r:.80}")
        if len(body) > _LARGEST_BODY or message.content_type != "application/json":
            raise InvalidMessage(self._command.__name__, f"{len(body)} bytes of {message.content_type!r:.60}")
        try:
            payload = message.decode()
        except Exception as error:
            raise InvalidMessage(self._command.__name__, type(error).__name__) from error
        return self._command.decode(payload)


def _pause(message: Message) -> float:
    """Return how long to keep a message that failed for the moment: longer each time, jittered."""
    deliveries = (message.headers or {}).get("x-delivery-count", 0)
    doublings = min(deliveries, DELIVERY_LIMIT) if isinstance(deliveries, int) else 0
    pause = min(_FIRST_PAUSE_SECONDS * 2**doublings, _LONGEST_PAUSE_SECONDS)
    return float(pause) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
