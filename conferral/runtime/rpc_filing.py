"""Keeping malformed RPC messages where a person can look at them: in the ``rpc.dead`` queue, with their reason."""

from amqp import Message as AmqpMessage
from kombu import Message

from conferral.contracts.topology import RPC_DEAD_QUEUE
from conferral.runtime import amqp
from conferral.runtime.crash_points import reached

_LARGEST_FILED = 64_000
"""Bytes of a malformed message that are kept."""


def file_malformed(amqp_uri: str, message: Message, reason: str) -> None:
    """Keep the start of a malformed message, as it came, with its reason."""
    connection = amqp.connect(amqp_uri, confirm=True)
    try:
        amqp.declare_topology(connection)
        body = message.body if isinstance(message.body, bytes) else bytes(message.body, "utf-8")
        reached("rpc.file_malformed")
        connection.default_channel.basic_publish(
            AmqpMessage(
                body[:_LARGEST_FILED],
                content_type="application/octet-stream",
                delivery_mode=2,
                application_headers={
                    "x-reason": reason,
                    "x-content-type": str(message.content_type),
                    "x-routing-key": str(message.delivery_info.get("routing_key")),
                    "x-length": len(body),
                },
            ),
            RPC_DEAD_QUEUE.exchange.name,
            RPC_DEAD_QUEUE.name,
            mandatory=True,
            confirm_timeout=amqp.IO_SECONDS,
        )
    finally:
        connection.collect()
