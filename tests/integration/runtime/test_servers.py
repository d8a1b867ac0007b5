"""The tests' own servers."""

import kombu
from pymongo import MongoClient


def test_each_test_has_an_empty_virtual_host(amqp_uri: str) -> None:
    with kombu.Connection(amqp_uri) as connection:
        queue = kombu.Queue("mine", channel=connection.channel())
        assert queue.queue_declare().message_count == 0


def test_the_store_takes_transactions_on_a_replica_set(mongodb_uri: str) -> None:
    with MongoClient(mongodb_uri) as client, client.start_session() as session:
        things = client.get_default_database().things
        things.insert_one({"_id": 0})
        session.with_transaction(lambda inside: things.insert_one({"_id": 1}, session=inside))
        assert things.count_documents({}) == 2
