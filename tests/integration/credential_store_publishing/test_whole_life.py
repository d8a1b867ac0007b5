"""From Confirm to the last accepted email, by calling the handlers as the other services do."""

from datetime import UTC, datetime

from services.credential_store.handlers.sweep import sweep
from tests.support.publishing import World, result


def test_a_publication_goes_from_confirm_to_its_last_email(world: World) -> None:
    pairs = world.create(7) + world.create(3, group=1)
    publication_id = world.publish(pairs)
    assert world.summary(publication_id).status == "expanding"

    assert world.expand() == 2  # a chunk is of one group
    assert world.summary(publication_id).counts.queued == 10
    for number in (0, 1):
        world.record(world.load(publication_id, number))
    assert world.summary(publication_id).counts.published == 10

    claimed = world.claim(row["_id"] for row in world.rows("deliveries"))
    assert len(claimed) == 10
    assert set(world.advance(begin=claimed)) == {one.delivery_id for one in claimed}
    world.advance(results=[result(one, "sent") for one in claimed])

    summary = world.summary(publication_id)
    assert summary.status == "finished"
    assert summary.counts.emails_sent == 10
    sweep(world.relay, "sweeper")
    [publication] = world.rows("publications")
    assert publication["status"] == "finished"
    assert {row["delivery_state"] for row in world.rows("credentials")} == {"sent"}


def test_what_is_published_is_what_was_frozen(world: World) -> None:
    [(credential_id, _)] = world.create(2)[1:]
    world.publish_all([(credential_id, 1)])

    [credential] = world.rows("credentials", _id=credential_id)
    [version] = world.rows("versions")
    [public] = world.rows("public")
    [delivery] = world.rows("deliveries")
    assert credential["state"] == "published"
    assert credential["published_version"] == version["number"] == public["version"] == 1
    assert credential["url"] == public["url"] == f"http://127.0.0.1:8801/c/{credential_id}"
    assert "frozen" not in credential
    # 23 November 2027 ends in Auckland (13 hours ahead of UTC) while it still is the 23rd in Greenwich.
    assert version["valid_until"] == datetime(2027, 11, 23, 10, 59, 59, 999000, tzinfo=UTC)
    assert version["valid_from"] == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert version["key_id"].startswith("did:web:")
    assert delivery["message_id"] == f"<{delivery['_id']}@example.org>"
    assert delivery["values"]["credential_url"] == f"{public['url']}?d={delivery['link_token']}"
    assert delivery["from_address"] == "credentials@example.org"


def test_counters_of_the_group_follow(world: World) -> None:
    world.publish_all(world.create(5)[:3])
    counts = world.application.store.counters.of_groups(world.context.organisation)
    assert counts[world.group_ids[0]] == (2, 3)


def test_an_amended_credential_is_published_as_its_next_version(world: World) -> None:
    [(credential_id, _)] = world.create(1)
    world.publish_all([(credential_id, 1)])
    rows = world.database.collection("credentials")
    organisation = {"organisation_id": world.organisation_id}
    rows.update_one({"_id": credential_id, **organisation}, {"$set": {"state": "draft", "content.name": "Amended"}})
    [credential] = world.rows("credentials")
    world.publish_all([(credential_id, credential["revision"])], tell_again=True)

    [public] = world.rows("public")
    assert (public["version"], public["recipient_name"]) == (2, "Amended")
    versions = {row["number"]: row for row in world.rows("versions")}
    assert "superseded_at" in versions[1]
    assert "superseded_at" not in versions[2]
    assert sorted(row["ordinal"] for row in world.rows("deliveries")) == [1, 2]
    indexes = [row["status_list_index"] for row in versions.values()]
    assert len(set(indexes)) == 2
    counts = world.application.store.counters.of_groups(world.context.organisation)
    assert counts[world.group_ids[0]] == (0, 1)
