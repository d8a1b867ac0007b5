"""The command worker as a process, fed by the outbox's publisher, over a real broker."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import kombu
import pytest

from conferral.contracts.commands import PublishChunk
from conferral.contracts.ids import new_id
from conferral.contracts.topology import COMMANDS, PUBLISH_QUEUE
from conferral.runtime import amqp
from conferral.runtime.outbox_publisher import BusPublisher, OutgoingMessage
from tests.support import wait_until
from tests.support.brokers import Broker
from tests.support.compressed import WRONGLY_COMPRESSED
from tests.support.journal import Journaled, journaled

PROGRAM = Path(__file__).with_name("command_process.py")


def command(word: str, chunk: int = 0, **fields: Any) -> OutgoingMessage:
    identifier = new_id()
    body = PublishChunk(
        message_id=identifier,
        correlation_id=word,
        organisation_id=new_id(),
        publication_id=new_id(),
        chunk=chunk,
        **fields,
    )
    return OutgoingMessage(identifier, COMMANDS.name, PUBLISH_QUEUE.name, body.encode(), {}, mandatory=True)


@pytest.fixture
def publisher(amqp_uri: str) -> Iterator[BusPublisher]:
    publisher = BusPublisher(amqp_uri)
    yield publisher
    publisher.close()


@pytest.fixture
def worker(amqp_uri: str, tmp_path: Path) -> Iterator[Journaled]:
    with journaled(PROGRAM, tmp_path / "journal", amqp_uri, CONFERRAL_SHUTDOWN_GRACE="8") as running:
        yield running


def counts(amqp_uri: str) -> tuple[int, int]:
    """Messages ready in the command queue and in its dead-letter queue."""
    connection = amqp.connect(amqp_uri)
    try:
        with connection.channel() as channel:
            ready = channel.queue_declare(PUBLISH_QUEUE.name, passive=True).message_count
            dead = channel.queue_declare(f"{PUBLISH_QUEUE.name}.dead", passive=True).message_count
    finally:
        connection.collect()
    return ready, dead


def publish_raw(amqp_uri: str, bodies: list[tuple[Any, dict[str, Any]]]) -> None:
    connection = amqp.connect(amqp_uri, confirm=True)
    producer = kombu.Producer(connection.default_channel)
    for body, options in bodies:
        producer.publish(body, exchange=COMMANDS.name, routing_key=PUBLISH_QUEUE.name, retry=False, **options)
    connection.collect()


def test_what_was_handled_is_acknowledged(worker: Journaled, publisher: BusPublisher, amqp_uri: str) -> None:
    publisher.publish([command("work", chunk) for chunk in range(250)])
    wait_until(lambda: len(worker.lines()) == 500, 30)
    assert worker.stop() == 0
    assert counts(amqp_uri) == (0, 0)


def test_a_permanent_error_is_acknowledged_and_not_tried_again(
    worker: Journaled, publisher: BusPublisher, amqp_uri: str
) -> None:
    publisher.publish([command("conflict"), command("work")])
    wait_until(lambda: "end work 0" in worker.lines(), 20)
    assert worker.stop() == 0
    assert worker.lines().count("begin conflict 0") == 1
    assert counts(amqp_uri) == (0, 0)


@pytest.mark.parametrize("word", ["once", "fault"])
def test_what_fails_for_the_moment_is_tried_again(
    word: str, worker: Journaled, publisher: BusPublisher, amqp_uri: str
) -> None:
    publisher.publish([command(word)])
    wait_until(lambda: f"end {word} 0" in worker.lines(), 20)
    assert worker.stop() == 0
    assert worker.lines() == [f"begin {word} 0", f"begin {word} 0", f"end {word} 0"]
    assert counts(amqp_uri) == (0, 0)


def test_what_came_too_late_is_not_done(worker: Journaled, publisher: BusPublisher, amqp_uri: str) -> None:
    late = command("late", not_after=datetime.now(UTC) - timedelta(seconds=1))
    publisher.publish([late, command("work")])
    wait_until(lambda: "end work 0" in worker.lines(), 20)
    assert worker.stop() == 0
    assert "begin late 0" not in worker.lines()
    assert counts(amqp_uri) == (0, 0)


def test_malformed_commands_are_dead_lettered_and_never_fatal(
    worker: Journaled, publisher: BusPublisher, amqp_uri: str
) -> None:
    publisher.publish([command("work")])  # declares the queues
    json = {"content_type": "application/json", "content_encoding": "utf-8"}
    unknown = dict(command("never").body) | {"schema_version": 999}
    publish_raw(
        amqp_uri,
        [
            (b"{not json", json),
            (b"[" * 200_000, json),
            ("[]", json),
            (unknown, {"serializer": "json"}),
            (b"\x80\x04\x95.", {"content_type": "application/x-python-serialize", "content_encoding": "binary"}),
            (b"x" * 10_000_000, json),
            *((body, json | {"headers": {"compression": kind}}) for kind, body in WRONGLY_COMPRESSED),
        ],
    )
    wait_until(lambda: counts(amqp_uri)[1] == 6 + len(WRONGLY_COMPRESSED), 20, pause=0.2)
    publisher.publish([command("after")])
    wait_until(lambda: "end after 0" in worker.lines(), 20)
    assert worker.stop() == 0


def test_sigterm_finishes_what_runs_and_hands_back_the_rest(
    worker: Journaled, publisher: BusPublisher, amqp_uri: str
) -> None:
    publisher.publish([command("slow:1.5", chunk) for chunk in range(5)])
    wait_until(lambda: "begin slow 0" in worker.lines(), 20)
    began = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - began < 4
    assert worker.lines() == ["begin slow 0", "end slow 0"]
    assert counts(amqp_uri) == (4, 0)


def test_a_handler_that_outlasts_the_grace_period_does_not_keep_the_process(
    worker: Journaled, publisher: BusPublisher, amqp_uri: str
) -> None:
    publisher.publish([command("slow:60")])
    wait_until(lambda: "begin slow 0" in worker.lines(), 20)
    began = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - began < 9
    wait_until(lambda: counts(amqp_uri) == (1, 0), 10)


def test_a_broker_restart_in_mid_batch_loses_nothing(
    worker: Journaled, publisher: BusPublisher, amqp_uri: str, broker: Broker
) -> None:
    if broker.stop is None or broker.start is None:
        pytest.skip("this broker is not ours to restart")
    publisher.publish([command("work:0.05", chunk) for chunk in range(40)])
    wait_until(lambda: len(worker.lines()) > 10, 20)
    broker.stop()
    broker.start()
    wait_until(lambda: {f"end work {chunk}" for chunk in range(40)} <= set(worker.lines()), 60)
    assert worker.stop() == 0
    assert counts(amqp_uri) == (0, 0)


def test_a_queue_of_another_version_ends_the_worker_with_words(amqp_uri: str, tmp_path: Path) -> None:
    connection = amqp.connect(amqp_uri)
    kombu.Queue(PUBLISH_QUEUE.name, durable=True)(connection.default_channel).declare()
    connection.collect()
    with journaled(PROGRAM, tmp_path / "journal", amqp_uri) as worker:
        assert worker.process.wait(20) == 1
    assert "PRECONDITION_FAILED" in (tmp_path / "journal.log").read_text()
