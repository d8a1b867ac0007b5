"""Connections to the broker, and the topology that every process declares when it connects."""

from typing import Any

from amqp.exceptions import PreconditionFailed
from kombu import Connection, Exchange, Queue

from conferral.contracts import topology
from conferral.runtime import compression  # noqa: F401 - bounds what bodies expand to, wherever this process connects
from conferral.runtime.crash_points import reached

HEARTBEAT = 10
"""Seconds."""
CONNECT_SECONDS = 2.0
IO_SECONDS = 10.0
"""Bound on every read and write of the socket that expects an answer."""


class QueueDiffers(Exception):
    """A queue or an exchange is there with other arguments than ours; the text says what to do. Permanent."""


def connect(amqp_uri: str, *, confirm: bool = False, heartbeat: int = HEARTBEAT) -> Connection:
    """Return an open connection.

    :param confirm: publishing on its channels waits for the broker's confirm.
    :raises OSError: the broker cannot be reached within CONNECT_SECONDS.
    """
    options: dict[str, Any] = {
        "confirm_publish": confirm,
        "read_timeout": IO_SECONDS,
        "write_timeout": IO_SECONDS,
        "max_retries": 0,  # default_channel would otherwise reconnect a broken connection, for as long as it takes
    }
    connection = Connection(amqp_uri, heartbeat=heartbeat, connect_timeout=CONNECT_SECONDS, transport_options=options)
    reached("amqp.connect")
    try:
        # not connect(): that sleeps two seconds and tries again, and who calls has a deadline
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    except BaseException:
        connection.collect()
        raise
    return connection


def close(connection: Connection) -> None:
    """Say goodbye: the broker has then read every acknowledgement. Bounded by IO_SECONDS, like every answer."""
    reached("amqp.close")
    if connection.connected:
        connection.connection.close()


def errors_of(connection: Connection) -> tuple[type[BaseException], ...]:
    """Return what a broken connection or channel raises."""
    return (*connection.connection_errors, *connection.channel_errors, OSError)


def exchange(declared: topology.Exchange) -> Exchange:
    """Return kombu's form of an exchange."""
    return Exchange(declared.name, type=declared.type, durable=True)


def queue(declared: topology.Queue) -> Queue:
    """Return kombu's form of a queue, bound by its own name."""
    return Queue(
        declared.name,
        exchange=exchange(declared.exchange),
        routing_key=declared.name,
        durable=True,
        queue_arguments=declared.arguments,
    )


def declare_topology(connection: Connection) -> None:
    """Declare every exchange and queue. Safe to repeat.

    :raises QueueDiffers: one is there with other arguments.
    """
    reached("amqp.declare")
    channel = connection.channel()
    try:
        for declared in topology.EXCHANGES:
            exchange(declared)(channel).declare()
        for item in topology.QUEUES:
            queue(item)(channel).declare()
    except PreconditionFailed as error:
        # The broker never changes what a queue was declared with.
        raise QueueDiffers(
            f"{error.reply_text}. Another version of Conferral declared it. Delete it, and it is declared anew: "
            "what a command queue holds is sent again from the outbox; what a dead-letter queue holds is lost."
        ) from None
    finally:
        channel.close()
