"""Bringing the local system up, in the order in which its parts need each other."""

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError
from conferral.contracts.rpc.accounts import CREATE_ORGANISATION, CreateOrganisation
from conferral.local import infrastructure, roles
from conferral.local.broker_install import ensure_server
from conferral.local.errors import CannotStart
from conferral.local.infrastructure import Infrastructure, infrastructure_programs
from conferral.local.places import CHECKOUT, Places
from conferral.local.ports import HOST, load_ports
from conferral.local.program import ROOT_MARK, Program
from conferral.local.readiness import not_ready
from conferral.local.roles import Surroundings, role_programs, store_environment
from conferral.local.run_file import Addresses
from conferral.local.secret_files import load_secrets
from conferral.local.servers import store_answers
from conferral.local.system import LocalSystem, Step, only_one
from conferral.runtime import amqp
from conferral.runtime.rpc_client import RpcClient

OWNER_EMAIL = "owner@example.org"
OWNER_NAME = "Robin Example"
ORGANISATION = "Example Academy"

_MIGRATE_SECONDS = 60


@dataclass(frozen=True)
class Reporter:
    """How a person is told. ``step`` gets a headline and how far it is; ``say`` a line that stays."""

    say: Callable[[str], None]
    step: Callable[[str, Step], None]


@dataclass(frozen=True)
class Running:
    """A system that is up. ``organisation_id`` is the first organisation's."""

    system: LocalSystem
    addresses: Addresses
    organisation_id: str


def _as_they_are(programs: Sequence[Program]) -> Sequence[Program]:
    return programs


@contextmanager
def running(
    places: Places,
    reporter: Reporter,
    smtp: tuple[str, int] | None = None,
    adjust: Callable[[Sequence[Program]], Sequence[Program]] = _as_they_are,
) -> Iterator[Running]:
    """Start everything; stop everything at the end, however it ends.

    :param smtp: host and port of the mail server; None: the mailbox.
    :param adjust: is given the programs, and returns what is run instead of them: more of one, or with other settings.
    :raises CannotStart: the text says why, and what to do.
    """
    in_container = not ensure_server(reporter.say)
    with only_one(places):
        ports = load_ports(places.ports_file, (*infrastructure.PORT_NAMES, *roles.PORT_NAMES))
        parts = Infrastructure(places, ports, load_secrets(places.secrets), in_container)
        addresses = _addresses(parts, smtp)
        surroundings = Surroundings(addresses, ports, parts.secrets, places.journal)
        infra, services = adjust(infrastructure_programs(parts)), adjust(role_programs(surroundings))
        system = LocalSystem(places, [*infra, *services], addresses)
        try:
            system.start_supervisor()
            system.launch([program.name for program in infra])
            system.wait_ready(
                {"store": lambda: _store_not_ready(ports["store"])}, lambda step: reporter.step("Store", step)
            )
            _migrate(store_environment(surroundings) | {ROOT_MARK: str(places.root)})
            system.wait_ready(_infrastructure_checks(parts), lambda step: reporter.step("Broker and mailbox", step))
            _declare_queues(parts)
            system.launch([program.name for program in services])
            system.wait_ready(system.role_checks(), lambda step: reporter.step("Services", step))
            organisation_id = _first_organisation(addresses)
            system.refresh()
            yield Running(system, addresses, organisation_id)
        finally:
            system.stop()


def watch(system: LocalSystem, say: Callable[[str], None]) -> None:
    """Keep ``run.json`` true and tell of crashes, for ever."""
    while True:
        time.sleep(0.5)
        for line in system.refresh():
            say(line)


def _addresses(parts: Infrastructure, smtp: tuple[str, int] | None) -> Addresses:
    ports = parts.ports
    smtp_host, smtp_port = smtp or (HOST, ports["smtp"])
    mailbox = f"http://{HOST}:{ports['mailbox']}"
    return Addresses(
        dashboard_url=f"http://{HOST}:{ports['dashboard']}",
        public_url=f"http://{HOST}:{ports['public']}",
        email=OWNER_EMAIL,
        password=parts.secrets.owner_password,
        mailbox_url=mailbox,
        mailbox_api=f"{mailbox}/api/messages",
        amqp_uri=parts.amqp_uri,
        mongodb_uri=parts.mongodb_uri,
        smtp_host=smtp_host,
        smtp_port=smtp_port,
    )


def _infrastructure_checks(parts: Infrastructure) -> Mapping[str, Callable[[], str | None]]:
    return {
        "broker": lambda: _broker_not_ready(parts.amqp_uri),
        "mailbox": lambda: not_ready(f"http://{HOST}:{parts.ports['mailbox']}/"),
    }


def _store_not_ready(port: int) -> str | None:
    return None if store_answers(port) else "it takes no writes yet"


def _broker_not_ready(uri: str) -> str | None:
    """Sign in, because a broker listens before its users and virtual hosts are there."""
    client = RpcClient(uri)
    try:
        client.ping()
    except ConferralError:
        return "it does not let us in yet"
    finally:
        client.close()
    return None


def _declare_queues(parts: Infrastructure) -> None:
    """Do now what every role will do, because here a person reads what is wrong and what to do."""
    connection = amqp.connect(parts.amqp_uri)
    try:
        amqp.declare_topology(connection)
    except amqp.QueueDiffers as error:
        advice = f"On this machine, with all else that the local broker holds: {_deleting_broker_data(parts)}"
        raise CannotStart("The broker's data is another version's.", str(error), advice) from None
    finally:
        connection.collect()


def _deleting_broker_data(parts: Infrastructure) -> str:
    if parts.in_container:
        return f"docker volume rm {parts.node_name}"
    return f"rm -r {shlex.quote(str(parts.places.broker))}"


def _migrate(environment: Mapping[str, str]) -> None:
    """Run in a process of its own: only the store's code touches the database."""
    result = subprocess.run(
        [sys.executable, "-m", "services.credential_store", "migrate"],
        cwd=CHECKOUT,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=_MIGRATE_SECONDS,
        check=False,
    )
    if result.returncode:
        raise CannotStart("The database could not be prepared.", *result.stderr.splitlines()[-15:])


def _first_organisation(addresses: Addresses) -> str:
    client = RpcClient(addresses.amqp_uri)
    request = CreateOrganisation(
        actor=Actor(service="admin"),
        name=ORGANISATION,
        url="https://example.org",
        owner_name=OWNER_NAME,
        owner_email=addresses.email,
        password=addresses.password,
        operator=True,
    )
    try:
        return client.call(CREATE_ORGANISATION, request, timeout=20).organisation_id
    except ConferralError as error:
        raise CannotStart("The first organisation could not be made.", error.message) from None
    finally:
        client.close()
