"""The processes that are not ours: Erlang's port mapper, the broker, the embedded store; and our mailbox."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from conferral.local import servers
from conferral.local.errors import CannotStart
from conferral.local.files import write_private
from conferral.local.places import Places
from conferral.local.ports import HOST
from conferral.local.program import Program
from conferral.local.secret_files import Secrets

BROKER_USER = "conferral"
BROKER_VHOST = "conferral"
BROKER_IMAGE = "rabbitmq:4"
DATABASE = "conferral"

PORT_NAMES = ("amqp", "distribution", "epmd", "store", "smtp", "mailbox")


@dataclass(frozen=True)
class Infrastructure:
    """What the command lines are made from.

    :param in_container: run the broker in one, because its program is not here.
    """

    places: Places
    ports: Mapping[str, int]
    secrets: Secrets
    in_container: bool

    @property
    def amqp_uri(self) -> str:
        """With the installation's own user and virtual host; there is no guest."""
        return f"amqp://{BROKER_USER}:{self.secrets.broker_password}@{HOST}:{self.ports['amqp']}/{BROKER_VHOST}"

    @property
    def mongodb_uri(self) -> str:
        """Journaled majority writes; the store enforces them anyway."""
        return f"mongodb://{HOST}:{self.ports['store']}/{DATABASE}?directConnection=true&w=majority&journal=true"

    @property
    def node_name(self) -> str:
        """The broker's node, or its container and volume."""
        return f"conferral-{self.places.key}"


def infrastructure_programs(parts: Infrastructure) -> list[Program]:
    """Return the processes that the roles need, having written the files that these read.

    :raises CannotStart: one is not installed.
    """
    brokers = [_broker_container(parts)] if parts.in_container else _brokers(parts)
    return [*brokers, _store(parts), _mailbox(parts)]


def _brokers(parts: Infrastructure) -> list[Program]:
    """Return a node of its own, with name, ports, port mapper, cookie and data; and the port mapper."""
    home, ports = parts.places.broker, parts.ports
    cookie = home / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, parts.secrets.broker_cookie.encode())
        cookie.chmod(0o400)
    servers.prepare_broker(home, BROKER_USER, parts.secrets.broker_password, vhost=BROKER_VHOST, console=True)
    try:
        return [
            servers.epmd(home, ports["epmd"]),
            servers.broker(home, ports["amqp"], ports["distribution"], ports["epmd"], parts.node_name),
        ]
    except FileNotFoundError as error:
        raise CannotStart(f"RabbitMQ is not installed completely: {error} is missing.") from None


def _broker_container(parts: Infrastructure) -> Program:
    """Describe the same in a container that ends with its client process and keeps its data in a volume."""
    docker = shutil.which("docker")
    if not docker:
        raise CannotStart("Docker is missing.")
    name = parts.node_name
    return Program(
        name="broker",
        role="broker",
        command=(
            docker,
            "run",
            "--rm",
            "--init",
            "--name",
            name,
            "--hostname",
            "conferral",
            "--publish",
            f"{HOST}:{parts.ports['amqp']}:5672",
            "--volume",
            f"{name}:/var/lib/rabbitmq",
            "--env",
            f"RABBITMQ_DEFAULT_VHOST={BROKER_VHOST}",
            "--env",
            f"RABBITMQ_DEFAULT_USER={BROKER_USER}",
            "--env",
            "RABBITMQ_DEFAULT_PASS",
            BROKER_IMAGE,
        ),
        environment={"RABBITMQ_DEFAULT_PASS": parts.secrets.broker_password},
        group="infrastructure",
        priority=20,
        stop_seconds=5,
    )


def _store(parts: Infrastructure) -> Program:
    executable = servers.find_store()
    if executable is None:
        raise CannotStart("The embedded document store is not installed.", "Install it: make setup")
    program = servers.store(executable, parts.places.store / "data", parts.ports["store"])
    return replace(program, command=(*program.command, "--cache-size", "256M"))


def _mailbox(parts: Infrastructure) -> Program:
    ports = parts.ports
    return Program(
        name="mailbox",
        role="mailbox",
        command=(
            sys.executable,
            "-m",
            "conferral.mailbox",
            "--smtp-port",
            str(ports["smtp"]),
            "--http-port",
            str(ports["mailbox"]),
            "--data",
            str(parts.places.mail),
        ),
        group="infrastructure",
        priority=30,
    )
