"""A store of the test's own, with one organisation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.credential_store.handlers.context import Application
from tests.support.publishing import World, new_world, open_application, settings_of


@pytest.fixture
def world(tmp_path: Path, mongodb_uri: str) -> Iterator[World]:
    application, database = open_application(settings_of(tmp_path, mongodb_uri))
    yield new_world(application, database)
    database.close()


@pytest.fixture
def application(world: World) -> Application:
    return world.application
