"""Confirm, expansion and a chunk's life: twice, at once, cut off, and with a stale fence."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Done
from conferral.contracts.rpc import publishing as contract
from services.credential_store.adapters.publications import Chunks
from services.credential_store.domain.timing import Timing
from services.credential_store.handlers.publishing import DESIGN_MISSING, hand_back_chunk, record_published
from services.credential_store.handlers.sweep import sweep, sweep_chunks
from tests.support.publishing import World, new_world, recording


class Cut(Exception):
    """The process died here."""


def cut_after(monkeypatch: pytest.MonkeyPatch, owner: Any, method: str) -> None:
    """Let a repository's method do its work and then die, once."""
    original = getattr(owner, method)

    def once(*arguments: Any, **options: Any) -> Any:
        original(*arguments, **options)
        monkeypatch.setattr(owner, method, original)
        raise Cut

    monkeypatch.setattr(owner, method, once)


def stored(world: World) -> tuple[int, ...]:
    """Return how much of everything there is."""
    names = ("publication_chunks", "versions", "public", "deliveries", "outbox", "audit")
    return tuple(len(world.rows(name)) for name in names)


def hand_back(world: World, chunk: contract.Chunk, reason: str, seconds: float) -> None:
    request = contract.HandBackChunk(
        actor=Actor(service="publisher"),
        publication_id=chunk.publication_id,
        chunk=chunk.chunk,
        fence=chunk.fence,
        reason=reason,
        seconds=seconds,
    )
    hand_back_chunk(world.context, request)


def test_a_second_confirm_publishes_nothing_twice(world: World) -> None:
    pairs = world.create(3)
    publication_id = world.publish(pairs)
    world.publish(pairs, publication_id)
    world.expand()
    world.publish(pairs, publication_id)
    world.expand()
    assert len(world.rows("publications")) == 1
    assert len(world.rows("publication_chunks")) == 1
    assert len([row for row in world.rows("audit") if row["action"] == "request_publication"]) == 1


def test_confirms_at_the_same_moment_are_one(world: World) -> None:
    pairs, publication_id = world.create(3), new_id()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: world.publish(pairs, publication_id), range(4)))
    assert len(world.rows("publications")) == 1


def test_a_colleagues_confirm_of_the_same_credentials_skips_them(world: World) -> None:
    pairs = world.create(3)
    first, second = world.publish(pairs), world.publish(pairs)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: world.expand(), range(2)))
    counts = [world.summary(one).counts for one in (first, second)]
    assert sorted((one.queued, one.skipped) for one in counts) == [(0, 3), (3, 0)]
    assert len(world.rows("outbox", kind="command")) == 1


def test_changed_incomplete_deleted_and_foreign_credentials_stay_behind(world: World) -> None:
    pairs = world.create(4)
    stranger = new_world(world.application, world.database)
    [foreign] = stranger.create(1)
    rows = world.database.collection("credentials")
    owner = {"organisation_id": world.organisation_id}
    publication_id = world.publish([*pairs, foreign, (new_id(), 1)])
    rows.update_one({"_id": pairs[0][0], **owner}, {"$inc": {"revision": 1}})
    rows.update_one({"_id": pairs[1][0], **owner}, {"$set": {"incomplete": True}})
    rows.delete_one({"_id": pairs[2][0], **owner})
    world.expand()
    counts = world.summary(publication_id).counts
    assert (counts.selected, counts.skipped, counts.queued) == (6, 5, 1)
    assert stranger.rows("credentials")[0]["state"] == "draft"


def test_a_publication_of_nothing_but_skipped_ones_is_finished(world: World) -> None:
    [(credential_id, _)] = world.create(1)
    publication_id = world.publish([(credential_id, 7)])
    world.expand()
    sweep(world.relay, "sweeper")
    assert world.summary(publication_id).status == "finished"
    assert world.rows("publications")[0]["status"] == "finished"


def test_unknown_and_foreign_publications_are_answered_alike(world: World) -> None:
    stranger = new_world(world.application, world.database)
    foreign = stranger.publish(stranger.create(1))
    complaints = set()
    for publication_id in (foreign, new_id()):
        with pytest.raises(NotFound) as caught:
            world.summary(publication_id)
        complaints.add(str(caught.value))
        with pytest.raises(NotFound):
            world.load(publication_id)
    assert len(complaints) == 1
    with pytest.raises(NotFound):
        world.publish([(new_id(), 1)])


def test_a_publication_says_who_asked_for_it_by_name(world: World) -> None:
    [owner] = world.rows("memberships")
    asked = replace(world, actor_id=owner["person_id"])
    publication_id = asked.publish(asked.create(1))
    assert world.summary(publication_id).requested_by == "Grace Example"
    assert world.rows("publications")[0]["requested_by"] == owner["person_id"]


