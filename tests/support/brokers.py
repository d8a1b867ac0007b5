"""A real RabbitMQ for the tests, with a virtual host for each of them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from testcontainers.core.container import DockerContainer

from conferral.contracts.ids import new_id
from conferral.local import servers
from conferral.local.ports import HOST, free_port
from tests.support.processes import ServerProcess, wait_for_server
from tests.support.provision import NotProvided, first_of, require_docker
from tests.support.waiting import wait_until

IMAGE = "rabbitmq:4-management"
_USER, _PASSWORD = "conferral", "for-the-tests-only"
_http = urllib3.PoolManager(timeout=10, retries=False)


@dataclass(frozen=True)
class Broker:
    """A running broker. ``stop`` and ``start`` are None where we may not."""

    host: str
    port: int
    api: str
    user: str
    password: str
    stop: Callable[[], None] | None = None
    start: Callable[[], None] | None = None

    def uri(self, vhost: str) -> str:
        return f"amqp://{quote(self.user)}:{quote(self.password)}@{self.host}:{self.port}/{quote(vhost, safe='')}"

    def ask(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        headers = urllib3.make_headers(basic_auth=f"{self.user}:{self.password}")
        return _http.request(method, f"{self.api}/api/{path}", headers=headers, **options)

    @contextmanager
    def fresh_vhost(self) -> Iterator[str]:
        """Make a virtual host, give its URI, remove it with everything in it."""
        vhost = f"test-{new_id()}"
        assert self.ask("PUT", f"vhosts/{vhost}").status == 201
        assert self.ask("PUT", f"permissions/{vhost}/{self.user}", json=_EVERYTHING).status in {201, 204}
        try:
            yield self.uri(vhost)
        finally:
            self.ask("DELETE", f"vhosts/{vhost}")

    def wait_for_api(self) -> None:
        wait_until(self._api_answers, 60, pause=0.2)

    def _api_answers(self) -> bool:
        try:
            return self.ask("GET", "overview").status == 200
        except urllib3.exceptions.HTTPError:
            return False


_EVERYTHING = {"configure": ".*", "write": ".*", "read": ".*"}


@contextmanager
def any_broker() -> Iterator[Broker]:
    with first_of("broker", [_named, _in_docker, _as_process]) as broker:
        yield broker


@contextmanager
def _named() -> Iterator[Broker]:
    uri = os.environ.get("CONFERRAL_TEST_AMQP_URI")
    if not uri:
        raise NotProvided("CONFERRAL_TEST_AMQP_URI is not set")
    parts = urlsplit(uri)
    host = parts.hostname or "localhost"
    api = os.environ.get("CONFERRAL_TEST_AMQP_API") or f"http://{host}:15672"
    yield Broker(host, parts.port or 5672, api.rstrip("/"), parts.username or "guest", parts.password or "guest")


@contextmanager
def _in_docker() -> Iterator[Broker]:
    require_docker(IMAGE)
    container = DockerContainer(IMAGE).with_env("RABBITMQ_DEFAULT_USER", _USER)
    container = container.with_env("RABBITMQ_DEFAULT_PASS", _PASSWORD)
    # fixed ports, because a restarted container would get others
    port, management = free_port(), free_port()
    container = container.with_bind_ports(5672, port).with_bind_ports(15672, management)
    try:
        container.start()
    except Exception as error:  # noqa: BLE001 - requests, docker and testcontainers have no common root
        raise NotProvided(f"Docker does not start {IMAGE} ({type(error).__name__})") from None

    broker = Broker(HOST, port, f"http://{HOST}:{management}", _USER, _PASSWORD)

    def start() -> None:
        container.get_wrapped_container().start()
        wait_for_server(servers.broker_answers, port)
        broker.wait_for_api()

    try:
        wait_for_server(servers.broker_answers, port)
        broker.wait_for_api()
        yield replace(broker, stop=container.get_wrapped_container().stop, start=start)
    finally:
        container.stop()
        container.get_docker_client().client.close()


@contextmanager
def _as_process() -> Iterator[Broker]:
    if servers.find_broker() is None:
        raise NotProvided("rabbitmq-server is not installed")
    home = Path(tempfile.mkdtemp(prefix="conferral-broker-"))
    node, distribution, epmd_port, management = (free_port() for _ in range(4))
    servers.prepare_broker(home, _USER, _PASSWORD, management)
    epmd = ServerProcess(servers.epmd(home, epmd_port), home / "epmd.log")
    program = servers.broker(home, node, distribution, epmd_port, f"test-{home.name[-8:]}")
    running: list[ServerProcess] = []

    broker = Broker(HOST, node, f"http://{HOST}:{management}", _USER, _PASSWORD)

    def start() -> None:
        running.append(ServerProcess(program, home / "node.log"))
        wait_for_server(servers.broker_answers, node, running[-1].alive)
        broker.wait_for_api()

    def stop() -> None:
        running.pop().stop()

    try:
        start()
        yield replace(broker, stop=stop, start=start)
    finally:
        while running:
            stop()
        epmd.stop()
        shutil.rmtree(home, ignore_errors=True)
