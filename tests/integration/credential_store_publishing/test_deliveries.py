"""Deliveries: claimed once, begun before the dot, ended once, swept when a mailer dies."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.rpc.accounts import CreateOrganisation, RequestPasswordReset
from services.credential_store.domain.deliveries import requeue
from services.credential_store.domain.scope import of_system
from services.credential_store.domain.timing import Timing
from services.credential_store.handlers.organisations import create_organisation
from services.credential_store.handlers.passwords import request_password_reset
from services.credential_store.handlers.sweep import sweep_deliveries
from services.credential_store.ports import Duplicate
from tests.support.publishing import ACTOR, World, new_world, result


@pytest.fixture
def published(world: World) -> tuple[World, str, list[str]]:
    publication_id = world.publish_all(world.create(4))
    return world, publication_id, [row["_id"] for row in world.rows("deliveries")]


Published = tuple[World, str, list[str]]


def states(world: World) -> list[str]:
    return sorted(row["state"] for row in world.rows("deliveries"))


def set_fields(world: World, collection: str, changes: dict[str, Any], **conditions: Any) -> None:
    owner = "_id" if collection == "organisations" else "organisation_id"
    world.database.collection(collection).update_many({owner: world.organisation_id, **conditions}, {"$set": changes})


def test_each_delivery_is_claimed_by_one_of_two(published: Published) -> None:
    world, _, ids = published
    with ThreadPoolExecutor(2) as pool:
        claims = list(pool.map(lambda _: world.claim(ids), range(2)))
    assert sorted(one.delivery_id for claim in claims for one in claim) == sorted(ids)
    assert world.claim(ids) == []


def test_what_is_claimed_can_be_sent_as_it_is(published: Published) -> None:
    world, _, ids = published
    for claimed in world.claim(ids):
        assert claimed.message_id == f"<{claimed.delivery_id}@example.org>"
        assert "?d=" in claimed.values["credential_url"]
        assert claimed.values["recipient_name"] == claimed.to_name
        assert claimed.kind == "credential"
        assert claimed.fence == 1


def failing(world: World) -> set[str]:
    return {row["address"] for row in world.rows("failing_addresses")}


def test_an_address_fails_until_a_later_email_to_it_is_accepted(world: World) -> None:
    world.publish_all(world.create(3))
    one, other, third = world.claim([row["_id"] for row in world.rows("deliveries")])
    world.advance(begin=[one, other, third])
    world.advance([result(one, "failed"), result(other, "sent"), result(third, "unconfirmed")])
    assert failing(world) == {one.to_address.casefold()}
    known = {row["_id"] for row in world.rows("deliveries")}
    world.publish_all(world.create(1))
    (later,) = (row["_id"] for row in world.rows("deliveries") if row["_id"] not in known)
    set_fields(world, "deliveries", {"to_address": one.to_address.upper()}, _id=later)
    (claimed,) = world.claim([later])
    world.advance(begin=[claimed])
    world.advance([result(claimed, "sent")])
    assert failing(world) == set()
    stranger = new_world(world.application, world.database)
    assert failing(stranger) == set()


def test_an_address_that_failed_in_one_organisation_fails_in_no_other(published: Published) -> None:
    world, _, ids = published
    claimed = world.claim(ids)
    world.advance(begin=claimed)
    world.advance([result(one, "failed") for one in claimed])
    addresses = [one.to_address.casefold() for one in claimed]
    among = world.application.store.publishing.addresses.among
    assert among(world.context.organisation, [*addresses, "somebody@example.org"]) == set(addresses)
    stranger = new_world(world.application, world.database)
    assert among(stranger.context.organisation, addresses) == set()


def test_strangers_claim_nothing(published: Published) -> None:
    world, _, ids = published
    stranger = new_world(world.application, world.database)
    assert stranger.claim(ids) == []
    assert stranger.advance(begin=world.claim(ids)) == ()
    assert states(world) == ["claimed"] * 4


def test_every_outcome_is_counted_and_shown(published: Published) -> None:
    world, publication_id, ids = published
    sent, failed, unconfirmed, put_off = claimed = world.claim(ids)
    assert len(world.advance(begin=claimed)) == 4
    results = [
        result(sent, "sent"),
        result(failed, "failed"),
        result(unconfirmed, "unconfirmed"),
        result(put_off, "retry"),
    ]
    world.advance(results)
    world.advance(results)  # the answer was lost: told again
    counts = world.summary(publication_id).counts
    assert (counts.emails_sent, counts.emails_failed, counts.emails_unconfirmed) == (1, 1, 1)
    assert world.summary(publication_id).status == "running"
    assert states(world) == ["failed", "queued", "sent", "unconfirmed"]
    shown = sorted(row["delivery_state"] for row in world.rows("credentials"))
    assert shown == ["failed", "queued", "sent", "unconfirmed"]
    [event] = world.rows("outbox", routing_key="emails.accepted")
    assert event["body"]["delivery_ids"] == [sent.delivery_id]


def test_an_email_that_was_put_off_is_claimed_again_when_due(published: Published) -> None:
    world, _, ids = published
    claimed = world.claim(ids)
    world.advance(begin=claimed)
    world.advance([result(one, "retry", retry_after=100.0) for one in claimed])
    assert world.later(99).claim(ids) == []
    late = world.later(101)
    world.database.collection("outbox").delete_many({})
    sweep_deliveries(late.relay)
    [command] = world.rows("outbox", kind="command")
    assert sorted(command["body"]["delivery_ids"]) == sorted(ids)
    again = late.claim(ids)
    assert [one.fence for one in again] == [2] * 4
    assert {one.message_id for one in again} == {one.message_id for one in claimed}


def test_what_was_not_tried_goes_back_without_an_attempt(published: Published) -> None:
    world, _, ids = published
    claimed = world.claim(ids)
    world.advance([result(one, "release") for one in claimed])
    assert {row["attempts"] for row in world.rows("deliveries")} == {0}
    assert len(world.claim(ids)) == 4


def test_a_stale_fence_neither_begins_nor_ends_anything(published: Published) -> None:
    world, publication_id, ids = published
    stale = world.claim(ids)
    late = world.later(Timing().claim_lease + 1)
    assert sweep_deliveries(late.relay) == 4
    assert world.advance(begin=stale) == ()
    fresh = late.claim(ids)
    assert world.advance(begin=stale) == ()
    world.advance([result(one, "sent") for one in stale])
    assert states(world) == ["claimed"] * 4
    assert len(late.advance(begin=fresh)) == 4
    assert world.summary(publication_id).counts.emails_sent == 0


def test_a_move_that_was_decided_on_what_has_moved_since_changes_nothing(published: Published) -> None:
    """As a sweeper decides that claims have run out, in the moment in which their mailer begins."""
    world, _, ids = published
    claimed = world.claim(ids)
    seen = world.rows("deliveries")
    world.advance(begin=claimed)
    moves = [requeue(row, world.now(), 0.0) for row in seen]
    assert world.application.store.publishing.deliveries.move(world.context.organisation, moves) == 0
    assert states(world) == ["sending"] * 4


def test_beginning_twice_lets_the_dot_leave_once(published: Published) -> None:
    world, _, ids = published
    claimed = world.claim(ids)
    with ThreadPoolExecutor(2) as pool:
        begun = list(pool.map(lambda _: world.advance(begin=claimed), range(2)))
    assert sorted(len(one) for one in begun) == [0, 4]


def test_an_end_that_nobody_recorded_is_unconfirmed_and_not_sent_again(published: Published) -> None:
    world, publication_id, ids = published
    claimed = world.claim(ids)
    world.advance(begin=claimed)
    late = world.later(Timing().sending_lease + 1)
    assert sweep_deliveries(late.relay) == 4
    assert world.summary(publication_id).counts.emails_unconfirmed == 4
    assert late.claim(ids) == []
    # The mailer was slow, not dead: its evidence counts.
    late.advance([result(claimed[0], "sent")])
    late.advance([result(claimed[1], "retry")])
    assert states(world) == ["sent", "unconfirmed", "unconfirmed", "unconfirmed"]
    counts = world.summary(publication_id).counts
    assert (counts.emails_sent, counts.emails_unconfirmed) == (1, 3)


def reset_asked_for(world: World) -> tuple[World, str]:
    """Have a reset's email queued; return the installation's own world, and the delivery's id."""
    request = CreateOrganisation(
        actor=ACTOR, name="Sandbar School", owner_name="Olive Example", owner_email=f"{new_id()}@example.org"
    )
    context = replace(world.relay, scope=of_system("reset"))
    create_organisation(context, request)
    request_password_reset(
        context, RequestPasswordReset(actor=ACTOR, email=request.owner_email, client_address=new_id())
    )
    installation = replace(world, organisation_id=INSTALLATION)
    (delivery,) = installation.rows("deliveries", to_address=request.owner_email)
    return installation, delivery["_id"]


