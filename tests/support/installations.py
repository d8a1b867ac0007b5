"""Store, reader and publisher as processes on a real broker, and the web applications in front of them."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import urllib3
from flask import Flask

from conferral.contracts.actors import Actor, Role
from conferral.contracts.commands import PublishChunk
from conferral.contracts.ids import new_id
from conferral.contracts.operation import A, Operation, Q
from conferral.contracts.rpc import accounts, credentials, groups
from conferral.runtime import correlation
from conferral.runtime.blobs import BlobClient
from conferral.runtime.process import Stopping
from services.credential_store.config import StoreSettings
from services.credential_store.domain.scope import of_message, of_system
from services.credential_store.handlers import HANDLERS
from services.issuer_web import bootstrap as web
from services.issuer_web.config import DashboardSettings, PublicSettings
from services.publisher.adapters.design_host import DesignHost
from services.publisher.adapters.design_process import Allowance
from services.publisher.handlers.editions import Editions
from services.publisher.handlers.publish_chunk import Publisher, publish_chunk
from tests.support.dashboards import Browser
from tests.support.publishing import World, open_application, settings_of
from tests.support.waiting import wait_until

PASSWORD = "correct horse battery staple"
ROOT = Path(__file__).parents[2]
_HTTP = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1.0, read=5.0), retries=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    with suppress(urllib3.exceptions.HTTPError):
        return _HTTP.request("GET", f"http://127.0.0.1:{port}/ready").status == 200
    return False


@dataclass(frozen=True)
class Person:
    """Somebody with a role in an organisation."""

    organisation_id: str
    person_id: str
    email: str


@dataclass(frozen=True)
class Tenant:
    """An organisation with one group, asked as the store's own handlers are: without a bus."""

    world: World
    owner: Person

    @property
    def id(self) -> str:
        return self.world.organisation_id

    @property
    def group_id(self) -> str:
        return self.world.group_ids[0]

    @property
    def design_id(self) -> str:
        return str(self.world.rows("designs")[0]["_id"])

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        """The Caller port."""
        with correlation.bound():
            return HANDLERS[operation](self.world.context, operation.request.decode(request.encode()))  # type: ignore[return-value]

    def ask(self, operation: Operation[Q, A], **fields: Any) -> A:
        return self.call(operation, operation.request(actor=Actor(service="admin"), **fields))

    def group(self, name: str, **fields: Any) -> str:
        group_id = new_id()
        design_id = self.world.rows("designs")[0]["_id"]
        content = groups.GroupContent(name=name, design_id=design_id, **fields)
        self.ask(groups.CREATE_GROUP, group_id=group_id, content=content)
        return group_id

    def draft(self, name: str = "Ana Example", group_id: str | None = None, **fields: Any) -> str:
        given = {"email": "ana@example.org", "issue_date": date(2026, 11, 23), **fields}
        content = credentials.CredentialContent(name=name, **given)
        row = credentials.CredentialRow(group_id=group_id or self.group_id, content=content)
        answer = self.ask(credentials.CREATE_CREDENTIALS, batch_id=new_id(), rows=(row,))
        return str(answer.results[0].credential_id)

    def names(self) -> list[str]:
        """Names of all credentials that are stored."""
        return sorted(row["content"]["name"] for row in self.world.rows("credentials"))

    def batch_of(self, credential_id: str) -> str:
        return str(self.world.rows("credentials", _id=credential_id)[0]["batch_id"])


