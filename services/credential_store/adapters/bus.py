"""The outbox's rows as messages on the bus."""

from collections.abc import Sequence
from typing import Any

from conferral.runtime.outbox_publisher import BusPublisher, OutgoingMessage

Document = dict[str, Any]


class RabbitBus:
    """Adapter of the Bus port."""

    def __init__(self, publisher: BusPublisher) -> None:
        self._publisher = publisher

    def publish(self, rows: Sequence[Document]) -> None:
        """Publish rows and wait for the broker to confirm all of them.

        :raises Unavailable: nobody knows which of them the broker has.
        """
        self._publisher.publish([_message(row) for row in rows])


def _message(row: Document) -> OutgoingMessage:
    return OutgoingMessage(
        message_id=row["_id"],
        exchange=row["exchange"],
        routing_key=row["routing_key"],
        body=row["body"],
        headers=row["headers"],
        # Nobody has to listen to events; a command that reaches no queue would be lost.
        mandatory=row["kind"] == "command",
    )
