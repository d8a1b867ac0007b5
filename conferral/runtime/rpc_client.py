"""Calls to other services in nameko's RPC protocol, by plain kombu; for processes with threads.

One thread consumes the replies; callers publish on pooled connections and wait, each with one overall deadline. A
call that fails is not repeated: it may have run.
"""

import queue as queues
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoReply
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from typing import Any

from amqp.exceptions import NotFound
from kombu import Connection, Consumer, Exchange, Message, Producer, Queue
from prometheus_client import Counter, Histogram
from pydantic_core import from_json

from conferral.contracts.errors import BY_CODE, ConferralError, Unavailable
from conferral.contracts.headers import PATIENCE
from conferral.contracts.operation import A, Operation, Q
from conferral.runtime import amqp, compression, correlation
from conferral.runtime.crash_points import reached
from conferral.runtime.logging import get_logger

EXCHANGE = Exchange("nameko-rpc", type="topic", durable=True)
"""nameko's own; its servers declare it alike."""

_POOL = 8
_REPLY_QUEUE_EXPIRES = 300_000
"""Milliseconds that a reply queue outlives its consumer."""
_COMPRESSED_FROM = 64_000
"""Bytes. A chunk's drawings are half a megabyte of JSON, a tenth of that compressed; the bus should carry no more
than 256 kB at once."""
_UNREACHABLE = "The message bus does not answer. Please try again in a moment."
_BY_TYPE = {cls.__name__: cls for cls in BY_CODE.values()}

_log = get_logger()
_calls = Counter("conferral_rpc_calls_total", "RPC calls made", ["operation", "code"])
_seconds = Histogram("conferral_rpc_call_seconds", "Duration of RPC calls made", ["operation"])


class RpcClient:
    """Implements ``contracts.operation.Caller``. Connects when first used; safe from any number of threads.

    :param only_if_served: look first whether anybody takes this service's calls, and fail at once if nobody does; for
        callers that a person waits for. A call would otherwise wait in the durable queue until its time is up, and
        might run when the service comes back, after the person was told that nothing was changed.
    """

    def __init__(self, amqp_uri: str, *, only_if_served: bool = False) -> None:
        self._amqp_uri = amqp_uri
        self._only_if_served = only_if_served
        self._replies = _Replies(amqp_uri)
        self._idle: queues.LifoQueue[Connection] = queues.LifoQueue()

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        """Ask and wait; see ``Caller.call``."""
        began = time.monotonic()
        code = "ok"
        try:
            return self._call(operation, request, operation.timeout if timeout is None else timeout)
        except ConferralError as error:
            code = error.code
            raise
        finally:
            _calls.labels(operation.name, code).inc()
            _seconds.labels(operation.name).observe(time.monotonic() - began)

    def _call(self, operation: Operation[Q, A], request: Q, timeout: float) -> A:
        deadline = time.monotonic() + timeout
        self._replies.ensure(min(timeout, amqp.CONNECT_SECONDS))
        call_id = uuid.uuid4().hex
        future = self._replies.expect(call_id)
        try:
            self._publish(operation, request, call_id, deadline)
            reached(f"rpc.{operation.name}.asked")
            reply = future.result(timeout=max(0.0, deadline - time.monotonic()))
            reached(f"rpc.{operation.name}.answered")
        except NoReply:
            raise Unavailable(f"{operation.name} did not answer in time.") from None
        finally:
            self._replies.forget(call_id)
        return read_reply(operation, reply)

    def _publish(self, operation: Operation[Q, A], request: Q, call_id: str, deadline: float) -> None:
        left = max(0.001, deadline - time.monotonic())
        returned: list[object] = []
        with self._connection() as connection, _returns(connection.default_channel, returned) as channel:
            if self._only_if_served and not _is_served(channel, operation.service):
                raise Unavailable(f"Nobody serves {operation.service} at the moment.")
            body = b'{"args":[%b],"kwargs":{}}' % request.encode_bytes()
            reached(f"rpc.{operation.name}.ask")
            Producer(channel).publish(
                body,
                exchange=EXCHANGE,
                routing_key=operation.name,
                content_type="application/json",
                content_encoding="utf-8",
                compression=compression.KIND if len(body) > _COMPRESSED_FROM else None,
                reply_to=self._replies.routing_key,
                correlation_id=call_id,
                mandatory=True,
                retry=False,
                expiration=left,
                headers=correlation.headers() | {PATIENCE: left},
                confirm_timeout=left,
            )
        if returned:
            raise Unavailable(f"Nobody serves {operation.service} at the moment.")

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """Lend a connection; one that fails is dropped, and what it was used for is unknown."""
        connection = self._take()
        try:
            yield connection
        except Exception as error:
            connection.collect()
            if isinstance(error, amqp.errors_of(connection)):
                raise Unavailable(_UNREACHABLE) from error
            raise
        if self._idle.qsize() < _POOL:
            self._idle.put(connection)
        else:
            connection.release()

    def _take(self) -> Connection:
        with suppress(queues.Empty):
            while True:
                connection = self._idle.get_nowait()
                if _is_usable(connection):
                    return connection
                connection.collect()
        try:
            # without heartbeats: nobody would send them while the connection is idle in the pool
            return amqp.connect(self._amqp_uri, confirm=True, heartbeat=0)
        except Exception as error:
            raise Unavailable(_UNREACHABLE) from error

    def ping(self) -> None:
        """Raise Unavailable unless the broker answers."""
        self._replies.ensure(amqp.CONNECT_SECONDS)

    def close(self) -> None:
        """Close all connections; calls that wait fail."""
        self._replies.close()
        with suppress(queues.Empty):
            while True:
                self._idle.get_nowait().collect()


