"""The outbox relay against a real broker: at least once, nothing lost, the same message id each time."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from kombu import Connection

from conferral.contracts.commands import PublishChunk
from conferral.contracts.ids import new_id
from conferral.contracts.topology import EVENTS, PUBLISH_QUEUE
from conferral.runtime import amqp
from conferral.runtime.outbox_publisher import BusPublisher
from services.credential_store.adapters.bus import RabbitBus
from services.credential_store.domain.scope import of_message
from services.credential_store.domain.timing import EPOCH
from services.credential_store.handlers.relay_outbox import relay_due
from tests.support.publishing import World
from tests.support.waiting import wait_until

NOWHERE = "amqp://nobody:here@127.0.0.1:1/"


@pytest.fixture
def broker_connection(amqp_uri: str) -> Iterator[Connection]:
    with Connection(amqp_uri) as connection:
        amqp.declare_topology(connection)
        yield connection


@pytest.fixture
def bus(amqp_uri: str) -> Iterator[RabbitBus]:
    publisher = BusPublisher(amqp_uri)
    yield RabbitBus(publisher)
    publisher.close()


def fill(world: World, count: int) -> list[str]:
    """Put commands into the outbox, and return their message ids."""
    commands = [
        PublishChunk(
            message_id=new_id(),
            correlation_id="c",
            organisation_id=world.organisation_id,
            publication_id=new_id(),
            chunk=number,
        )
        for number in range(count)
    ]
    store, scope = world.application.store, of_message(world.organisation_id)
    store.transaction(lambda session: store.outbox.add_commands(scope, commands, session=session))
    return [command.message_id for command in commands]


def drain(connection: Connection) -> Counter[str]:
    """Take what is in the publish queue, and return how often each message is there."""
    channel = connection.channel()
    found: Counter[str] = Counter()
    while (message := channel.basic_get(PUBLISH_QUEUE.name, no_ack=True)) is not None:
        found[message.properties["message_id"]] += 1
        assert PublishChunk.decode(json.loads(message.body)).message_id == message.properties["message_id"]
    return found


def test_rows_reach_their_queue_and_are_deleted(world: World, bus: RabbitBus, broker_connection: Connection) -> None:
    ids = fill(world, 3)
    assert relay_due(world.relay, bus) == 3
    assert world.rows("outbox") == []
    wait_until(lambda: broker_connection.channel().queue_declare(PUBLISH_QUEUE.name, passive=True).message_count == 3)
    assert drain(broker_connection) == Counter(ids)
    assert relay_due(world.relay, bus) == 0


def test_two_relays_at_once_lose_nothing(world: World, amqp_uri: str, broker_connection: Connection) -> None:
    ids = fill(world, 250)

    def run(_: int) -> int:
        publisher = BusPublisher(amqp_uri)
        total = 0
        while world.rows("outbox"):
            total += relay_due(world.relay, RabbitBus(publisher))
        publisher.close()
        return total

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(run, range(2))) == 250
    wait_until(lambda: broker_connection.channel().queue_declare(PUBLISH_QUEUE.name, passive=True).message_count == 250)
    assert drain(broker_connection) == Counter(ids)


def test_while_the_broker_is_away_rows_wait_longer_and_longer(world: World, bus: RabbitBus) -> None:
    ids = fill(world, 2)
    away = RabbitBus(BusPublisher(NOWHERE))
    waits: list[timedelta] = []
    moment = world
    for attempt in (1, 2, 3):
        assert relay_due(moment.relay, away) == 0
        rows = world.rows("outbox")
        assert max(row["attempts"] for row in rows) == attempt
        assert {row["claim"] for row in rows} == {None}
        waits.append(max(row["next_attempt_at"] for row in rows) - moment.now())
        moment = moment.later(40)
    assert waits[0] < timedelta(seconds=2) < waits[2]
    assert relay_due(moment.later(200).relay, bus) == 2
    assert sorted(ids) == sorted(ids)
    assert world.rows("outbox") == []


def test_a_row_that_no_queue_takes_delays_only_itself(
    world: World, bus: RabbitBus, broker_connection: Connection
) -> None:
    [lost, *_] = fill(world, 1)
    world.database.collection("outbox").update_one({"_id": lost}, {"$set": {"routing_key": "no.such.queue"}})
    assert relay_due(world.relay, bus) == 0
    ids = fill(world, 3)
    late = world.later(10)
    assert relay_due(late.relay, bus) == 3  # the fresh ones first
    assert [row["_id"] for row in world.rows("outbox")] == [lost]
    wait_until(lambda: broker_connection.channel().queue_declare(PUBLISH_QUEUE.name, passive=True).message_count == 3)
    assert drain(broker_connection) == Counter(ids)


def test_what_a_dead_relay_held_is_published_with_the_same_id(
    world: World, bus: RabbitBus, broker_connection: Connection
) -> None:
    ids = fill(world, 2)
    outbox = world.application.store.publishing.outbox
    held = outbox.claim(world.relay.system, "dead", world.now(), world.now() + timedelta(seconds=30), 100)
    assert sorted(row["_id"] for row in held) == sorted(ids)
    bus.publish(held)  # and then it died
    assert relay_due(world.relay, bus) == 0
    assert relay_due(world.later(31).relay, bus) == 2
    assert outbox.remove(world.relay.system, "dead", ids) == 0
    wait_until(lambda: broker_connection.channel().queue_declare(PUBLISH_QUEUE.name, passive=True).message_count == 4)
    assert drain(broker_connection) == Counter(ids * 2)


def test_events_need_no_listener(world: World, bus: RabbitBus) -> None:
    world.publish_all(world.create(1))
    events = world.rows("outbox", exchange=EVENTS.name)
    assert [row["routing_key"] for row in events] == ["credentials.published"]
    assert relay_due(world.relay, bus) == 3
    assert world.rows("outbox") == []


def test_a_row_is_due_whatever_clock_wrote_it(world: World, tmp_path: Path) -> None:
    fill(world, 1)
    [row] = world.rows("outbox")
    assert EPOCH < row["next_attempt_at"] <= world.now()
