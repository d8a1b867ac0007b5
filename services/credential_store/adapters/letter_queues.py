"""The broker's dead-letter queues, a letter at a time, and how much waits in every queue."""

from typing import Any

from amqp.exceptions import NotFound
from kombu import Connection, Message

from conferral.contracts.errors import Unavailable
from conferral.contracts.topology import DEAD_QUEUES, QUEUES
from conferral.runtime import amqp
from conferral.runtime.crash_points import reached
from services.credential_store.domain.letters import RawLetter

Document = dict[str, Any]


class RabbitLetterQueues:
    """See operations_ports.LetterQueues. For one thread; connects when first used."""

    def __init__(self, amqp_uri: str) -> None:
        self._amqp_uri = amqp_uri
        self._connection: Connection | None = None
        self._held: list[tuple[str, Message]] = []

    def take(self, limit: int) -> list[RawLetter]:
        """Take up to so many, not acknowledged yet."""
        try:
            channel = self._connected().default_channel
            reached("letters.take")
            for queue in DEAD_QUEUES:
                bound = amqp.queue(queue)(channel)
                while len(self._held) < limit and (message := bound.get(no_ack=False)) is not None:
                    self._held.append((queue.name, message))
        except Exception as error:
            self.close()
            raise Unavailable(f"The message bus does not answer: {type(error).__name__}") from error
        return [_raw(queue_name, message) for queue_name, message in self._held]

    def done(self) -> None:
        """Acknowledge what was taken."""
        held, self._held = self._held, []
        try:
            reached("letters.ack")
            for _, message in held:
                message.ack()
            reached("letters.acked")
        except Exception as error:
            self.close()
            raise Unavailable(f"The message bus does not answer: {type(error).__name__}") from error

    def depths(self) -> list[Document]:
        """Return name, waiting and consumers of every queue."""
        try:
            connection = self._connected()
            return [depth for queue in QUEUES if (depth := _depth(connection, queue.name))]
        except Exception as error:
            self.close()
            raise Unavailable(f"The message bus does not answer: {type(error).__name__}") from error

    def close(self) -> None:
        """Drop the connection; what is held is given out again."""
        self._held = []
        if self._connection is not None:
            self._connection.collect()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            # without heartbeats: nobody would send them between two turns of the relay
            connection = amqp.connect(self._amqp_uri, heartbeat=0)
            amqp.declare_topology(connection)
            self._connection = connection
        return self._connection


def _depth(connection: Connection, name: str) -> Document | None:
    channel = connection.channel()
    reached("letters.depth")
    try:
        found = channel.queue_declare(name, passive=True)
    except NotFound:  # the broker closes the channel with it
        return None
    channel.close()
    return {"name": name, "waiting": found.message_count, "consumers": found.consumer_count}


def _raw(queue: str, message: Message) -> RawLetter:
    body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
    return RawLetter(
        queue=queue,
        body=body,
        message_id=message.properties.get("message_id"),
        headers=message.headers or {},
    )