@pytest.mark.parametrize("outcome", ["sent", "failed", "unconfirmed"])
def test_a_resets_link_is_forgotten_when_its_email_has_ended_however_it_did(world: World, outcome: Any) -> None:
    installation, delivery_id = reset_asked_for(world)
    claimed = installation.claim([delivery_id])
    assert "/reset/" in claimed[0].values["reset_url"]
    installation.advance([result(claimed[0], "retry")])
    late = installation.later(10_000)
    claimed = late.claim([delivery_id])
    assert "/reset/" in claimed[0].values["reset_url"], "it is needed for as long as it may be sent"
    late.advance(begin=claimed)
    late.advance([result(claimed[0], outcome)])
    (ended,) = installation.rows("deliveries", _id=delivery_id)
    assert ended["state"] == outcome
    assert "values" not in ended
    assert "/reset/" not in str(ended)


def test_a_resets_link_is_forgotten_when_its_mailer_died(world: World) -> None:
    installation, delivery_id = reset_asked_for(world)
    claimed = installation.claim([delivery_id])
    installation.advance(begin=claimed)
    late = installation.later(Timing().sending_lease + 1)
    assert sweep_deliveries(late.relay) >= 1
    (ended,) = installation.rows("deliveries", _id=delivery_id)
    assert (ended["state"], "values" in ended) == ("unconfirmed", False)
    late.advance([result(claimed[0], "sent")])  # the mailer was slow, not dead
    assert [row["state"] for row in installation.rows("deliveries", _id=delivery_id)] == ["sent"]


