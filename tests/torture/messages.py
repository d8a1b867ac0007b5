"""Messages that the broker delivers although nobody sent them so: twice, out of order, or unreadable."""

import json
import random
from typing import Any

from amqp import Message
from pymongo import MongoClient

from conferral.contracts.commands import CHUNK_SIZE, Command, DeliverEmails, PublishChunk
from conferral.contracts.ids import new_id
from conferral.contracts.topology import COMMAND_QUEUES, COMMANDS, ROUTES
from tests.torture.system import System

_RPC_EXCHANGE = "nameko-rpc"


def twice_and_shuffled(system: System, channel: Any, organisation_id: str, dice: random.Random) -> int:
    """Send a command for everything that the organisation has; return how many."""
    with MongoClient(system.running.addresses.mongodb_uri) as client:
        database = client.get_default_database()
        mine = {"organisation_id": organisation_id}
        chunks = list(database["publication_chunks"].find(mine, {"publication_id": 1, "chunk": 1}))
        ids = [one["_id"] for one in database["deliveries"].find(mine, {"_id": 1})]
    dice.shuffle(ids)
    commands: list[Command] = [
        PublishChunk(
            message_id=new_id(), correlation_id=new_id(), organisation_id=organisation_id,
            publication_id=chunk["publication_id"], chunk=chunk["chunk"],
        )
        for chunk in chunks
    ]  # fmt: skip
    commands += [
        DeliverEmails(
            message_id=new_id(), correlation_id=new_id(), organisation_id=organisation_id,
            delivery_ids=tuple(ids[start : start + CHUNK_SIZE]),
        )
        for start in range(0, len(ids), CHUNK_SIZE)
    ]  # fmt: skip
    commands = dice.sample(commands, min(20, len(commands)))
    for command in commands * 2:
        body = json.dumps(command.encode())
        _publish(channel, body, "application/json", COMMANDS.name, ROUTES[type(command)].name)
    return 2 * len(commands)


def poison(channel: Any, dice: random.Random) -> int:
    """Send what cannot be decoded, to every queue of ours; return how many."""
    bodies: list[tuple[bytes | str, str]] = [
        (b"\x80\x04\x95", "application/x-python-serialize"),
        ("{", "application/json"),
        ("[]", "application/json"),
        (json.dumps({"type": "PublishChunk", "schema_version": 99}), "application/json"),
        ("x" * 300_000, "application/json"),
        (b"\xff\xfe\x00", "text/plain"),
    ]
    sent = 0
    for queue in COMMAND_QUEUES:
        body, kind = dice.choice(bodies)
        _publish(channel, body, kind, COMMANDS.name, queue.name)
        sent += 1
    body, kind = dice.choice(bodies)
    _publish(channel, body, kind, _RPC_EXCHANGE, "store_publishing.load_chunk")
    return sent + 1


def _publish(channel: Any, body: bytes | str, kind: str, exchange: str, key: str) -> None:
    channel.basic_publish(
        Message(body, content_type=kind, content_encoding="utf-8", delivery_mode=2), exchange, key, timeout=5
    )
