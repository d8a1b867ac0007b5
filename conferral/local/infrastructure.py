"""The processes that are not ours: Erlang's port mapper, the broker, the embedded store; and our mailbox."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conferral.local import servers
from conferral.local.errors import CannotStart
from conferral.local.files import write_private
from conferral.local.places import CHECKOUT, Places
from conferral.local.ports import HOST
from conferral.local.program import Program
from conferral.local.secret_files import Secrets

BROKER_USER = "conferral"
BROKER_VHOST = "conferral"
BROKER_IMAGE = "rabbitmq:4"
DATABASE = "conferral"

PORT_NAMES = ("amqp", "distribution", "epmd", "store", "smtp", "mailbox")

_STORE_SERVER = "bin/secantusd-py"
_SHARED_STORE = CHECKOUT / ".local" / "store-venv"


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


def find_store() -> Path:
    """Return the embedded store's program.

    :raises CannotStart: it is not installed.
    """
    program = _SHARED_STORE / _STORE_SERVER
    if not program.exists():
        raise CannotStart("The embedded document store is not installed.", "Install it: make setup")
    return program


def infrastructure_programs(parts: Infrastructure) -> list[Program]:
    """Return the processes that the roles need, having written the files that these read."""
    broker = _broker_container(parts) if parts.in_container else _broker(parts)
    return [*([] if parts.in_container else [_epmd(parts)]), broker, _store(parts), _mailbox(parts)]


def _epmd(parts: Infrastructure) -> Program:
    """Erlang starts this by itself where there is none, as a daemon that outlives everything: so ours is first."""
    try:
        command = servers.epmd_command(parts.places.broker, parts.ports["epmd"])
    except FileNotFoundError:
        raise CannotStart("Erlang's epmd is missing, which the package erlang-base holds.") from None
    return Program(
        name="epmd",
        role="port mapper",
        command=command.argv,
        environment=command.env,
        group="infrastructure",
        priority=10,
    )


def _broker(parts: Infrastructure) -> Program:
    """Describe a node of its own: name, ports, port mapper, cookie, data; loopback only."""
    home, ports = parts.places.broker, parts.ports
    cookie = home / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, parts.secrets.broker_cookie.encode())
        cookie.chmod(0o400)
    servers.prepare_broker(home, BROKER_USER, parts.secrets.broker_password, vhost=BROKER_VHOST, console=True)
    name = f"conferral-{parts.places.key}"
    command = servers.broker_command(home, ports["amqp"], ports["distribution"], ports["epmd"], name)
    return Program(
        name="broker",
        role="broker",
        command=command.argv,
        environment=command.env,
        group="infrastructure",
        priority=20,
        stop_seconds=4,
    )


def _broker_container(parts: Infrastructure) -> Program:
    """Describe the same in a container that ends with its client process and keeps its data in a volume."""
    docker = shutil.which("docker")
    if not docker:
        raise CannotStart("Docker is missing.")
    name = f"conferral-{parts.places.key}"
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
    command = servers.store_command(str(find_store()), parts.places.store / "data", parts.ports["store"])
    return Program(
        name="store",
        role="store",
        command=(*command.argv, "--cache-size", "256M"),
        environment=command.env,
        group="infrastructure",
        priority=20,
        stop_seconds=4,  # it writes a checkpoint
    )


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
