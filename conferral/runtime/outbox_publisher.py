"""Publishing from the outbox: confirmed in a window, mandatory, persistent, and never repeated by itself."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amqp import Message as AmqpMessage
from kombu import Connection

from conferral.contracts.canonical import canonical_json
from conferral.contracts.errors import Unavailable
from conferral.runtime import amqp
from conferral.runtime.crash_points import reached

_PERSISTENT = 2


@dataclass(frozen=True)
class OutgoingMessage:
    """One outbox row. ``message_id`` stays the same however often it is published."""

    message_id: str
    exchange: str
    routing_key: str
    body: Mapping[str, Any]
    headers: Mapping[str, Any]
    mandatory: bool


class BusPublisher:
    """For one thread. Connects when first used."""

    def __init__(self, amqp_uri: str) -> None:
        self._amqp_uri = amqp_uri
        self._connection: Connection | None = None

    def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        """Publish all, and wait until the broker has confirmed every one.

        :raises Unavailable: nobody knows which were taken. The connection is dropped; publish all again, later.
        """
        try:
            connection = self._connection or self._connect()
            self._window(connection, messages)
        except Exception as error:
            self.close()
            raise Unavailable(f"The message bus did not confirm: {type(error).__name__}: {error}") from error

    def close(self) -> None:
        """Drop the connection. ``collect`` cannot hang, as ``release`` can."""
        if self._connection is not None:
            self._connection.collect()
            self._connection = None

    def _connect(self) -> Connection:
        # without heartbeats: nobody would send them between two rounds of the relay
        connection = amqp.connect(self._amqp_uri, heartbeat=0)
        amqp.declare_topology(connection)
        self._connection = connection
        return connection

    def _window(self, connection: Connection, messages: Sequence[OutgoingMessage]) -> None:
        window = _Window()
        channel = connection.channel()
        try:
            # one confirm per message costs a round trip each; a window costs one for all
            channel.confirm_select()
            channel.events["basic_ack"].add(window.confirmed)
            channel.events["basic_nack"].add(window.refused)
            channel.events["basic_return"].add(window.returned)
            for message in messages:
                window.sent()
                reached("outbox.publish")
                channel.basic_publish(_encode(message), message.exchange, message.routing_key, message.mandatory)
            reached("outbox.published")
            deadline = time.monotonic() + amqp.IO_SECONDS
            while window.open:
                connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))
            reached("outbox.confirmed")
        finally:
            channel.close()
        if window.problems:
            raise Unavailable(window.problems[0])


class _Window:
    """What the broker said of the messages since ``confirm_select``."""

    def __init__(self) -> None:
        self._last = 0
        self.open: set[int] = set()
        """Delivery tags that the broker has not answered for."""
        self.problems: list[str] = []

    def sent(self) -> None:
        """Count a message: the broker numbers them in the order of their arrival."""
        self._last += 1
        self.open.add(self._last)

    def confirmed(self, delivery_tag: int, multiple: bool) -> None:  # noqa: FBT001 - the broker's own arguments
        """Note a confirm; one may stand for all before it, and queues confirm out of order."""
        settled = {tag for tag in self.open if tag <= delivery_tag} if multiple else {delivery_tag}
        self.open -= settled

    def refused(self, delivery_tag: int, multiple: bool) -> None:  # noqa: FBT001 - the broker's own arguments
        """Note a refusal."""
        self.confirmed(delivery_tag, multiple)
        self.problems.append("a message was refused")

    def returned(self, *details: Any) -> None:
        """Note a message that reached no queue; its confirm comes nevertheless."""
        self.problems.append(f"a message reached no queue: {details[2]}")


def _encode(message: OutgoingMessage) -> AmqpMessage:
    return AmqpMessage(
        canonical_json(message.body).decode(),
        content_type="application/json",
        content_encoding="utf-8",
        delivery_mode=_PERSISTENT,
        message_id=message.message_id,
        application_headers=dict(message.headers),
    )
