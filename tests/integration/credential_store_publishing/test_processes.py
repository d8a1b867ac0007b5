"""The relay and the reader as processes: ready when what they need answers, and gone soon after SIGTERM."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import urllib3
from kombu import Connection

from conferral.contracts.canonical import digest_of
from conferral.contracts.topology import PUBLISH_QUEUE
from conferral.local.ports import free_port
from conferral.runtime import amqp
from conferral.runtime.blobs import BlobClient
from services.credential_store.config import StoreSettings
from tests.support.publishing import World, new_world, open_application, settings_of
from tests.support.store_environment import store_environment
from tests.support.waiting import wait_until

_ROOT = Path(__file__).parents[3]
_HTTP = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1.0, read=5.0), retries=False)


@contextmanager
def process(settings: StoreSettings, role: str, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = store_environment(settings, **extra)
    command = [sys.executable, "-m", "services.credential_store", role]
    with subprocess.Popen(command, cwd=_ROOT, env=environment) as running:
        try:
            yield running
        finally:
            running.kill()


def status(url: str) -> int:
    with suppress(urllib3.exceptions.HTTPError):
        return _HTTP.request("GET", url).status
    return 0


@pytest.fixture
def settings(tmp_path: Path, mongodb_uri: str, amqp_uri: str) -> StoreSettings:
    return settings_of(tmp_path, mongodb_uri, amqp_uri)


@pytest.fixture
def running_world(settings: StoreSettings) -> Iterator[World]:
    application, database = open_application(settings)
    yield new_world(application, database)
    database.close()


def test_the_relay_expands_publishes_and_ends_in_the_middle_of_its_work(
    running_world: World, settings: StoreSettings
) -> None:
    port = free_port()
    pairs = running_world.create(300)
    with process(settings, "relay", CONFERRAL_METRICS_PORT=str(port)) as relay:
        wait_until(lambda: status(f"http://127.0.0.1:{port}/ready") == 200, 20)
        publication_id = running_world.publish(pairs)
        wait_until(lambda: running_world.rows("publication_chunks"), 20)
        relay.send_signal(signal.SIGTERM)
        assert relay.wait(10) == 0
    assert running_world.rows("leases", holder={"$ne": ""}, _id="sweeper")
    with process(settings, "relay", CONFERRAL_METRICS_PORT=str(port)):
        wait_until(lambda: status(f"http://127.0.0.1:{port}/live") == 200, 20)
        if len(running_world.rows("publication_chunks")) < 3:  # cut off: the next one waits for the lease
            running_world.database.collection("publications").update_many(
                {"organisation_id": running_world.organisation_id}, {"$set": {"sweep_at": running_world.now()}}
            )
        wait_until(lambda: running_world.summary(publication_id).status == "running", 20)
        wait_until(lambda: not running_world.rows("outbox"), 20)
        assert b"conferral_relayed_messages_total" in _HTTP.request("GET", f"http://127.0.0.1:{port}/metrics").data
    with Connection(settings.amqp_uri) as connection:
        amqp.declare_topology(connection)
        declared = connection.channel().queue_declare(PUBLISH_QUEUE.name, passive=True)
        assert declared.message_count == 3


def test_the_reader_serves_without_a_broker_and_ends_when_told(tmp_path: Path, mongodb_uri: str) -> None:
    settings = settings_of(tmp_path, mongodb_uri)
    application, database = open_application(settings)
    world = new_world(application, database)
    [(credential_id, _)] = world.create(1)
    world.publish_all([(credential_id, 1)])
    ports = {"CONFERRAL_HTTP_PORT": str(free_port()), "CONFERRAL_METRICS_PORT": str(free_port())}
    origin = f"http://127.0.0.1:{ports['CONFERRAL_HTTP_PORT']}"
    with process(settings, "reader", **ports) as reader:
        wait_until(lambda: status(f"http://127.0.0.1:{ports['CONFERRAL_METRICS_PORT']}/ready") == 200, 20)
        wait_until(lambda: status(f"{origin}/public/credentials/{credential_id}") == 200, 20)
        blobs = BlobClient(origin, settings.blob_token.get_secret_value())
        assert blobs.put(b"font", "font/woff2") == digest_of(b"font")
        assert blobs.get(digest_of(b"font")) == b"font"
        reader.send_signal(signal.SIGTERM)
        assert reader.wait(10) == 0
    database.close()


@pytest.mark.parametrize("role", ["relay", "reader"])
def test_eventlet_stays_out(role: str) -> None:
    code = f"import sys, services.credential_store.bootstrap, services.credential_store.entrypoints.{role}"
    code += "; sys.exit('eventlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=_ROOT, timeout=60, check=False).returncode == 0
