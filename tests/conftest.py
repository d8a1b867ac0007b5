"""Fixtures for all tests. Unit tests have no sockets; integration tests have real servers."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

# Imported first of all, without its name resolution: that brings a second copy of dnspython into the process, whose
# errors the first copy's callers do not know. The processes of the system that look names up do not load eventlet.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet  # noqa: F401
del os.environ["EVENTLET_NO_GREENDNS"]

from tests.support.brokers import Broker, any_broker
from tests.support.stores import any_store, fresh_database

_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_TESTS / "unit"):
            item.add_marker(pytest.mark.disable_socket)
        for area in ("integration", "e2e", "containers"):
            if item.path.is_relative_to(_TESTS / area):
                item.add_marker(area)


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """The session's RabbitMQ. Tests want ``amqp_uri``, unless they restart it."""
    with any_broker() as running:
        yield running


@pytest.fixture
def amqp_uri(broker: Broker) -> Iterator[str]:
    """A virtual host of the test's own."""
    with broker.fresh_vhost() as uri:
        yield uri


@pytest.fixture(scope="session")
def store_server() -> Iterator[str]:
    """The session's MongoDB-protocol server. Tests want ``mongodb_uri``."""
    with any_store() as uri:
        yield uri


@pytest.fixture
def mongodb_uri(store_server: str) -> Iterator[str]:
    """A database of the test's own."""
    with fresh_database(store_server) as uri:
        yield uri
