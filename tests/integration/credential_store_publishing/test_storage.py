"""What a published credential costs."""

from bson import BSON

from tests.support.publishing import World, result

MOST_BYTES = 12_000


def test_a_published_credential_costs_at_most_twelve_kilobytes(world: World) -> None:
    count = 20
    publication_id = world.publish_all(world.create(count))
    claimed = world.claim(row["_id"] for row in world.rows("deliveries"))
    world.advance(begin=claimed)
    world.advance([result(one, "sent") for one in claimed])
    world.database.collection("outbox").delete_many({})
    sizes = {
        name: sum(len(BSON.encode(row)) for row in world.rows(name)) / count
        for name in (
            "credentials",
            "versions",
            "public",
            "deliveries",
            "selections",
            "publications",
            "publication_chunks",
            "chunk_items",
            "audit",
        )
    }
    print({name: round(size) for name, size in sizes.items()}, round(sum(sizes.values())))  # noqa: T201 - a figure
    assert world.summary(publication_id).status == "finished"
    assert sum(sizes.values()) <= MOST_BYTES