@contextmanager
def _returns(channel: Any, returned: list[object]) -> Iterator[Any]:
    """Note messages that come back because no queue takes them; their confirm follows."""

    def note(*details: object) -> None:
        returned.append(details)

    channel.events["basic_return"].add(note)
    try:
        yield channel
    finally:
        channel.events["basic_return"].discard(note)


def _is_served(channel: Any, service: str) -> bool:
    """Tell whether the service's queue is there and has a consumer."""
    try:
        return bool(channel.queue_declare(f"rpc-{service}", passive=True).consumer_count)
    except NotFound:
        return False


def _is_usable(connection: Connection) -> bool:
    """Read what the broker said meanwhile: a connection that it closed says so here, before it is used."""
    try:
        while True:
            connection.drain_events(timeout=0.0001)
    except TimeoutError:
        return bool(connection.connected)
    except Exception:  # noqa: BLE001 - whatever it is, this connection is of no use
        return False


def read_reply(operation: Operation[Any, A], reply: Any) -> A:
    """Return the answer, or raise the error, that a reply holds.

    :raises ConferralError: rebuilt by its class's name. One that is none of ours is Unavailable: its details stay in
        the service's log.
    """
    if not isinstance(reply, dict):
        raise Unavailable(f"{operation.name} answered what is no reply.")
    error = reply.get("error")
    if error is None:
        return operation.answer.decode(reply.get("result"))
    kind, arguments = (error.get("exc_type"), error.get("exc_args")) if isinstance(error, dict) else (None, None)
    cls = _BY_TYPE.get(str(kind))
    if cls is None or not isinstance(arguments, list):
        _log.error("rpc_failed_remotely", operation=operation.name, kind=kind)
        raise Unavailable(f"{operation.name} failed.")
    raise cls(*arguments)


class _Replies:
    """The reply queue and the thread that reads it."""

    def __init__(self, amqp_uri: str) -> None:
        self._amqp_uri = amqp_uri
        self.routing_key = uuid.uuid4().hex
        self._queue = Queue(
            f"rpc.reply-conferral-{self.routing_key}",
            exchange=EXCHANGE,
            routing_key=self.routing_key,
            durable=True,
            queue_arguments={"x-expires": _REPLY_QUEUE_EXPIRES},
        )
        self._pending: dict[str, Future[Any]] = {}
        self._lock = Lock()
        self._up = Event()
        self._closed = Event()
        self._thread: Thread | None = None

    def ensure(self, seconds: float) -> None:
        """Wait until replies can arrive; raise Unavailable when that takes longer."""
        if self._closed.is_set():
            raise Unavailable("This process is stopping.")
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="rpc-replies", daemon=True)
                self._thread.start()
        # an outage that is known is told at once; a first connection gets its time
        if not self._up.wait(min(seconds, 0.8)):
            raise Unavailable(_UNREACHABLE)

    def expect(self, call_id: str) -> Future[Any]:
        """Register a call."""
        future: Future[Any] = Future()
        self._pending[call_id] = future
        return future

    def forget(self, call_id: str) -> None:
        """Nobody waits any more: a late reply is dropped."""
        self._pending.pop(call_id, None)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=3)

    def _run(self) -> None:
        told = False
        while not self._closed.is_set():
            try:
                self._consume()
            except Exception as error:  # noqa: BLE001 - the bus is away: say so once, and try again
                if self._up.is_set() or not told:
                    _log.warning("rpc_replies_disconnected", reason=type(error).__name__)
                told = True
            self._up.clear()
            self._closed.wait(0.2)

    def _consume(self) -> None:
        connection = amqp.connect(self._amqp_uri)
        try:
            channel = connection.default_channel
            self._queue(channel).declare()
            with Consumer(channel, queues=[self._queue], on_message=self._take, no_ack=True):
                self._up.set()
                while not self._closed.is_set():
                    connection.heartbeat_check()
                    with suppress(TimeoutError):
                        connection.drain_events(timeout=0.5)
        finally:
            connection.collect()

    def _take(self, message: Message) -> None:
        future = self._pending.pop(str(message.properties.get("correlation_id")), None)
        if future is not None:
            future.set_result(_content_of(message))


def _content_of(message: Message) -> Any:
    """Return what a reply holds; None where it is not JSON."""
    try:
        return None if message.errors else from_json(message.body)
    except ValueError:
        return None
