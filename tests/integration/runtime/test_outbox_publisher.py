"""Publishing with confirms, over a real broker."""

import time

import pytest

from conferral.contracts.errors import Unavailable
from conferral.contracts.ids import new_id
from conferral.contracts.topology import COMMANDS, DELIVER_QUEUE, EVENTS
from conferral.runtime import amqp
from conferral.runtime.outbox_publisher import BusPublisher, OutgoingMessage


def outgoing(exchange: str, routing_key: str, *, mandatory: bool) -> OutgoingMessage:
    return OutgoingMessage(new_id(), exchange, routing_key, {"word": "漢字"}, {"x-kept": "yes"}, mandatory)


def test_messages_arrive_whole_and_persistent(amqp_uri: str) -> None:
    publisher = BusPublisher(amqp_uri)
    sent = [outgoing(COMMANDS.name, DELIVER_QUEUE.name, mandatory=True) for _ in range(300)]
    publisher.publish(sent)
    connection = amqp.connect(amqp_uri)
    queue = amqp.queue(DELIVER_QUEUE)(connection.default_channel)
    got = [queue.get(no_ack=True) for _ in sent]
    assert [message.properties["message_id"] for message in got] == [message.message_id for message in sent]
    assert got[0].properties["delivery_mode"] == 2
    assert got[0].decode() == {"word": "漢字"}
    assert got[0].headers["x-kept"] == "yes"
    connection.collect()
    publisher.close()


def test_a_command_without_a_queue_is_refused(amqp_uri: str) -> None:
    publisher = BusPublisher(amqp_uri)
    publisher.publish([outgoing(COMMANDS.name, DELIVER_QUEUE.name, mandatory=True)])
    connection = amqp.connect(amqp_uri)
    connection.default_channel.queue_delete(DELIVER_QUEUE.name)
    with pytest.raises(Unavailable):
        publisher.publish([outgoing(COMMANDS.name, DELIVER_QUEUE.name, mandatory=True)])
    # the next attempt is on a new connection, which declares what is missing
    publisher.publish([outgoing(COMMANDS.name, DELIVER_QUEUE.name, mandatory=True)])
    connection.collect()
    publisher.close()


def test_an_event_that_nobody_listens_to_is_fine(amqp_uri: str) -> None:
    publisher = BusPublisher(amqp_uri)
    publisher.publish([outgoing(EVENTS.name, "credentials.created", mandatory=False)])
    publisher.close()


def test_a_broker_that_is_away_is_told_at_once() -> None:
    publisher = BusPublisher("amqp://nobody:nothing@127.0.0.1:1//")
    began = time.monotonic()
    with pytest.raises(Unavailable):
        publisher.publish([outgoing(EVENTS.name, "credentials.created", mandatory=False)])
    assert time.monotonic() - began < 1
