"""The roles as processes, on a real broker, with the store's RPC and reader processes."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import date
from pathlib import Path

import pytest
import urllib3
from lxml import etree

from conferral.contracts.actors import Actor
from conferral.contracts.canonical import digest_of
from conferral.contracts.commands import PublishChunk
from conferral.contracts.errors import DesignNotInstalled
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import (
    LIST_INSTALLED_DESIGNS,
    PREVIEW_CREDENTIAL,
    ListInstalledDesigns,
    PreviewCredential,
)
from conferral.contracts.topology import COMMANDS, PUBLISH_QUEUE
from conferral.local.ports import free_port
from conferral.runtime.blobs import BlobClient
from conferral.runtime.outbox_publisher import BusPublisher, OutgoingMessage
from conferral.runtime.rpc_client import RpcClient
from services.credential_store.config import StoreSettings
from tests.integration.publisher.conftest import WorldOf
from tests.support import wait_until
from tests.support.publishing import World
from tests.support.store_environment import store_environment

ACTOR = Actor(service="issuer_web")
ROOT = Path(__file__).parents[3]
HTTP = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1.0, read=5.0), retries=False)

Start = Callable[..., subprocess.Popen[bytes]]


def is_ready(port: int) -> bool:
    with suppress(urllib3.exceptions.HTTPError):
        return HTTP.request("GET", f"http://127.0.0.1:{port}/ready").status == 200
    return False


@pytest.fixture
def reader_url() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def start(store_settings: StoreSettings, reader_url: str, tmp_path: Path) -> Iterator[Start]:
    """Start a role and wait until it is ready; all of them end with the test."""
    common = store_environment(store_settings, CONFERRAL_READER_URL=reader_url)
    with ExitStack() as stack:

        def run(service: str, role: str, **extra: str) -> subprocess.Popen[bytes]:
            port = free_port()
            environment = {**common, "CONFERRAL_METRICS_PORT": str(port), **extra}
            log = stack.enter_context((tmp_path / f"{service}-{role}-{port}.log").open("wb"))
            process = subprocess.Popen(
                [sys.executable, "-m", f"services.{service}", role], cwd=ROOT, env=environment, stderr=log, stdout=log
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            wait_until(lambda: is_ready(port), 60)
            return process

        yield run


@pytest.fixture
def store(start: Start, reader_url: str, world_of: WorldOf) -> World:
    """A running store, with a group of the classic design."""
    world = world_of("classic", "1.0.0")
    start("credential_store", "rpc")
    start("credential_store", "reader", CONFERRAL_HTTP_PORT=reader_url.rpartition(":")[2])
    return world


def command_all(world: World, amqp_uri: str, publication_id: str) -> None:
    """Tell publishers of every chunk, as the relay does."""
    publisher = BusPublisher(amqp_uri)
    for chunk in world.rows("publication_chunks", publication_id=publication_id):
        command = PublishChunk(
            message_id=new_id(),
            correlation_id="test",
            organisation_id=world.organisation_id,
            publication_id=publication_id,
            chunk=chunk["chunk"],
        )
        body = command.encode()
        publisher.publish(
            [OutgoingMessage(command.message_id, COMMANDS.name, PUBLISH_QUEUE.name, body, {}, mandatory=True)]
        )
    publisher.close()


def states(world: World) -> Counter[str]:
    return Counter(row["state"] for row in world.rows("credentials"))


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that it started."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def test_a_worker_publishes_what_it_is_told_and_leaves_no_process(
    store: World, start: Start, amqp_uri: str, reader_url: str
) -> None:
    worker = start("publisher", "worker", CONFERRAL_RENDER_WORKERS="2")
    publication_id = store.publish(store.create(150))
    while store.expand():
        pass
    command_all(store, amqp_uri, publication_id)
    wait_until(lambda: states(store) == {"published": 150}, 60)
    blobs = BlobClient(reader_url, None)
    edition = json.loads(blobs.get(store.rows("public")[0]["edition"]))
    assert blobs.get(edition["artwork"]["template"])
    designs = children_of(worker)
    assert designs
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    wait_until(lambda: not [one for one in designs if Path(f"/proc/{one}").exists()], 5)


def test_sigterm_in_mid_batch_loses_nothing_and_another_worker_goes_on(
    store: World, start: Start, amqp_uri: str
) -> None:
    publication_id = store.publish(store.create(400))
    while store.expand():
        pass
    first = start("publisher", "worker")
    command_all(store, amqp_uri, publication_id)
    wait_until(lambda: states(store)["published"] >= 100, 60)
    first.send_signal(signal.SIGTERM)
    assert first.wait(35) == 0
    # what it held was finished or handed back: nothing is left in its hands
    assert set(states(store)) <= {"published", "queued"}
    start("publisher", "worker")
    command_all(store, amqp_uri, publication_id)
    wait_until(lambda: states(store) == {"published": 400}, 60)
    assert len(store.rows("versions")) == 400
    assert len(store.rows("deliveries")) == 400


def test_design_processes_end_with_a_worker_that_is_killed(store: World, start: Start, amqp_uri: str) -> None:
    worker = start("publisher", "worker")
    publication_id = store.publish(store.create(5))
    store.expand()
    command_all(store, amqp_uri, publication_id)
    wait_until(lambda: states(store) == {"published": 5}, 60)
    designs = children_of(worker)
    assert designs
    worker.kill()
    worker.wait()
    wait_until(lambda: not [one for one in designs if Path(f"/proc/{one}").exists()], 5)


@pytest.mark.parametrize("name", ["Ana & <Zoë>", "نادية الزهراء", "李小龍"])
def test_previews_are_whole_drawings_with_the_fonts_that_they_need(
    name: str, store: World, start: Start, amqp_uri: str, reader_url: str
) -> None:
    start("publisher", "rpc")
    client = RpcClient(amqp_uri)
    installed = client.call(LIST_INSTALLED_DESIGNS, ListInstalledDesigns(actor=ACTOR)).designs
    classic = next(one for one in installed if one.plugin_id == "classic")
    assert classic.error is None
    assert {"course", "grade"} <= {attribute.key for attribute in classic.attributes}
    pin = DesignPin(plugin_id="classic", plugin_version=classic.plugin_version, options={}, digest=digest_of(b""))
    request = PreviewCredential(
        actor=ACTOR,
        organisation_id=store.organisation_id,
        organisation=OrganisationProfile(
            id=store.organisation_id,
            name="Tern",
            did="did:web:x",
            timezone="UTC",
            sender_name="T",
            sender_address="t@x",
        ),
        group=GroupProfile(id=store.group_ids[0], name="Beekeeping", description="", criteria=""),
        design=pin,
        content=CredentialContent(name=name, email="ana@example.org", issue_date=date(2026, 11, 23)),
        url="http://127.0.0.1:8801/c/mfrggzdfmztwq2lknnwg23tpoa",
    )
    preview = client.call(PREVIEW_CREDENTIAL, request)
    assert name in etree.fromstring(preview.svg).itertext()
    assert set(preview.slices) == set(preview.fonts) != set()
    blobs = BlobClient(reader_url, None)
    assert all(blobs.get(one.digest).startswith(b"wOF2") for one in preview.slices.values())
    other = request.model_copy(update={"design": pin.model_copy(update={"plugin_version": "99.0"})})
    with pytest.raises(DesignNotInstalled):
        client.call(PREVIEW_CREDENTIAL, other)
    client.close()


def test_eventlet_stays_out_of_the_worker() -> None:
    code = "import sys, services.publisher.entrypoints.worker; sys.exit('eventlet' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0
