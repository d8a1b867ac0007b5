"""The publisher's handler with the real store's handlers and real design processes."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from conferral.contracts.canonical import digest_of
from conferral.contracts.commands import PublishChunk
from conferral.contracts.edition import Edition, EmailTemplate, FontManifest
from conferral.contracts.errors import Unavailable
from conferral.contracts.ids import new_id
from conferral.contracts.operation import A, Operation, Q
from conferral.contracts.public import PublicCredential
from conferral.contracts.rpc.publishing import RECORD_PUBLISHED, HandBackChunk
from conferral.contracts.template import Template
from conferral.drawing.svg import complete
from conferral.runtime.process import Stopping
from services.credential_store.adapters.blobs import GridFsBlobs
from services.credential_store.handlers import HANDLERS
from services.credential_store.handlers.publishing import hand_back_chunk
from services.publisher.adapters.design_host import DesignHost
from services.publisher.adapters.design_process import Allowance
from services.publisher.handlers.editions import Editions
from services.publisher.handlers.publish_chunk import ACTOR, Publisher, publish_chunk
from tests.integration.publisher.conftest import WorldOf
from tests.support.designs import MISBEHAVING, install, misbehaving
from tests.support.publishing import World

ALLOWANCE = Allowance(wall=5.0)


class Direct:
    """Calls the store's handlers as its RPC entrypoint would, but for authentication, and counts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: Counter[str] = Counter()

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        self.calls[operation.method] += 1
        answer = HANDLERS[operation](self.world.context, operation.request.decode(request.encode()))
        return operation.answer.decode(answer.encode())


class StoreBlobs:
    """The store's blobs without the reader's HTTP."""

    def __init__(self, world: World, down_after: int = 10_000) -> None:
        self.store, self.left = GridFsBlobs(world.database), down_after

    def put(self, content: bytes, media_type: str) -> str:
        self.left -= 1
        if self.left < 0:
            raise Unavailable("the reader does not answer")
        digest = digest_of(content)
        self.store.put(digest, content, media_type)
        return digest

    def get(self, digest: str) -> Any:
        found = self.store.get(digest)
        assert found is not None
        return json.loads(found[0])


@pytest.fixture
def designs(tmp_path: Path) -> Iterator[DesignHost]:
    site = tmp_path / "site"
    site.mkdir()
    for plugin in ("raises", "exits"):
        install(site, plugin, misbehaving(plugin, MISBEHAVING[plugin]))
    host = DesignHost(ALLOWANCE, 1, [str(site)])
    yield host
    host.close()


def publisher(world: World, designs: DesignHost, blobs: StoreBlobs | None = None) -> Publisher:
    editions = Editions(designs, blobs or StoreBlobs(world))
    return Publisher(Direct(world), designs, editions, Stopping(), 10.0)


def confirm(world: World, count: int, bad: int = 0) -> PublishChunk:
    """Confirm some credentials, of which the first few have a name that a misbehaving design stumbles over."""
    pairs = world.create(count)
    for credential_id, _ in pairs[:bad]:
        world.database.collection("credentials").update_one(
            {"organisation_id": world.organisation_id, "_id": credential_id}, {"$set": {"content.name": "a bad one"}}
        )
    publication_id = world.publish(pairs)
    assert world.expand() == 1
    return PublishChunk(
        message_id=new_id(),
        correlation_id="test",
        organisation_id=world.organisation_id,
        publication_id=publication_id,
        chunk=0,
    )


def test_a_chunk_is_published_with_two_calls_and_everything_its_pages_need(
    world_of: WorldOf, designs: DesignHost
) -> None:
    world = world_of("classic", "1.0.0")
    ours = publisher(world, designs)
    command = confirm(world, 30)
    publish_chunk(ours, command)
    assert isinstance(ours.store, Direct)
    assert ours.store.calls == {"load_chunk": 1, "record_published": 1}
    counts = world.rows("publication_chunks", publication_id=command.publication_id)[0]["counts"]
    assert (counts["published"], counts["failed"]) == (30, 0)
    assert len(world.rows("deliveries", state="queued")) == 30
    blobs = StoreBlobs(world)
    published = [PublicCredential.model_validate({**row, "id": row["_id"]}) for row in world.rows("public")]
    assert len(published) == 30
    for credential in published:
        edition = Edition.decode(blobs.get(credential.edition))
        svg = complete(Template.decode(blobs.get(edition.artwork.template)), credential.drawing)
        texts = " ".join(etree.fromstring(svg).itertext())
        assert credential.recipient_name in texts
        manifest = FontManifest.decode(blobs.get(edition.fonts))
        for key in credential.drawing.fonts:
            assert blobs.store.get(manifest.slices[key].digest) is not None
        shape = Template.decode(blobs.get(edition.documents[credential.document.shape]))
        document = json.loads(shape.fill(credential.document.values))
        assert document["id"] == credential.url
        assert ("validUntil" in document) == (credential.valid_until is not None)
        email = EmailTemplate.decode(blobs.get(edition.email))
        (delivery,) = world.rows("deliveries", credential_id=credential.id)
        slots = {slot for part in (email.subject, email.html, email.text) for slot in Template.parse(part).slots}
        assert slots <= {*delivery["values"], "credential_url"}


