"""Exchanges and queues as data; every process declares from here, and ``deploy/rabbitmq`` is checked against it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from conferral.contracts.commands import Command, DeliverEmails, PublishChunk

DELIVERY_LIMIT = 20
MOST_DEAD = 10_000
MOST_DEAD_BYTES = 100_000_000
"""Of each dead-letter queue. A dead command is a few kilobytes; a malformed message may be of any size."""


@dataclass(frozen=True)
class Exchange:
    """An exchange; durable always."""

    name: str
    type: Literal["direct", "topic", "fanout"]


COMMANDS = Exchange("conferral.commands", "direct")
DEAD = Exchange("conferral.dead", "direct")
EVENTS = Exchange("conferral.events", "topic")
EXCHANGES = (COMMANDS, DEAD, EVENTS)


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue bound to an exchange by its own name."""

    name: str
    exchange: Exchange
    arguments: dict[str, Any] = field(default_factory=dict)


def _command_queue(name: str) -> Queue:
    return Queue(
        name,
        COMMANDS,
        {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": DEAD.name,
            "x-dead-letter-routing-key": f"{name}.dead",
            # at-least-once dead-lettering silently becomes at-most-once without reject-publish
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )


def _dead_queue(name: str) -> Queue:
    return Queue(
        f"{name}.dead",
        DEAD,
        {
            "x-queue-type": "quorum",
            # The relay files what is in these, when it runs: without a bound, one broken sender would fill the
            # broker's disk, and stop everything. The latest tells most, so the oldest is dropped. docs/adr/0009.
            "x-max-length": MOST_DEAD,
            "x-max-length-bytes": MOST_DEAD_BYTES,
            "x-overflow": "drop-head",
        },
    )


PUBLISH_QUEUE = _command_queue("publisher.publish")
DELIVER_QUEUE = _command_queue("mailer.deliver")
COMMAND_QUEUES = (PUBLISH_QUEUE, DELIVER_QUEUE)
RPC_DEAD_QUEUE = _dead_queue("rpc")
DEAD_QUEUES = (*(_dead_queue(queue.name) for queue in COMMAND_QUEUES), RPC_DEAD_QUEUE)
QUEUES = (*COMMAND_QUEUES, *DEAD_QUEUES)

ROUTES: dict[type[Command], Queue] = {PublishChunk: PUBLISH_QUEUE, DeliverEmails: DELIVER_QUEUE}
