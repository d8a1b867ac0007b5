"""Retry is for all that failed in a publication, however many pages and chunks they are on."""

import pytest

from conferral.contracts.errors import InvalidInput, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import publications, selections
from services.credential_store.handlers.publications import request_publication
from services.credential_store.handlers.selections import freeze_selection
from tests.support.publishing import ACTOR, World


def failing_publication(world: World, count: int, *, healthy: int = 0) -> tuple[str, list[str]]:
    """Publish, with every credential but some failing; return the publication and who failed."""
    publication_id = world.publish(world.create(count))
    while world.expand():
        pass
    failed: list[str] = []
    for stored in world.rows("publication_chunks", publication_id=publication_id):
        chunk = world.load(publication_id, stored["chunk"])
        bad = [item.credential_id for item in chunk.items][healthy:]
        world.record(chunk, bad)
        failed += bad
    return publication_id, failed


def freeze(world: World, publication_id: str) -> selections.SelectionFrozen:
    request = selections.FreezeSelection(actor=ACTOR, purpose="publish", publication_id=publication_id)
    return freeze_selection(world.context, request)


def test_all_that_failed_are_published_by_one_more_publication(world: World) -> None:
    first, failed = failing_publication(world, 250, healthy=5)
    assert len(failed) == 235
    frozen = freeze(world, first)
    assert (frozen.selected, frozen.left, frozen.groups) == (235, 0, (world.group_ids[0],))
    second = new_id()
    request_publication(
        world.context,
        publications.RequestPublication(actor=ACTOR, publication_id=second, selection_id=frozen.selection_id),
    )
    while world.expand():
        pass
    for stored in world.rows("publication_chunks", publication_id=second):
        world.record(world.load(second, stored["chunk"]))
    assert (world.summary(second).counts.selected, world.summary(second).counts.published) == (235, 235)
    assert {row["state"] for row in world.rows("credentials")} == {"published"}
    settled = freeze(world, first)
    assert (settled.selected, settled.left) == (0, 235)


def test_what_failed_again_elsewhere_or_is_unpublished_again_is_not_retried_with_the_first(world: World) -> None:
    first, failed = failing_publication(world, 3)
    rows = world.database.collection("credentials")
    owner = {"organisation_id": world.organisation_id}
    rows.update_one({**owner, "_id": failed[0]}, {"$set": {"state": "draft"}})
    rows.update_one({**owner, "_id": failed[1]}, {"$set": {"publication_id": new_id()}})
    frozen = freeze(world, first)
    assert (frozen.selected, frozen.left) == (1, 2)


def test_a_publication_of_nobody_and_two_wishes_at_once_are_refused(world: World) -> None:
    with pytest.raises(NotFound):
        freeze(world, new_id())
    request = selections.FreezeSelection(
        actor=ACTOR, purpose="publish", publication_id=new_id(), credentials=((new_id(), 1),)
    )
    with pytest.raises(InvalidInput):
        freeze_selection(world.context, request)