@pytest.mark.parametrize("plugin", ["raises", "exits"])
def test_a_design_that_fails_fails_its_own_credentials_and_says_why(
    plugin: str, world_of: WorldOf, designs: DesignHost
) -> None:
    world = world_of(plugin, "1.0")
    publish_chunk(publisher(world, designs), confirm(world, 30, bad=2))
    states = Counter(row["state"] for row in world.rows("credentials"))
    assert states == {"published": 28, "failed": 2}
    for row in world.rows("credentials", state="failed"):
        assert row["content"]["name"] == "a bad one"
        assert f"{plugin} 1.0: " in str(row["failure"])


def test_a_chunk_whose_design_is_not_installed_is_handed_back_for_a_minute(
    world_of: WorldOf, designs: DesignHost
) -> None:
    world = world_of("classic", "99.0")
    publish_chunk(publisher(world, designs), confirm(world, 3))
    (chunk,) = world.rows("publication_chunks")
    assert chunk["state"] == "queued"
    # by this the store knows that it is waiting for a design, and for how long it has been
    assert "waiting_since" in chunk
    assert 55 < (chunk["next_attempt_at"] - world.now()).total_seconds() < 90


def test_a_chunk_without_a_place_for_its_blobs_is_handed_back_and_published_later(
    world_of: WorldOf, designs: DesignHost
) -> None:
    world = world_of("classic", "1.0.0")
    command = confirm(world, 3)
    publish_chunk(publisher(world, designs, StoreBlobs(world, down_after=5)), command)
    assert [chunk["state"] for chunk in world.rows("publication_chunks")] == ["queued"]
    later = world.later(3600)
    publish_chunk(publisher(later, designs), command)
    assert Counter(row["state"] for row in world.rows("credentials")) == {"published": 3}


def test_a_process_that_ends_hands_its_chunk_back_at_once(world_of: WorldOf, designs: DesignHost) -> None:
    world = world_of("classic", "1.0.0")
    stopping = Stopping()
    stopping.set()
    ours = Publisher(Direct(world), designs, Editions(designs, StoreBlobs(world)), stopping, grace=0.0)
    publish_chunk(ours, confirm(world, 3))
    (chunk,) = world.rows("publication_chunks")
    assert chunk["state"] == "queued"
    assert chunk["next_attempt_at"] <= world.now()


def test_results_for_a_chunk_that_somebody_else_has_taken_are_dropped(world_of: WorldOf, designs: DesignHost) -> None:
    world = world_of("classic", "1.0.0")
    command = confirm(world, 3)

    class TakenOver(Direct):
        def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
            if operation is RECORD_PUBLISHED:
                names = {"publication_id": command.publication_id, "chunk": 0, "fence": 1}
                hand_back_chunk(world.context, HandBackChunk(actor=ACTOR, reason="swept", seconds=0, **names))
            return super().call(operation, request, timeout=timeout)

    ours = Publisher(TakenOver(world), designs, Editions(designs, StoreBlobs(world)), Stopping(), 10.0)
    publish_chunk(ours, command)
    assert Counter(row["state"] for row in world.rows("credentials")) == {"queued": 3}
    assert world.rows("deliveries") == []
    publish_chunk(publisher(world, designs), command)
    assert Counter(row["state"] for row in world.rows("credentials")) == {"published": 3}


def test_a_command_that_comes_twice_publishes_once(world_of: WorldOf, designs: DesignHost) -> None:
    world = world_of("classic", "1.0.0")
    command = confirm(world, 3)
    ours = publisher(world, designs)
    publish_chunk(ours, command)
    publish_chunk(ours, command)
    assert isinstance(ours.store, Direct)
    assert ours.store.calls == {"load_chunk": 2, "record_published": 1}
    assert len(world.rows("deliveries")) == 3


@pytest.mark.parametrize("arrives", [False, True])
def test_a_record_without_an_answer_is_tried_again_and_changes_nothing_twice(
    world_of: WorldOf, designs: DesignHost, *, arrives: bool
) -> None:
    world = world_of("classic", "1.0.0")
    command = confirm(world, 3)

    class Restarting(Direct):
        def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
            first = operation is RECORD_PUBLISHED and not self.calls["record_published"]
            if first and not arrives:
                self.calls["record_published"] += 1
                raise Unavailable("the bus restarts")
            answer = super().call(operation, request, timeout=timeout)
            if first:
                raise Unavailable("the bus restarts, and the answer is lost")
            return answer

    store = Restarting(world)
    publish_chunk(Publisher(store, designs, Editions(designs, StoreBlobs(world)), Stopping(), 10.0), command)
    assert store.calls["record_published"] == 2
    assert len(world.rows("deliveries")) == len(world.rows("versions")) == 3


def test_the_same_chunk_drawn_by_two_workers_is_the_same_to_the_byte(world_of: WorldOf, designs: DesignHost) -> None:
    world = world_of("classic", "1.0.0")
    command = confirm(world, 5)
    recorded = []

    class Watching(Direct):
        def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
            if operation is RECORD_PUBLISHED:
                recorded.append(request.encode())
                stopping.set()  # or it would try again
                raise Unavailable("the store went away")
            return super().call(operation, request, timeout=timeout)

    for turn in range(2):
        later = world.later(turn * 3600)
        if turn:
            names = {"publication_id": command.publication_id, "chunk": 0, "fence": 1}
            hand_back_chunk(later.context, HandBackChunk(actor=ACTOR, reason="swept", seconds=0, **names))
        stopping = Stopping()
        ours = Publisher(Watching(later), designs, Editions(designs, StoreBlobs(world)), stopping, 10.0)
        with pytest.raises(Unavailable):
            publish_chunk(ours, command)
    first, second = recorded
    assert first.pop("fence") + 1 == second.pop("fence")
    assert first == second
