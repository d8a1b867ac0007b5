"""One installation for all tests of this folder: store, reader and publisher as processes on the session's servers."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.brokers import Broker
from tests.support.dashboards import Browser
from tests.support.installations import Installation, Tenant, installation, signed_in
from tests.support.stores import fresh_database


@pytest.fixture(scope="package")
def running(broker: Broker, store_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("installation")
    with (
        broker.fresh_vhost() as amqp_uri,
        fresh_database(store_server) as mongodb_uri,
        installation(folder, mongodb_uri, amqp_uri) as made,
    ):
        # a list of domains, so that addresses of others are not the sender's as they are in any quick start
        made.start(
            ("credential_store", "rpc"),
            ("credential_store", "reader"),
            ("publisher", "rpc"),
            CONFERRAL_SENDER_DOMAINS='["allowed.example"]',
        )
        yield made


@pytest.fixture(scope="package")
def dashboard(running: Installation) -> Flask:
    return running.dashboard()


@pytest.fixture(scope="package")
def public(running: Installation) -> Flask:
    return running.public()


@pytest.fixture
def tenant(running: Installation) -> Tenant:
    """An organisation of the test's own."""
    return running.tenant()


@pytest.fixture
def browser(dashboard: Flask) -> Browser:
    """Somebody who has not signed in."""
    return Browser(dashboard)


@pytest.fixture
def owner(dashboard: Flask, tenant: Tenant) -> Browser:
    """The organisation's owner, signed in."""
    return signed_in(dashboard, tenant.owner)
