"""Pause, resume and cancel: at every stage of a publication, twice, and beside a publisher and a mailer at work."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.ids import new_id
from services.credential_store.domain.control import CANCELLED
from services.credential_store.domain.timing import Timing
from services.credential_store.handlers.controlling import control_due
from services.credential_store.handlers.sweep import sweep, sweep_chunks, sweep_deliveries
from tests.support.publishing import World, new_world, result
from tests.support.waiting import wait_until


def states(world: World, collection: str) -> Counter[str]:
    return Counter(row["state"] for row in world.rows(collection))


def commands(world: World) -> list[str]:
    return [row["routing_key"] for row in world.rows("outbox", kind="command")]


def forget_commands(world: World) -> None:
    world.database.collection("outbox").delete_many({})


def ids_of(world: World) -> list[str]:
    return [row["_id"] for row in world.rows("deliveries")]


def test_nothing_of_a_paused_publication_is_expanded_and_all_of_it_is_after_resuming(world: World) -> None:
    publication_id = world.publish(world.create(3))
    assert world.pause(publication_id).hold == "paused"
    assert world.expand() == 0
    assert states(world, "credentials") == {"draft": 3}
    assert world.resume(publication_id).hold is None
    assert world.expand() == 1
    assert states(world, "credentials") == {"queued": 3}


def test_a_paused_chunk_is_not_rendered_and_costs_no_commands_until_it_is_resumed(world: World) -> None:
    publication_id = world.publish(world.create(3))
    world.expand()
    world.pause(publication_id)
    forget_commands(world)
    assert world.load(publication_id).items == ()
    for minutes in range(1, 60, 5):
        sweep_chunks(world.later(60 * minutes).relay)
    assert commands(world) == []
    [chunk] = world.rows("publication_chunks")
    assert (chunk["state"], chunk["attempts"], chunk["fence"]) == ("queued", 0, 0)
    world.resume(publication_id)
    world.control()
    assert commands(world) == ["publisher.publish"]
    world.record(world.load(publication_id))
    assert world.summary(publication_id).counts.published == 3


def test_pausing_stops_what_is_claimed_before_its_dot_and_resuming_sends_all_of_it_once(world: World) -> None:
    publication_id = world.publish_all(world.create(5))
    ids = ids_of(world)
    claimed = world.claim(ids[:3])
    begun = world.advance(begin=claimed[:1])
    world.pause(publication_id)
    assert world.advance([result(claimed[0], "sent")], begin=claimed[1:]) == ()
    assert len(begun) == 1
    assert world.claim(ids) == []
    assert states(world, "deliveries") == {"sent": 1, "queued": 4}
    assert {row["attempts"] for row in world.rows("deliveries")} == {0}
    forget_commands(world)
    for minutes in range(1, 60, 5):
        sweep_deliveries(world.later(60 * minutes).relay)
    assert commands(world) == []

    world.resume(publication_id)
    world.control()
    [command] = world.rows("outbox", kind="command")
    assert sorted(command["body"]["delivery_ids"]) == sorted(set(ids) - {claimed[0].delivery_id})
    again = world.claim(command["body"]["delivery_ids"])
    assert len(world.advance(begin=again)) == 4
    world.advance([result(one, "sent") for one in again])
    assert world.summary(publication_id).status == "finished"
    assert world.summary(publication_id).counts.emails_sent == 5


def test_resuming_leaves_an_email_that_the_server_put_off_to_its_time(world: World) -> None:
    publication_id = world.publish_all(world.create(1))
    claimed = world.claim(ids_of(world))
    world.advance(begin=claimed)
    world.advance([result(claimed[0], "retry", retry_after=600.0)])
    world.pause(publication_id)
    forget_commands(world)
    world.resume(publication_id)
    world.control()
    assert commands(world) == []
    assert sweep_deliveries(world.later(700).relay) == 1
    assert commands(world) == ["mailer.deliver"]


def test_pausing_again_before_the_relay_looked_leaves_it_paused(world: World) -> None:
    publication_id = world.publish_all(world.create(2))
    world.pause(publication_id)
    world.resume(publication_id)
    world.pause(publication_id)
    forget_commands(world)
    assert world.control() == 0
    assert commands(world) == []
    assert world.claim(ids_of(world)) == []


def test_cancelling_before_anything_began_leaves_drafts(world: World) -> None:
    publication_id = world.publish(world.create(4))
    world.cancel(publication_id)
    assert world.expand() == 0
    world.control()
    summary = world.summary(publication_id)
    assert (summary.status, summary.hold) == ("finished", "cancelled")
    assert (summary.counts.cancelled, summary.counts.queued) == (4, 0)
    assert states(world, "credentials") == {"draft": 4}


def test_cancelling_beside_the_expander_leaves_every_credential_a_draft(world: World) -> None:
    publication_id = world.publish(world.create(500))
    with ThreadPoolExecutor(1) as pool:
        expanding = pool.submit(world.expand)
        wait_until(lambda: world.rows("publication_chunks"), 30)
        world.cancel(publication_id)
        assert expanding.result(30) < 5
    world.control()
    assert states(world, "credentials") == {"draft": 500}
    summary = world.summary(publication_id)
    assert (summary.status, summary.counts.cancelled, summary.counts.queued) == ("finished", 500, 0)


def test_cancelling_what_is_queued_returns_it_to_draft_and_it_can_be_published_again(world: World) -> None:
    publication_id = world.publish(world.create(4))
    world.expand()
    world.cancel(publication_id)
    world.control()
    assert states(world, "credentials") == {"draft": 4}
    assert world.summary(publication_id).counts.cancelled == 4
    assert world.rows("chunk_items") == []
    again = world.publish_all([(row["_id"], row["revision"]) for row in world.rows("credentials")])
    assert world.summary(again).counts.published == 4


def test_cancelling_what_is_being_rendered_refuses_the_late_result(world: World) -> None:
    publication_id = world.publish(world.create(3))
    world.expand()
    chunk = world.load(publication_id)
    world.cancel(publication_id)
    world.control()
    assert states(world, "credentials") == {"draft": 3}
    with pytest.raises(Conflict):
        world.record(chunk)
    assert world.rows("public") == []
    assert world.rows("deliveries") == []
    assert world.summary(publication_id).status == "finished"


def test_cancelling_what_is_published_keeps_it_so_and_cancels_its_emails_but_for_those_being_sent(
    world: World,
) -> None:
    publication_id = world.publish_all(world.create(5))
    ids = ids_of(world)
    claimed = world.claim(ids[:3])
    world.advance(begin=claimed[:2])
    world.cancel(publication_id)
    world.control()
    assert states(world, "deliveries") == {"sending": 2, "cancelled": 3}
    assert {row["server"] for row in world.rows("deliveries", state="cancelled")} == {CANCELLED}
    assert world.summary(publication_id).status == "running"
    assert world.advance(begin=claimed[2:]) == ()
    world.advance([result(claimed[0], "sent"), result(claimed[1], "retry")])
    later = world.later(2)
    later.control()
    summary = world.summary(publication_id)
    assert (summary.counts.emails_sent, summary.counts.emails_cancelled) == (1, 4)
    assert summary.status == "finished"
    assert states(world, "credentials") == {"published": 5}
    assert Counter(row["delivery_state"] for row in world.rows("credentials")) == {"sent": 1, "cancelled": 4}
    sweep(later.relay, "sweeper")
    [publication] = world.rows("publications")
    assert publication["status"] == "finished"
    assert "control_at" not in publication
    later.later(5000).control()
    assert later.later(5000).claim(ids) == []


def test_each_is_the_same_twice_and_leaves_one_audit_row(world: World) -> None:
    publication_id = world.publish(world.create(2))
    for _ in range(2):
        assert world.pause(publication_id).hold == "paused"
    for _ in range(2):
        assert world.resume(publication_id).hold is None
    for _ in range(2):
        assert world.cancel(publication_id).hold == "cancelled"
    assert world.pause(publication_id).hold == "cancelled"
    with pytest.raises(Conflict):
        world.resume(publication_id)
    actions = Counter(row["action"] for row in world.rows("audit", target=publication_id))
    assert actions == {
        "request_publication": 1,
        "pause_publication": 1,
        "resume_publication": 1,
        "cancel_publication": 1,
    }


def test_two_people_at_the_same_moment_decide_once(world: World) -> None:
    publication_id = world.publish(world.create(2))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: world.cancel(publication_id), range(4)))
    assert {answer.hold for answer in answers} == {"cancelled"}
    assert len(world.rows("audit", action="cancel_publication")) == 1


def test_a_relay_that_ends_in_the_middle_of_cancelling_is_followed_by_another(world: World) -> None:
    publication_id = world.publish(world.create(250))
    world.expand()
    world.cancel(publication_id)
    asked = iter([False, True])
    assert control_due(world.relay, lambda: next(asked)) == 1
    assert states(world, "credentials") == {"draft": 100, "queued": 150}
    assert world.control() == 0, "the other one waits for the lease"
    assert world.later(Timing().expander_lease + 1).control() == 2
    assert states(world, "credentials") == {"draft": 250}
    assert world.summary(publication_id).counts.cancelled == 250


def test_what_is_over_stays_over(world: World) -> None:
    publication_id = world.publish_all(world.create(1))
    claimed = world.claim(ids_of(world))
    world.advance(begin=claimed)
    world.advance([result(claimed[0], "sent")])
    assert world.pause(publication_id).hold is None
    assert world.cancel(publication_id).hold is None
    assert world.summary(publication_id).status == "finished"


def test_strangers_control_nothing(world: World) -> None:
    publication_id = world.publish(world.create(1))
    stranger = new_world(world.application, world.database)
    for action in (stranger.pause, stranger.resume, stranger.cancel):
        with pytest.raises(NotFound):
            action(publication_id)
    with pytest.raises(NotFound):
        world.cancel(new_id())


def test_cancelling_beside_a_publisher_and_a_mailer_at_work_loses_nothing_and_mails_nothing_twice(
    world: World,
) -> None:
    publication_id = world.publish(world.create(240))
    world.expand()
    sent: list[str] = []
    over = Event()

    def publish() -> None:
        for number in range(3):
            try:
                world.record(world.load(publication_id, number))
            except Conflict:
                continue

    def mail() -> None:
        while not over.is_set():
            ids = [row["_id"] for row in world.rows("deliveries", state="queued")][:20]
            claimed = world.claim(ids)
            begun = set(world.advance(begin=claimed))
            sent.extend(begun)
            world.advance([result(one, "sent") for one in claimed if one.delivery_id in begun])

    def cancel() -> None:
        try:
            wait_until(lambda: len(sent) >= 20, 30)
            world.cancel(publication_id)
            world.control()
        finally:
            over.set()

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(work) for work in (publish, mail, cancel, mail)]:
            job.result(60)
    later = world.later(Timing().chunk_lease + 5)
    for _ in range(3):
        sweep(later.relay, "sweeper")
        later.control()
        later = later.later(5)
    summary = world.summary(publication_id)
    assert summary.status == "finished"
    assert len(sent) == len(set(sent)) == summary.counts.emails_sent
    assert summary.counts.published == summary.counts.emails_sent + summary.counts.emails_cancelled
    assert summary.counts.published + summary.counts.cancelled == 240
    assert set(states(world, "credentials")) <= {"draft", "published"}
    assert states(world, "credentials")["draft"] == summary.counts.cancelled