def test_an_expander_goes_on_where_another_died(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = world.create(230)
    publication_id = world.publish(pairs)
    assert stored(world)[0] == 0
    cut_after(monkeypatch, Chunks, "add")  # in the middle of a transaction
    with pytest.raises(Cut):
        world.expand()
    assert stored(world)[0] == 0
    assert {row["state"] for row in world.rows("credentials")} == {"draft"}
    assert world.expand() == 0  # the dead one's lease holds

    assert world.later(Timing().expander_lease + 1).expand() == 3
    credentials = world.rows("credentials")
    assert {row["state"] for row in credentials} == {"queued"}
    assert world.summary(publication_id).counts.queued == 230
    frozen = [item for row in world.rows("chunk_items") for item in row["items"]]
    assert {item["credential_id"] for item in frozen} == {pair[0] for pair in pairs}
    assert len({item["status_list_index"] for item in frozen}) == 230
    assert len(world.rows("outbox", kind="command")) == 3


def test_two_expanders_at_once_make_each_chunk_once(world: World) -> None:
    pairs = world.create(250)
    publication_id = world.publish(pairs)
    hasty = replace(world, timing=Timing(expander_lease=0.0))  # nobody's lease keeps anybody out
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: hasty.expand(), range(2)))
    hasty.later(1).expand()
    chunks = world.rows("publication_chunks")
    assert sorted(row["chunk"] for row in chunks) == [0, 1, 2]
    assert sum(row["size"] for row in chunks) == 250
    assert world.summary(publication_id).counts.skipped == 0


def test_a_chunk_is_loaded_by_one_of_two(world: World) -> None:
    publication_id = world.publish(world.create(3))
    world.expand()
    with ThreadPoolExecutor(2) as pool:
        loaded = list(pool.map(lambda _: world.load(publication_id), range(2)))
    assert sorted(len(chunk.items) for chunk in loaded) == [0, 3]
    assert {row["state"] for row in world.rows("credentials")} == {"rendering"}
    assert world.load(publication_id).items == ()


def test_a_second_command_for_what_is_being_rendered_takes_it_from_nobody(world: World) -> None:
    """A message is a hint: whoever renders the chunk goes on to hold it, however often it is commanded."""
    publication_id = world.publish(world.create(3))
    world.expand()
    chunk = world.load(publication_id)
    assert world.load(publication_id).items == ()
    world.record(chunk)
    assert world.summary(publication_id).counts.published == 3


def test_recording_twice_changes_nothing(world: World) -> None:
    publication_id = world.publish(world.create(3))
    world.expand()
    chunk = world.load(publication_id)
    world.record(chunk)
    before = stored(world)
    assert record_published(world.context, recording(chunk)) == Done()
    assert stored(world) == before
    assert world.summary(publication_id).counts.published == 3


def test_recording_twice_at_once_publishes_once(world: World) -> None:
    publication_id = world.publish(world.create(5))
    world.expand()
    request = recording(world.load(publication_id))

    def attempt(_: int) -> str:
        try:
            record_published(world.context, request)
        except Conflict:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(3) as pool:
        assert "done" in set(pool.map(attempt, range(3)))
    assert len(world.rows("versions")) == len(world.rows("deliveries")) == 5
    assert world.summary(publication_id).counts.published == 5


@pytest.mark.parametrize("step", ["chunks", "credentials", "versions", "public", "deliveries"])
def test_a_store_that_dies_while_recording_records_all_or_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    publication_id = world.publish(world.create(3))
    world.expand()
    chunk, before = world.load(publication_id), stored(world)
    method = {"chunks": "change", "credentials": "change", "public": "put"}.get(step, "add")
    cut_after(monkeypatch, type(getattr(world.application.store.publishing, step)), method)
    with pytest.raises(Cut):
        world.record(chunk)
    assert stored(world) == before
    assert {row["state"] for row in world.rows("credentials")} == {"rendering"}
    world.record(chunk)
    assert world.summary(publication_id).counts.published == 3
    assert len({row["credential_id"] for row in world.rows("deliveries")}) == 3


def test_a_command_leaves_with_its_transaction_or_not_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    publication_id = world.publish(world.create(3))
    world.expand()
    chunk = world.load(publication_id)
    before = {row["_id"] for row in world.rows("outbox")}
    # the last thing that the transaction does
    cut_after(monkeypatch, type(world.application.store.outbox), "add_events")
    with pytest.raises(Cut):
        world.record(chunk)
    assert {row["_id"] for row in world.rows("outbox")} == before
    world.record(chunk)
    bodies = [row["body"] for row in world.rows("outbox") if row["_id"] not in before and row["kind"] == "command"]
    assert [len(body["delivery_ids"]) for body in bodies] == [3]


