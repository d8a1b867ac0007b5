"""A store with groups of the design that a test asks for."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import groups
from services.credential_store.config import StoreSettings
from services.credential_store.handlers.designs import create_design
from services.credential_store.handlers.groups import create_group
from tests.support.publishing import World, new_world, open_application, settings_of

ACTOR = Actor(service="publisher")

WorldOf = Callable[[str, str], World]


@pytest.fixture
def store_settings(tmp_path: Path, mongodb_uri: str, request: pytest.FixtureRequest) -> StoreSettings:
    """With a broker only for the tests that have one."""
    if "amqp_uri" in request.fixturenames:
        return settings_of(tmp_path, mongodb_uri, request.getfixturevalue("amqp_uri"))
    return settings_of(tmp_path, mongodb_uri)


@pytest.fixture
def world_of(store_settings: StoreSettings) -> Iterator[WorldOf]:
    """A world whose one group has a design of the plugin and version."""
    application, database = open_application(store_settings)

    def make(plugin_id: str, plugin_version: str) -> World:
        world = new_world(application, database)
        design_id, group_id = new_id(), new_id()
        design = groups.CreateDesign(
            actor=ACTOR,
            design_id=design_id,
            name="Ours",
            plugin_id=plugin_id,
            plugin_version=plugin_version,
            options={},
        )
        create_design(world.context, design)
        content = groups.GroupContent(
            name="Beekeeping", description="From egg to honey.", criteria="Eight evenings.", design_id=design_id
        )
        create_group(world.context, groups.CreateGroup(actor=ACTOR, group_id=group_id, content=content))
        return replace(world, group_ids=(group_id,))

    yield make
    database.close()