@dataclass
class Installation:
    """What runs, and what is stored."""

    settings: StoreSettings
    folder: Path
    stack: ExitStack
    reader_port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.application, self.database = open_application(self.settings)
        self.stack.callback(self.database.close)

    @property
    def reader_url(self) -> str:
        return f"http://127.0.0.1:{self.reader_port}"

    def begin(self, service: str, role: str, **extra: str) -> tuple[subprocess.Popen[bytes], int]:
        """Start a role; return it with the port that tells when it is ready."""
        port = free_port()
        settings = self.settings
        environment = {
            "PATH": os.environ["PATH"],
            "CONFERRAL_AMQP_URI": settings.amqp_uri,
            "CONFERRAL_MONGODB_URI": settings.mongodb_uri,
            "CONFERRAL_KEK_FILE": str(settings.kek_file),
            "CONFERRAL_BLOB_TOKEN": settings.blob_token.get_secret_value(),
            "CONFERRAL_PUBLIC_URL": settings.public_url,
            "CONFERRAL_DASHBOARD_URL": settings.dashboard_url,
            "CONFERRAL_SENDER_ADDRESS": settings.sender_address,
            "CONFERRAL_READER_URL": self.reader_url,
            "CONFERRAL_QUICK_START": "true",
            "CONFERRAL_METRICS_PORT": str(port),
            **extra,
        }
        log = self.stack.enter_context((self.folder / f"{service}-{role}-{port}.log").open("wb"))
        command = [sys.executable, "-m", f"services.{service}", role]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process, port

    def start(self, *roles: tuple[str, str], **settings: str) -> list[subprocess.Popen[bytes]]:
        """Start roles beside each other, and wait until all are ready."""
        extra = {"CONFERRAL_HTTP_PORT": str(self.reader_port)}
        begun = [
            self.begin(service, role, **settings, **(extra if role == "reader" else {})) for service, role in roles
        ]
        for _, port in begun:
            wait_until(lambda port=port: is_ready(port), 60)
        self.processes += (process for process, _ in begun)
        return [process for process, _ in begun]

    def tenant(self, name: str = "Northfield", plugin_version: str = "1.0.0", *, operator: bool = False) -> Tenant:
        """Create an organisation with a group of the classic design, and an owner who can sign in.

        :param operator: the owner is an operator of the installation, too.
        """
        email = f"owner-{new_id()[:8]}@example.org"
        admin = World(self.application, self.database, "", ())
        context = replace(admin.relay, scope=of_system("create_organisation"))
        with correlation.bound():
            request = accounts.CreateOrganisation(
                actor=Actor(service="admin"), name=f"{name} {new_id()[:6]}", owner_name="Olive Owner",
                owner_email=email, password=PASSWORD, operator=operator,
            )  # fmt: skip
            made = HANDLERS[accounts.CREATE_ORGANISATION](context, request)
        person = Person(made.organisation_id, made.person_id, email)
        tenant = Tenant(replace(admin, organisation_id=made.organisation_id, actor_id=made.person_id), person)
        tenant.ask(
            groups.CREATE_DESIGN, design_id=new_id(), name="Classic", plugin_id="classic",
            plugin_version=plugin_version, options={},
        )  # fmt: skip
        return replace(tenant, world=replace(tenant.world, group_ids=(tenant.group("Chemistry 101"),)))

    def colleague(self, tenant: Tenant, role: Role) -> Person:
        """Somebody of another role in the same organisation, and owner of none but their own."""
        other = self.tenant("Elsewhere").owner
        store, scope = self.application.store, of_message(tenant.id)
        store.transaction(lambda session: store.people.add_membership(scope, other.person_id, role, session=session))
        return Person(tenant.id, other.person_id, other.email)

    def publish(self, tenant: Tenant, *credential_ids: str) -> list[str]:
        """Publish as the relay and the publisher do, with real design processes; return the public addresses."""
        world = tenant.world
        pairs = [(one, world.rows("credentials", _id=one)[0]["revision"]) for one in credential_ids]
        publication_id = world.publish(pairs)
        world.expand()
        blobs = BlobClient(self.reader_url, self.settings.blob_token.get_secret_value())
        designs = DesignHost(Allowance(wall=10.0), 1)
        try:
            publisher = Publisher(tenant, designs, Editions(designs, blobs), Stopping(), 10.0)
            for chunk in world.rows("publication_chunks", publication_id=publication_id):
                command = PublishChunk(
                    message_id=new_id(), correlation_id="test", organisation_id=tenant.id,
                    publication_id=publication_id, chunk=chunk["chunk"],
                )  # fmt: skip
                publish_chunk(publisher, command)
        finally:
            designs.close()
        return [str(world.rows("credentials", _id=one)[0]["url"]) for one in credential_ids]

    def dashboard(self, **settings: Any) -> Flask:
        """Build the dashboard on this installation's bus."""
        given: dict[str, Any] = {
            "amqp_uri": self.settings.amqp_uri, "http_port": 8800, "public_url": self.settings.public_url,
            "dashboard_url": self.settings.dashboard_url, "secret_key": "k" * 40, "quick_start": True,
        }  # fmt: skip
        return self._built(web.build_dashboard, DashboardSettings(**{**given, **settings}))

    def public(self, **settings: Any) -> Flask:
        """Build the public pages in front of this installation's reader."""
        given: dict[str, Any] = {
            "http_port": 8801, "public_url": self.settings.public_url, "reader_url": self.reader_url,
            "quick_start": True,
        }  # fmt: skip
        return self._built(web.build_public, PublicSettings(**{**given, **settings}))

    def _built(self, build: Callable[[Any], web.Running], settings: Any) -> Flask:
        running = build(settings)
        self.stack.callback(running.close)
        return running.app


@contextmanager
def installation(folder: Path, mongodb_uri: str, amqp_uri: str) -> Iterator[Installation]:
    """An installation of which nothing runs yet."""
    with ExitStack() as stack:
        yield Installation(settings_of(folder, mongodb_uri, amqp_uri), folder, stack)


def signed_in(app: Flask, person: Person) -> Browser:
    """Return a browser in which this person has signed in."""
    browser = Browser(app)
    answer = browser.sign_in(person.email, PASSWORD)
    assert answer.status_code == 303, answer.text
    return browser