def test_a_credentials_email_keeps_what_it_said(published: Published) -> None:
    world, _, ids = published
    claimed = world.claim(ids)
    world.advance(begin=claimed)
    world.advance([result(one, "sent") for one in claimed])
    assert all("?d=" in row["values"]["credential_url"] for row in world.rows("deliveries"))


def test_mail_on_hold_stays_queued(published: Published) -> None:
    world, _, ids = published
    claimed = world.claim(ids[:2])
    set_fields(world, "organisations", {"hold_mail": True})
    assert world.claim(ids) == []
    assert world.advance(begin=claimed) == ()
    assert states(world) == ["queued"] * 4
    set_fields(world, "organisations", {"hold_mail": False})
    assert len(world.later(60).claim(ids)) == 4


def test_what_must_not_be_sent_any_more_is_cancelled_with_its_reason(published: Published) -> None:
    world, publication_id, ids = published
    claimed = world.claim(ids)
    rows = {row["_id"]: row for row in world.rows("deliveries")}
    revoked, blocked = rows[claimed[0].delivery_id], rows[claimed[1].delivery_id]
    set_fields(world, "credentials", {"state": "revoked"}, _id=revoked["credential_id"])
    world.database.collection("suppressions").insert_one(
        {"_id": new_id(), "organisation_id": world.organisation_id, "address": blocked["to_address"]}
    )
    assert set(world.advance(begin=claimed)) == {one.delivery_id for one in claimed[2:]}
    assert states(world) == ["cancelled", "cancelled", "sending", "sending"]
    reasons = {row["server"] for row in world.rows("deliveries", state="cancelled")}
    assert len(reasons) == 2
    assert world.summary(publication_id).counts.emails_cancelled == 2


def test_an_amendment_in_the_making_does_not_stop_the_published_ones_email(published: Published) -> None:
    world, _, ids = published
    set_fields(world, "credentials", {"state": "draft"})
    assert len(world.advance(begin=world.claim(ids))) == 4


def test_a_lost_deliver_command_is_sent_again_but_not_while_the_first_waits(published: Published) -> None:
    world, _, ids = published
    late = world.later(Timing().redrive + 1)
    assert sweep_deliveries(late.relay) == 0
    world.database.collection("outbox").delete_many({})
    later = late.later(2 * Timing().redrive + 1)
    assert sweep_deliveries(later.relay) == 4
    [command] = world.rows("outbox")
    assert sorted(command["body"]["delivery_ids"]) == sorted(ids)


def test_the_database_refuses_a_second_email_of_the_same_ordinal(published: Published) -> None:
    world, _, _ = published
    row = world.rows("deliveries")[0]
    store = world.application.store
    with pytest.raises(Duplicate):
        store.transaction(
            lambda session: store.publishing.deliveries.add(
                world.context.organisation, [{**row, "_id": new_id()}], session=session
            )
        )
    assert len(world.rows("deliveries")) == 4
