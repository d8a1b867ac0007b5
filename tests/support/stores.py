"""A real MongoDB-protocol server for the tests, with a database for each of them."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure
from testcontainers.core.container import DockerContainer

from conferral.contracts.ids import new_id
from conferral.local import servers
from conferral.local.ports import HOST, free_port
from tests.support.processes import ServerProcess, wait_for_server
from tests.support.provision import NotProvided, first_of, require_docker

IMAGE = "mongo:8"
_JOURNALED = "directConnection=true&w=majority&journal=true"


@contextmanager
def any_store() -> Iterator[str]:
    """Give a server's URI; ``fresh_database`` makes it usable."""
    with first_of("document store", [_named, _in_docker, _as_process]) as uri:
        yield uri


@contextmanager
def fresh_database(server_uri: str) -> Iterator[str]:
    """Give the URI of an empty database; it is dropped afterwards."""
    name = f"test_{new_id()}"
    uri = urlunsplit(urlsplit(server_uri)._replace(path=f"/{name}"))
    try:
        yield uri
    finally:
        with MongoClient(server_uri) as client:
            client.drop_database(name)


@contextmanager
def _named() -> Iterator[str]:
    uri = os.environ.get("CONFERRAL_TEST_MONGODB_URI")
    if not uri:
        raise NotProvided("CONFERRAL_TEST_MONGODB_URI is not set")
    yield uri


@contextmanager
def _in_docker() -> Iterator[str]:
    require_docker(IMAGE)
    port = free_port()
    container = DockerContainer(IMAGE).with_command(["mongod", "--replSet", "rs0", "--bind_ip_all"])
    container = container.with_bind_ports(27017, port)
    try:
        container.start()
    except Exception as error:  # noqa: BLE001 - requests, docker and testcontainers have no common root
        raise NotProvided(f"Docker does not start {IMAGE} ({type(error).__name__})") from None
    uri = f"mongodb://{HOST}:{port}/?{_JOURNALED}"
    try:
        _initiate(uri)
        wait_for_server(servers.store_answers, port)
        yield uri
    finally:
        container.stop()
        container.get_docker_client().client.close()


def _initiate(uri: str) -> None:
    members = [{"_id": 0, "host": "127.0.0.1:27017"}]
    with MongoClient(uri, serverSelectionTimeoutMS=60_000) as client:
        try:
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
        except OperationFailure as error:
            if "already initialized" not in str(error) and "no such command" not in str(error).lower():
                raise


@contextmanager
def _as_process() -> Iterator[str]:
    executable = os.environ.get("CONFERRAL_SECANTUSD") or servers.find_store() or shutil.which("secantusd-py")
    if executable is None:
        raise NotProvided("secantusd-py is not installed (make setup, or name it in CONFERRAL_SECANTUSD)")
    home = Path(tempfile.mkdtemp(prefix="conferral-store-"))
    port = free_port()
    process = ServerProcess(servers.store(executable, home / "data", port), home / "store.log")
    try:
        wait_for_server(servers.store_answers, port, process.alive)
        yield f"mongodb://{HOST}:{port}/?{_JOURNALED}"
    finally:
        process.stop()
        shutil.rmtree(home, ignore_errors=True)
