"""Dead letters from a real broker into the store: filed once, sent again with the same id, or given up, and why."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from conferral.contracts.canonical import canonical_json
from conferral.contracts.commands import DeliverEmails, PublishChunk
from conferral.contracts.errors import NotFound
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.rpc import operations as contract
from conferral.contracts.topology import DEAD, DELIVER_QUEUE, PUBLISH_QUEUE, RPC_DEAD_QUEUE
from conferral.runtime import amqp
from services.credential_store.adapters.letter_queues import RabbitLetterQueues
from services.credential_store.domain import letters as letter_rules
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.filing import file_letters, look_around
from services.credential_store.handlers.operations import discard_letter, get_operations, list_letters, redrive_letter
from tests.support.auditing import Traffic
from tests.support.publishing import ACTOR
from tests.support.waiting import wait_until


@pytest.fixture
def queues(amqp_uri: str) -> Iterator[RabbitLetterQueues]:
    one = RabbitLetterQueues(amqp_uri)
    yield one
    one.close()


@pytest.fixture
def operator(traffic: Traffic) -> Context:
    return traffic.world.context.__class__(
        **{**vars(traffic.world.context), "scope": of_system("operations"), "actor_id": "o" * 26}
    )


def die(amqp_uri: str, queue: str, body: bytes, **properties: Any) -> None:
    """Put a message where the broker puts what it gives up."""
    with amqp.connect(amqp_uri, confirm=True) as connection:
        amqp.declare_topology(connection)
        connection.Producer().publish(
            body,
            exchange=DEAD.name,
            routing_key=queue,
            content_type="application/json",
            content_encoding="utf-8",
            **properties,
        )


def deliver(traffic: Traffic) -> DeliverEmails:
    ids = tuple(row["_id"] for row in traffic.world.rows("deliveries"))
    return DeliverEmails(
        message_id=new_id(),
        correlation_id=new_id(),
        organisation_id=traffic.world.organisation_id,
        delivery_ids=ids,
    )


def filed(operator: Context) -> list[contract.DeadLetter]:
    return list(list_letters(operator, contract.ListLetters(actor=ACTOR)).letters)


def file_all(operator: Context, queues: RabbitLetterQueues, count: int) -> None:
    taken: list[int] = []
    wait_until(lambda: taken.append(file_letters(operator, queues)) or sum(taken) >= count, 20)


def test_a_command_that_the_broker_gave_up_is_filed_with_what_it_names(
    traffic: Traffic, operator: Context, queues: RabbitLetterQueues, amqp_uri: str
) -> None:
    command = deliver(traffic)
    with amqp.connect(amqp_uri, confirm=True) as connection:
        amqp.declare_topology(connection)
        connection.Producer().publish(
            canonical_json(command.encode()),
            exchange=DELIVER_QUEUE.exchange.name,
            routing_key=DELIVER_QUEUE.name,
            content_type="application/json",
            message_id=command.message_id,
        )
        bound = amqp.queue(DELIVER_QUEUE)(connection.default_channel)
        found: list[Any] = []
        wait_until(lambda: found.append(bound.get()) or found[-1] is not None, 20)
        found[-1].reject(requeue=False)
    file_all(operator, queues, 1)
    [letter] = filed(operator)
    assert (letter.queue, letter.message, letter.message_id) == (
        "mailer.deliver.dead",
        "DeliverEmails",
        command.message_id,
    )
    assert letter.organisation_id == traffic.world.organisation_id
    assert (letter.records, letter.redrivable) == (4, True)
    assert letter.reason == "It could not be read, or the broker was told to give it up."
    assert file_letters(operator, queues) == 0  # acknowledged


def test_a_letter_that_is_given_out_again_is_filed_once(
    traffic: Traffic, operator: Context, queues: RabbitLetterQueues, amqp_uri: str
) -> None:
    die(amqp_uri, f"{DELIVER_QUEUE.name}.dead", canonical_json(deliver(traffic).encode()))
    wait_until(lambda: len(queues.take(5)) == 1, 20)
    queues.close()  # as a relay that is killed before it acknowledges
    file_all(operator, queues, 1)
    die(amqp_uri, f"{DELIVER_QUEUE.name}.dead", b"\x00 not json")
    file_all(operator, queues, 1)
    assert len(filed(operator)) == 2
    raw = letter_rules.RawLetter(f"{DELIVER_QUEUE.name}.dead", b"\x00 not json", None)
    again = letter_rules.read_letter(raw, operator.clock())
    assert operator.store.operations.letters.file(operator.system, [again]) == 0


def test_what_cannot_be_read_is_filed_without_its_body_and_cannot_be_sent_again(
    operator: Context, queues: RabbitLetterQueues, amqp_uri: str
) -> None:
    secret = b'{"name": "Amina Nyong\'o", "password": "hunter2"}'
    die(amqp_uri, RPC_DEAD_QUEUE.name, secret, headers={"x-reason": "schema_version 9 is unknown"})
    die(amqp_uri, f"{PUBLISH_QUEUE.name}.dead", b"[" * 100_000)
    file_all(operator, queues, 2)
    for letter in filed(operator):
        assert (letter.redrivable, letter.message, letter.records) == (False, "", 0)
        stored = operator.store.operations.letters.get(operator.system, letter.id)
        assert stored is not None
        assert "hunter2" not in repr(stored)
        assert len(repr(stored)) < 1_000
        with pytest.raises(NotFound, match="cannot be sent again"):
            redrive_letter(operator, contract.RedriveLetter(actor=ACTOR, letter_id=letter.id))
    assert "schema_version 9 is unknown" in {letter.reason for letter in filed(operator)}


def test_redriving_sends_the_same_message_once_more(
    traffic: Traffic, operator: Context, queues: RabbitLetterQueues, amqp_uri: str
) -> None:
    command = deliver(traffic)
    die(amqp_uri, f"{DELIVER_QUEUE.name}.dead", canonical_json(command.encode()), message_id=command.message_id)
    file_all(operator, queues, 1)
    [letter] = filed(operator)
    for _ in range(2):
        redrive_letter(operator, contract.RedriveLetter(actor=ACTOR, letter_id=letter.id))
    [row] = traffic.world.rows("outbox")
    assert row["_id"] == command.message_id
    assert (row["exchange"], row["routing_key"]) == (DELIVER_QUEUE.exchange.name, DELIVER_QUEUE.name)
    assert DeliverEmails.decode(row["body"]) == command
    assert filed(operator) == []
    assert len(audited(traffic, "redrive_letter")) == 1


def test_discarding_keeps_why(traffic: Traffic, operator: Context, queues: RabbitLetterQueues, amqp_uri: str) -> None:
    die(amqp_uri, f"{DELIVER_QUEUE.name}.dead", b"rubbish")
    file_all(operator, queues, 1)
    [letter] = filed(operator)
    for _ in range(2):
        request = contract.DiscardLetter(actor=ACTOR, letter_id=letter.id, reason=" a test of the alarm ")
        discard_letter(operator, request)
    assert filed(operator) == []
    [row] = audited(traffic, "discard_letter")
    assert row["details"]["reason"] == "a test of the alarm"
    assert traffic.world.rows("outbox") == []


def test_a_letter_whose_records_nobody_looks_after_breaks_an_invariant(traffic: Traffic, operator: Context) -> None:
    world = traffic.world
    publication_id = world.publish([(one, 1) for one in traffic.credential_ids[-2:]])
    world.expand()
    command = PublishChunk(
        message_id=new_id(),
        correlation_id=new_id(),
        organisation_id=world.organisation_id,
        publication_id=publication_id,
        chunk=0,
    )
    raw = letter_rules.RawLetter(f"{PUBLISH_QUEUE.name}.dead", canonical_json(command.encode()), command.message_id)
    operator.store.operations.letters.file(operator.system, [letter_rules.read_letter(raw, operator.clock())])
    assert traffic.codes() == set()  # the sweeper looks after it
    traffic.break_one("publication_chunks", {"$unset": {"sweep_at": ""}}, publication_id=publication_id)
    assert traffic.codes() == {"never_looked_at", "letter_unsettled"}
    [letter] = filed(operator)
    discard_letter(operator, contract.DiscardLetter(actor=ACTOR, letter_id=letter.id, reason=""))
    assert "letter_unsettled" not in traffic.codes()


def test_letters_come_in_pages_latest_first(operator: Context) -> None:
    for number in range(7):
        raw = letter_rules.RawLetter("rpc.dead", str(number).encode(), None)
        operator.store.operations.letters.file(operator.system, [letter_rules.read_letter(raw, operator.clock())])
    seen, cursor = [], None
    while True:
        page = list_letters(operator, contract.ListLetters(actor=ACTOR, cursor=cursor, limit=3))
        seen += [letter.id for letter in page.letters]
        cursor = page.cursor
        if cursor is None:
            break
    assert len(set(seen)) == 7


def test_the_relay_notes_how_much_waits(
    traffic: Traffic, operator: Context, queues: RabbitLetterQueues, amqp_uri: str
) -> None:
    with Connection(amqp_uri) as connection:
        amqp.declare_topology(connection)
        connection.Producer().publish(b"{}", exchange=PUBLISH_QUEUE.exchange.name, routing_key=PUBLISH_QUEUE.name)

    def waiting() -> bool:
        look_around(operator, queues)
        answer = get_operations(operator, contract.GetOperations(actor=ACTOR))
        return {queue.name: queue.waiting for queue in answer.queues}.get(PUBLISH_QUEUE.name) == 1

    wait_until(waiting, 20)
    answer = get_operations(operator, contract.GetOperations(actor=ACTOR))
    assert answer.queues_at is not None
    assert len(answer.queues) == 5
    assert answer.mail == "flows"
    assert answer.verdict is None
    assert traffic.world.organisation_id not in answer.model_dump_json()


def audited(traffic: Traffic, action: str) -> list[dict[str, Any]]:
    rows = traffic.world.database.collection("audit")
    return list(rows.find({"organisation_id": INSTALLATION, "action": action}))


def test_the_last_verdict_is_shown(traffic: Traffic, operator: Context, tmp_path: Path) -> None:
    del tmp_path
    traffic.remove_one("public", _id=traffic.credential_ids[1])
    verdict = traffic.verdict()
    document = {**verdict.as_document(), "at": verdict.began_at}
    operator.store.operations.verdicts.keep(operator.system, document)
    shown = get_operations(operator, contract.GetOperations(actor=ACTOR)).verdict
    assert shown is not None
    assert (shown.well, shown.broken) == (False, {"I3": 1})
    assert shown.findings[0].record == f"credential {traffic.credential_ids[1]}"