def test_a_stale_fence_changes_nothing(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    stale = world.load(publication_id)
    late = world.later(Timing().chunk_lease + 1)
    assert sweep_chunks(late.relay) == 1
    assert {row["state"] for row in world.rows("credentials")} == {"queued"}
    fresh = late.load(publication_id)
    assert (len(fresh.items), fresh.fence) == (2, stale.fence + 1)
    before = stored(world)
    with pytest.raises(Conflict):
        world.record(stale)
    hand_back(late, stale, "stopping", 0)
    assert stored(world) == before
    late.record(fresh)
    with pytest.raises(Conflict):
        world.record(stale)
    assert len(world.rows("versions")) == 2


def test_a_second_rendering_is_given_what_the_first_was(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    first = world.load(publication_id)
    hand_back(world, first, "stopping", 0)
    second = world.load(publication_id)
    same = [item.model_copy(update={"revision": 0}) for item in first.items]
    assert [item.model_copy(update={"revision": 0}) for item in second.items] == same
    assert second.organisation == first.organisation


def test_failed_credentials_say_why_and_can_be_published_again(world: World) -> None:
    pairs = world.create(3)
    publication_id = world.publish(pairs)
    world.expand()
    world.record(world.load(publication_id), failed=[pairs[0][0]])
    counts = world.summary(publication_id).counts
    assert (counts.published, counts.failed) == (2, 1)
    [failed] = world.rows("credentials", state="failed")
    assert failed["failure"] == "A glyph is missing."
    assert world.rows("public", _id=failed["_id"]) == []

    world.publish_all([(failed["_id"], failed["revision"])])
    [credential] = world.rows("credentials", _id=failed["_id"])
    assert (credential["state"], credential["failure"]) == ("published", None)


def test_a_credential_that_the_publisher_forgets_has_failed(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    request = recording(world.load(publication_id))
    record_published(world.context, request.model_copy(update={"published": request.published[:1]}))
    assert world.summary(publication_id).counts.failed == 1


def test_a_chunk_handed_back_at_once_is_commanded_at_once(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    hand_back(world, world.load(publication_id), "stopping", 0)
    assert len(world.rows("outbox", kind="command")) == 2
    assert len(world.load(publication_id).items) == 2


def test_a_chunk_handed_back_for_a_while_is_not_loaded_before(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    hand_back(world, world.load(publication_id), "busy", 20)
    assert world.load(publication_id).items == ()
    assert sweep_chunks(world.relay) == 0
    late = world.later(21)
    world.database.collection("outbox").delete_many({})  # what was said before is gone
    assert sweep_chunks(late.relay) == 1
    assert len(world.rows("outbox", kind="command")) == 1
    assert len(late.load(publication_id).items) == 2


def test_a_design_that_nobody_has_fails_after_an_hour(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    hand_back(world, world.load(publication_id), "design_not_installed", 5)
    late = world.later(1800)
    hand_back(late, late.load(publication_id), "design_not_installed", 5)
    assert world.summary(publication_id).counts.failed == 0
    later = late.later(7200)
    hand_back(later, later.load(publication_id), "design_not_installed", 5)
    assert world.summary(publication_id).counts.failed == 2
    assert {row["failure"] for row in world.rows("credentials")} == {DESIGN_MISSING}
    assert world.rows("chunk_items") == []


def test_a_chunk_that_kills_each_publisher_fails_in_the_end(world: World) -> None:
    frail = replace(world, timing=Timing(most_renderings=3, backoff=(1.0,)))
    publication_id = frail.publish(frail.create(1))
    frail.expand()
    moment = frail
    for _ in range(3):
        assert len(moment.load(publication_id).items) == 1
        moment = moment.later(61)
        sweep_chunks(moment.relay)
        moment = moment.later(2)
    assert frail.summary(publication_id).counts.failed == 1


def test_a_lost_publish_command_is_sent_again_but_not_while_the_first_waits(world: World) -> None:
    publication_id = world.publish(world.create(1))
    world.expand()
    late = world.later(Timing().redrive + 1)
    assert sweep_chunks(late.relay) == 0  # the outbox still holds it
    world.database.collection("outbox").delete_many({})
    later = late.later(2 * Timing().redrive + 1)
    assert sweep_chunks(later.relay) == 1
    [command] = world.rows("outbox", kind="command")
    assert command["body"]["publication_id"] == publication_id
