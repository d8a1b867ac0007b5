"""What the runtime declares on a broker is what the contracts say."""

import pytest

from conferral.contracts import commands, events, topology
from conferral.contracts.commands import Command
from conferral.contracts.events import Event
from conferral.runtime import amqp
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


def test_every_command_has_a_route_and_every_event_a_key() -> None:
    concrete = {cls for cls in vars(commands).values() if isinstance(cls, type) and issubclass(cls, Command)}
    assert set(topology.ROUTES) == concrete - {Command}
    happened = {cls for cls in vars(events).values() if isinstance(cls, type) and issubclass(cls, Event)}
    assert set(events.ROUTING_KEYS) == happened - {Event}
