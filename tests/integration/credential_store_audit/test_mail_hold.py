"""A restored copy of a database sends nothing until somebody says that it is the one to send from."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conferral.contracts.errors import LimitExceeded, NotFound
from conferral.contracts.rpc import operations as contract
from services.credential_store.adapters.epoch_file import FileEpoch
from services.credential_store.domain.mail_hold import Epoch
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.filing import keep_epoch
from services.credential_store.handlers.operations import set_limit, switch_mail
from tests.support.auditing import Traffic
from tests.support.publishing import ACTOR, World

Publish = Callable[[], list[str]]


@pytest.fixture
def file(tmp_path: Path) -> FileEpoch:
    return FileEpoch(tmp_path / "epoch")


@pytest.fixture
def world(traffic: Traffic, file: FileEpoch) -> World:
    """The same world, with a file outside the database."""
    application = traffic.world.application
    return replace(traffic.world, application=replace(application, tools=replace(application.tools, epoch_file=file)))


@pytest.fixture
def waiting(traffic: Traffic, world: World) -> list[str]:
    """Emails that wait to be sent."""
    world.publish_all([(one, 1) for one in traffic.credential_ids[-2:]])
    return [row["_id"] for row in world.rows("deliveries", state="queued")]


def operator(world: World) -> Context:
    return replace(world.relay, scope=of_system("operations"))


def epoch_of(world: World) -> Epoch | None:
    return world.application.store.operations.installation.known_mail(of_system("operations")).epoch


def switch(world: World, *, flows: bool) -> None:
    switch_mail(operator(world), contract.SwitchMail(actor=ACTOR, flows=flows))


def test_an_installation_of_before_begins_an_epoch_and_carries_it_on(
    world: World, waiting: list[str], file: FileEpoch
) -> None:
    assert len(world.claim(waiting[:1])) == 1
    keep_epoch(world.relay)
    begun = file.read()
    assert begun is not None
    assert begun == epoch_of(world)
    keep_epoch(world.relay)
    assert file.read() == Epoch(begun.name, begun.count + 1) == epoch_of(world)
    assert len(world.claim(waiting[1:])) == 1


def test_a_database_of_before_holds_its_mail(world: World, waiting: list[str], file: FileEpoch) -> None:
    keep_epoch(world.relay)
    backed_up = epoch_of(world)
    keep_epoch(world.relay)
    assert backed_up is not None
    world.database.collection("installation").update_one({"_id": "mail"}, {"$set": {"count": backed_up.count}})
    assert world.claim(waiting) == []
    keep_epoch(world.relay)  # and it stays so
    assert world.claim(waiting) == []
    assert {row["state"] for row in world.rows("deliveries", _id={"$in": waiting})} == {"queued"}
    switch(world, flows=True)
    keep_epoch(world.relay)
    assert len(world.claim(waiting)) == 2
    assert file.read() == epoch_of(world)
    keep_epoch(world.relay)
    assert file.read() == epoch_of(world)


def test_a_copy_elsewhere_holds_its_mail(world: World, waiting: list[str], tmp_path: Path) -> None:
    keep_epoch(world.relay)
    tools = replace(world.application.tools, epoch_file=FileEpoch(tmp_path / "elsewhere"))
    copy = replace(world, application=replace(world.application, tools=tools))
    assert copy.claim(waiting) == []
    keep_epoch(copy.relay)
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "elsewhere").write_text(f"{'b' * 26} 3\n")
    assert copy.claim(waiting) == []


def test_what_was_claimed_is_not_begun_once_mail_is_held(world: World, waiting: list[str]) -> None:
    claimed = world.claim(waiting)
    switch(world, flows=False)
    assert world.advance(begin=claimed) == ()
    assert {row["state"] for row in world.rows("deliveries", _id={"$in": waiting})} == {"queued"}
    keep_epoch(world.relay)
    switch(world, flows=True)
    assert len(world.later(60).claim(waiting)) == 2


def test_holding_a_copy_does_not_release_it(world: World, waiting: list[str], file: FileEpoch) -> None:
    file.write(Epoch("b" * 26, 9))
    assert world.claim(waiting) == []
    switch(world, flows=False)
    keep_epoch(world.relay)
    assert world.claim(waiting) == []
    switch(world, flows=True)
    assert len(world.claim(waiting)) == 2


def test_a_batch_above_the_organisations_limit_is_refused_before_anything_moves(traffic: Traffic) -> None:
    world = traffic.world
    set_limit(world.context, contract.SetLimit(actor=ACTOR, organisation_id=world.organisation_id, publish=1))
    with pytest.raises(LimitExceeded, match="at most 1 credentials at once; these are 2"):
        world.publish([(one, 1) for one in traffic.credential_ids[-2:]])
    assert len(world.rows("publications")) == 1
    assert {row["state"] for row in world.rows("credentials", _id={"$in": list(traffic.credential_ids[-2:])})} == {
        "draft"
    }
    world.publish([(traffic.credential_ids[-1], 1)])
    set_limit(world.context, contract.SetLimit(actor=ACTOR, organisation_id=world.organisation_id, publish=None))
    world.publish([(one, 1) for one in traffic.credential_ids[-2:]])


def test_an_unknown_organisation_has_no_limit(traffic: Traffic) -> None:
    stranger = replace(traffic.world, organisation_id="c" * 26)
    with pytest.raises(NotFound):
        set_limit(stranger.context, contract.SetLimit(actor=ACTOR, organisation_id="c" * 26, publish=1))
