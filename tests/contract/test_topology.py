"""What the runtime declares on a broker is what the contracts say."""

from dataclasses import replace

import pytest
from kombu import Producer, Queue

from conferral.contracts import commands, events, topology
from conferral.contracts.commands import Command
from conferral.contracts.events import Event
from conferral.runtime import amqp
from tests.support import wait_until
from tests.support.brokers import Broker


@pytest.mark.integration
def test_what_is_declared_equals_the_contracts(broker: Broker, amqp_uri: str) -> None:
    connection = amqp.connect(amqp_uri)
    amqp.declare_topology(connection)
    amqp.declare_topology(connection)  # harmless when it is there
    connection.collect()
    vhost = amqp_uri.rsplit("/", 1)[-1]
    queues = {queue["name"]: queue["arguments"] for queue in broker.ask("GET", f"queues/{vhost}").json()}
    assert queues == {queue.name: queue.arguments for queue in topology.QUEUES}
    bindings = broker.ask("GET", f"bindings/{vhost}").json()
    bound = {(b["source"], b["destination"], b["routing_key"]) for b in bindings if b["source"]}
    assert bound == {(queue.exchange.name, queue.name, queue.name) for queue in topology.QUEUES}
    exchanges = {e["name"]: e["type"] for e in broker.ask("GET", f"exchanges/{vhost}").json()}
    assert {exchange.name: exchange.type for exchange in topology.EXCHANGES}.items() <= exchanges.items()


@pytest.mark.integration
def test_a_queue_of_another_version_is_named_and_what_to_do_is_said(amqp_uri: str) -> None:
    connection = amqp.connect(amqp_uri)
    Queue(topology.RPC_DEAD_QUEUE.name, queue_arguments={"x-queue-type": "quorum"})(
        connection.default_channel
    ).declare()
    with pytest.raises(amqp.QueueDiffers, match=r"x-max-length.*rpc\.dead.*Delete it"):
        amqp.declare_topology(connection)
    connection.default_channel.queue_delete(topology.RPC_DEAD_QUEUE.name)
    amqp.declare_topology(connection)
    connection.collect()


@pytest.mark.integration
def test_a_dead_letter_queue_keeps_the_latest(amqp_uri: str) -> None:
    bounded = replace(topology.RPC_DEAD_QUEUE, arguments={**topology.RPC_DEAD_QUEUE.arguments, "x-max-length": 3})
    connection = amqp.connect(amqp_uri, confirm=True)
    queue = amqp.queue(bounded)(connection.default_channel)
    queue.declare()
    producer = Producer(connection.default_channel)
    for number in range(8):
        producer.publish(number, exchange=bounded.exchange.name, routing_key=bounded.name)
    wait_until(lambda: queue.queue_declare(passive=True).message_count == 3)
    assert [queue.get(no_ack=True).decode() for _ in range(3)] == [5, 6, 7]
    connection.collect()


def test_every_command_has_a_route_and_every_event_a_key() -> None:
    concrete = {cls for cls in vars(commands).values() if isinstance(cls, type) and issubclass(cls, Command)}
    assert set(topology.ROUTES) == concrete - {Command}
    happened = {cls for cls in vars(events).values() if isinstance(cls, type) and issubclass(cls, Event)}
    assert set(events.ROUTING_KEYS) == happened - {Event}
