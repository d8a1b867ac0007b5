"""Serving RPC: nameko, hardened in one place. ``eventlet_patch`` must have been imported before.

A message that is no request (not JSON, too large, without ``reply_to``, of an unknown version) is filed in the
``rpc.dead`` queue with its reason, answered if there is somebody to answer, and acknowledged: it can neither end the
service nor come back to end it after a restart. On SIGTERM the consumer is cancelled, what was not begun goes back,
what runs is finished and answered, and then the connection closes.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import eventlet
import kombu
import nameko
from kombu import Message
from nameko.amqp.consume import Consumer
from nameko.rpc import Rpc, RpcConsumer
from nameko.runners import ServiceRunner
from prometheus_client import Counter, Gauge, Histogram
from pydantic_core import from_json

from conferral.contracts.errors import ConferralError, DeadlineExceeded, InvalidMessage, Unavailable
from conferral.contracts.headers import PATIENCE
from conferral.contracts.operation import Answer, Operation, Request
from conferral.runtime import amqp, correlation
from conferral.runtime.compression import LARGEST_EXPANDED
from conferral.runtime.crash_points import reached
from conferral.runtime.health import Health
from conferral.runtime.logging import get_logger
from conferral.runtime.process import Stopping
from conferral.runtime.rpc_filing import file_malformed

Handlers = Mapping[Operation[Any, Any], Callable[[Any], Answer]]

_TAKEN_AT = "x-taken-at"
"""Put among a request's headers by this process: when it was given the message, on its own monotonic clock."""
_REFILE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 1.0
_TICK_SECONDS = 0.1
_GRACE_SECONDS = 25.0

_log = get_logger()
_served = Counter("conferral_rpc_served_total", "RPC requests answered", ["operation", "code"])
_running = Gauge("conferral_rpc_running", "RPC requests being worked on")
_seconds = Histogram("conferral_rpc_served_seconds", "Duration of RPC handlers", ["operation"])


def run_rpc(
    amqp_uri: str,
    handlers: Handlers,
    health: Health,
    stopping: Stopping,
    *,
    workers: int = 16,
    grace: float = _GRACE_SECONDS,
) -> None:
    """Serve until asked to stop, then finish what runs.

    :param handlers: one for each operation; operations of one service are served from one queue.
    :param workers: calls at a time, per service.
    :param grace: seconds for what runs when asked to stop.
    :raises Exception: what ended a service unexpectedly.
    """
    nameko.config.setup(
        {"AMQP_URI": amqp_uri, "max_workers": workers, "PREFETCH_COUNT": workers, "HEARTBEAT": amqp.HEARTBEAT}
    )
    _Consumer.amqp_uri_for_filing = amqp_uri
    runner = ServiceRunner()
    for service in service_classes(handlers):
        runner.add_service(service)
    serving: list[bool] = []
    health.require(lambda: _raise_unless(serving))
    ended = eventlet.spawn(_serve, runner, serving)
    while not stopping.is_set() and not ended.dead:
        health.tick()
        time.sleep(_TICK_SECONDS)
    if ended.dead:
        ended.wait()
        raise Unavailable("The services ended by themselves.")
    with eventlet.Timeout(grace, False):  # noqa: FBT003 - eventlet's own "do not raise"
        runner.stop()
        return
    _log.warning("rpc_stopped_with_work_left")


def _serve(runner: ServiceRunner, serving: list[bool]) -> None:
    runner.start()
    serving.append(True)
    runner.wait()


def _raise_unless(serving: list[bool]) -> None:
    if not serving:
        raise Unavailable("not connected to the message bus yet")


def service_classes(handlers: Handlers) -> list[type]:
    """Return a nameko service class for each service that the operations name."""
    by_service: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for operation, handler in handlers.items():
        by_service[operation.service][operation.method] = _entrypoint(operation, handler)
    return [type(name, (), {"name": name, **methods}) for name, methods in by_service.items()]


def _entrypoint(operation: Operation[Any, Any], handler: Callable[[Any], Answer]) -> Any:
    def method(_service: object, request: Request, headers: Mapping[str, Any]) -> dict[str, Any]:
        with correlation.bound_from(headers):
            return _answer(operation, handler, request, headers)

    method.__name__ = operation.method
    return HardenedRpc.decorator(operation=operation)(method)


def _answer(
    operation: Operation[Any, Any], handler: Callable[[Any], Answer], request: Request, headers: Mapping[str, Any]
) -> dict[str, Any]:
    began = time.monotonic()
    code = "ok"
    _running.inc()
    try:
        _raise_if_too_late(headers, operation)
        return handler(request).encode()
    except ConferralError as error:
        code = error.code
        raise
    except Exception as error:
        code = "failed"
        _log.exception("rpc_failed", operation=operation.name)
        raise Unavailable(f"{operation.name} failed. The log says why.") from error
    finally:
        took = time.monotonic() - began
        _running.dec()
        _served.labels(operation.name, code).inc()
        _seconds.labels(operation.name).observe(took)
        _log.info("rpc_served", operation=operation.name, code=code, seconds=round(took, 4))


