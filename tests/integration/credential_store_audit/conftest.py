"""A store of the test's own in which things have happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.auditing import Traffic, traffic_in
from tests.support.publishing import new_world, open_application, settings_of


@pytest.fixture
def traffic(tmp_path: Path, mongodb_uri: str) -> Iterator[Traffic]:
    application, database = open_application(settings_of(tmp_path, mongodb_uri))
    yield traffic_in(new_world(application, database), tmp_path)
    database.close()
