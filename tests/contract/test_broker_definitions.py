"""deploy/rabbitmq/definitions.json declares exactly what the services declare."""

import json
from pathlib import Path

from conferral.contracts import topology

DEFINITIONS = json.loads(Path("deploy/rabbitmq/definitions.json").read_text())


def test_queues_equal_the_topology() -> None:
    defined = {queue["name"]: queue["arguments"] for queue in DEFINITIONS["queues"]}
    assert defined == {queue.name: queue.arguments for queue in topology.QUEUES}
    assert all(queue["durable"] and not queue["auto_delete"] for queue in DEFINITIONS["queues"])


def test_exchanges_equal_the_topology() -> None:
    defined = {exchange["name"]: exchange["type"] for exchange in DEFINITIONS["exchanges"]}
    assert defined == {exchange.name: exchange.type for exchange in topology.EXCHANGES}


def test_each_queue_is_bound_by_its_own_name() -> None:
    bound = {(b["source"], b["destination"], b["routing_key"]) for b in DEFINITIONS["bindings"]}
    assert bound == {(queue.exchange.name, queue.name, queue.name) for queue in topology.QUEUES}


def test_every_command_queue_dead_letters_into_a_queue_that_exists() -> None:
    names = {queue.name for queue in topology.QUEUES}
    for queue in topology.COMMAND_QUEUES:
        assert queue.arguments["x-dead-letter-exchange"] == topology.DEAD.name
        assert queue.arguments["x-dead-letter-routing-key"] in names