def _raise_if_too_late(headers: Mapping[str, Any], operation: Operation[Any, Any]) -> None:
    """Measured by this process's monotonic clock alone: two hosts' wall clocks are never compared."""
    patience = headers.get(PATIENCE)
    waited = time.monotonic() - headers.get(_TAKEN_AT, time.monotonic())
    if isinstance(patience, int | float) and waited >= patience:
        raise DeadlineExceeded(f"{operation.name} was asked too long ago.")


class _Consumer(Consumer):  # type: ignore[misc]
    """nameko's consumer, given raw messages, that keeps its connection until what runs has been answered."""

    amqp_uri_for_filing = ""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._draining = False
        self._consumers: list[kombu.Consumer] = []

    def get_consumers(self, consumer_cls: Callable[..., kombu.Consumer], channel: Any) -> list[kombu.Consumer]:  # noqa: ARG002 - kombu's callback
        """Consume without kombu's decoding, whose failures would be acknowledged away."""
        consumer = consumer_cls(queues=self.queues, on_message=self._take, on_decode_error=self._take_undecodable)
        consumer.qos(prefetch_count=self.prefetch_count)
        self._consumers = [consumer]
        return self._consumers

    @contextmanager
    def establish_connection(self) -> Iterator[kombu.Connection]:
        """Connect, and keep trying; kombu's own pauses grow to half a minute, which outlasts any caller."""
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error, interval_start=0.2, interval_step=0.2, interval_max=_LONGEST_PAUSE_SECONDS
            )
            yield connection

    def stop(self) -> None:
        """Take nothing more. The container ends this consumer's thread when its workers are done."""
        self._draining = True

    def on_iteration(self) -> None:
        """Cancel in the thread that owns the channel."""
        if self._draining:
            for consumer in self._consumers:
                consumer.cancel()
            self._consumers = []

    def _take_undecodable(self, message: Message, _error: Exception) -> None:
        """Take it like any other: refusing it is decided where all messages are judged."""
        self._take(message)

    def _take(self, message: Message) -> None:
        if self._draining:
            self.requeue_message(message)
        else:
            self.callbacks[0](None, message)


class HardenedRpcConsumer(RpcConsumer):  # type: ignore[misc]
    """Decodes strictly before nameko sees anything."""

    consumer_cls = _Consumer

    def handle_message(self, _body: None, message: Message) -> None:
        """File what is no request; hand the rest to its worker."""
        try:
            request = self._decode(message)
        except InvalidMessage as error:
            self._refuse(message, error)
            return
        super().handle_message(
            {"args": [request, {**(message.headers or {}), _TAKEN_AT: time.monotonic()}], "kwargs": {}}, message
        )

    def _decode(self, message: Message) -> Request:
        if not message.properties.get("reply_to"):
            raise InvalidMessage("rpc", "there is no reply_to")
        if message.errors:
            raise InvalidMessage("rpc", f"the body cannot be expanded: {message.errors[0][1]!r:.80}")
        if len(message.body) > LARGEST_EXPANDED:
            raise InvalidMessage("rpc", f"{len(message.body)} bytes are too many")
        if message.content_type != "application/json":
            raise InvalidMessage("rpc", f"content type {message.content_type!r:.60} is not application/json")
        try:
            (payload,) = from_json(message.body)["args"]
        except Exception as error:
            raise InvalidMessage("rpc", f"the body is no call: {type(error).__name__}") from error
        request: Request = self._operation(message).request.decode(payload)
        return request

    def _operation(self, message: Message) -> Operation[Any, Any]:
        method = str(message.delivery_info["routing_key"]).rsplit(".", 1)[-1]
        for provider in self._providers:
            if provider.method_name == method:
                return provider.operation  # type: ignore[no-any-return]
        raise InvalidMessage("rpc", f"there is no method {method!r:.60}")

    def handle_result(self, message: Message, result: Any, exc_info: Any) -> Any:
        """Answer and acknowledge. An answer that cannot be sent must not end the service.

        Then the broker is away: it delivers the request again, whose deadline decides whether it still matters.
        """
        reached("rpc.answer")
        try:
            return super().handle_result(message, result, exc_info)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other calls go on
            _log.warning("rpc_answer_not_sent", service=self.container.service_name, reason=type(error).__name__)
            self.consumer.requeue_message(message)
            return result, exc_info

    def _refuse(self, message: Message, error: InvalidMessage) -> None:
        _log.error("rpc_malformed", service=self.container.service_name, reason=error.message)
        # not in the consumer's own thread, which has heartbeats to send
        self.container.spawn_managed_thread(partial(self._file_and_answer, message, error))

    def _file_and_answer(self, message: Message, error: InvalidMessage) -> None:
        try:
            file_malformed(_Consumer.amqp_uri_for_filing, message, error.message)
        except Exception as failure:  # noqa: BLE001 - a full broker must not end the service
            _log.warning("rpc_malformed_not_filed", reason=type(failure).__name__)
            time.sleep(_REFILE_SECONDS)
            self.consumer.requeue_message(message)
            return
        if message.properties.get("reply_to") and message.content_type == "application/json":
            self.handle_result(message, None, (type(error), error, None))
        else:
            self.consumer.ack_message(message)


class HardenedRpc(Rpc):  # type: ignore[misc]
    """One RPC method; knows its operation."""

    rpc_consumer = HardenedRpcConsumer()

    def __init__(self, operation: Operation[Any, Any], **options: Any) -> None:
        super().__init__(expected_exceptions=(ConferralError,), **options)
        self.operation = operation
