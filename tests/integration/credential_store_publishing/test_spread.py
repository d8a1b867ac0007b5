"""What a changed group carries on to credentials that exist already, and to emails."""

from typing import Any

import pytest

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import designs, groups
from services.credential_store.handlers import spread
from services.credential_store.handlers.designs import amend_design, create_design
from services.credential_store.handlers.groups import amend_group, get_group
from tests.support.publishing import ACTOR, World


def amend(world: World, **fields: Any) -> None:
    group_id = world.group_ids[0]
    found = get_group(world.context, groups.GetGroup(actor=ACTOR, group_id=group_id)).group
    content = found.content.model_copy(update=fields)
    amend_group(
        world.context,
        groups.AmendGroup(actor=ACTOR, group_id=group_id, revision=found.revision, content=content),
    )


def visibilities(world: World) -> list[str]:
    return sorted(row["visibility"] for row in world.rows("public", organisation_id=world.organisation_id))


def demanding_design(world: World) -> str:
    design_id = new_id()
    request = groups.CreateDesign(
        actor=ACTOR,
        design_id=design_id,
        name="Demanding",
        plugin_id="minimal",
        plugin_version="1.0",
        options={},
        required_attributes=("membership_number",),
    )
    create_design(world.context, request)
    return design_id


def test_published_pages_follow_their_groups_visibility_piece_by_piece(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(spread, "PIECE", 3)
    world.publish_all(world.create(7))
    world.publish_all(world.create(2, group=1))
    amend(world, visibility="public")
    assert set(visibilities(world)) == {"unlisted"}
    steps = iter([False, True])  # stops in mid-way, as a process that is told to end does
    assert spread.spread_due(world.relay, lambda: next(steps)) == 1
    assert visibilities(world).count("public") == 3
    assert spread.spread_due(world.relay) == 0, "it is held until the lease is out"
    assert spread.spread_due(world.later(60).relay) == 2
    assert visibilities(world) == ["public"] * 7 + ["unlisted"] * 2
    assert spread.spread_due(world.later(600).relay) == 0


def test_another_change_in_mid_way_begins_anew_and_wins(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(spread, "PIECE", 3)
    world.publish_all(world.create(4))
    amend(world, visibility="public")
    steps = iter([False, True])
    spread.spread_due(world.relay, lambda: next(steps))
    amend(world, visibility="unlisted")
    spread.spread_due(world.relay)
    assert set(visibilities(world)) == {"unlisted"}


def test_what_was_on_its_way_when_the_group_changed_is_published_as_the_group_says_now(world: World) -> None:
    publication_id = world.publish(world.create(2))
    world.expand()
    chunk = world.load(publication_id)
    amend(world, visibility="public")
    assert spread.spread_due(world.relay) == 1
    world.record(chunk)
    assert visibilities(world) == ["public", "public"]


def test_a_second_round_finds_what_was_recorded_in_the_same_moment(world: World) -> None:
    publication_id = world.publish(world.create(1))
    world.expand()
    chunk = world.load(publication_id)
    amend(world, visibility="public")
    spread.spread_due(world.relay)
    world.record(chunk)
    public = world.database.collection("public")
    public.update_many({"organisation_id": world.organisation_id}, {"$set": {"visibility": "unlisted"}})
    assert spread.spread_due(world.later(30).relay) == 0
    assert spread.spread_due(world.later(120).relay) == 1
    assert visibilities(world) == ["public"]
    assert spread.spread_due(world.later(600).relay) == 0


def test_a_change_of_nothing_that_credentials_follow_leaves_the_relay_alone(world: World) -> None:
    world.publish_all(world.create(1))
    amend(world, description="Other words.")
    assert spread.spread_due(world.relay) == 0


def test_drafts_become_incomplete_with_a_design_that_asks_for_more_and_complete_again(world: World) -> None:
    pairs = world.create(2)
    before = world.rows("groups", _id=world.group_ids[0])[0]["content"]["design_id"]
    amend(world, design_id=demanding_design(world))
    spread.spread_due(world.relay)
    drafts = world.rows("credentials", group_id=world.group_ids[0])
    assert [(draft["incomplete"], draft["revision"]) for draft in drafts] == [(True, 1)] * 2
    publication_id = world.publish(pairs)
    world.expand()
    assert world.summary(publication_id).counts.skipped == 2
    amend(world, design_id=before)
    spread.spread_due(world.relay)
    assert not any(draft["incomplete"] for draft in world.rows("credentials", group_id=world.group_ids[0]))


def test_a_design_that_asks_for_more_than_before_makes_the_drafts_of_all_its_groups_incomplete(world: World) -> None:
    world.create(1)
    world.create(1, group=1)
    design_id = world.rows("groups", _id=world.group_ids[0])[0]["content"]["design_id"]
    change = designs.AmendDesign(
        actor=ACTOR,
        design_id=design_id,
        revision=1,
        name="Plain",
        plugin_version="2.0",
        options={},
        required_attributes=("membership_number",),
    )
    amend_design(world.context, change)
    spread.spread_due(world.relay)
    assert all(draft["incomplete"] for draft in world.rows("credentials"))


@pytest.mark.parametrize("own", [True, False])
def test_an_email_is_from_whom_its_group_names_else_from_the_organisation(world: World, *, own: bool) -> None:
    if own:
        amend(world, sender_name="Night School", reply_to="school@example.org")
    world.publish_all(world.create(1))
    (claimed,) = world.claim([world.rows("deliveries")[0]["_id"]])
    organisation = world.rows("organisations")[0]
    if own:
        assert (claimed.from_name, claimed.reply_to) == ("Night School", "school@example.org")
    else:
        assert (claimed.from_name, claimed.reply_to) == (organisation["sender_name"], organisation.get("reply_to"))
    assert claimed.from_address == organisation["sender_address"]
