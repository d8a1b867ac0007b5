"""The processes that are not ours: Erlang's port mapper, the broker, the embedded store; and our mailbox."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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

    :param server: the broker's program; None: run it in a container.
    """

    places: Places
    ports: Mapping[str, int]
    secrets: Secrets
    server: Path | None

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
    broker = _broker(parts) if parts.server else _broker_container(parts)
    return [*([_epmd(parts)] if parts.server else []), broker, _store(parts), _mailbox(parts)]


def _epmd(parts: Infrastructure) -> Program:
    """Erlang starts this by itself where there is none, as a daemon that outlives everything: so ours is first."""
    program = shutil.which("epmd")
    if not program:
        raise CannotStart("Erlang's epmd is missing, which the package erlang-base holds.")
    return Program(
        name="epmd",
        role="port mapper",
        command=(program, "-address", HOST, "-port", str(parts.ports["epmd"])),
        group="infrastructure",
        priority=10,
    )


def _broker(parts: Infrastructure) -> Program:
    """Describe a node of its own: name, ports, port mapper, cookie, data; loopback only."""
    home = parts.places.broker
    cookie = home / ".erlang.cookie"
    if not cookie.exists():
        write_private(cookie, parts.secrets.broker_cookie.encode())
        cookie.chmod(0o400)
    write_private(home / "rabbitmq.conf", _broker_settings(parts).encode())
    write_private(home / "enabled_plugins", b"[].\n")
    ports = parts.ports
    return Program(
        name="broker",
        role="broker",
        command=(str(parts.server),),
        environment={
            "HOME": str(home),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "RABBITMQ_NODENAME": f"conferral-{parts.places.key}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none.conf"),  # the system's own settings are not ours
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            # schedulers that do not spin while they wait leave the processor to the others
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none "
            "-kernel inet_dist_use_interface {127,0,0,1}",
        },
        group="infrastructure",
        priority=20,
        stop_seconds=4,
    )


def _broker_settings(parts: Infrastructure) -> str:
    """On its first start the node makes this user and virtual host instead of guest."""
    lines = (
        f"listeners.tcp.default = {HOST}:{parts.ports['amqp']}",
        f"default_vhost = {BROKER_VHOST}",
        f"default_user = {BROKER_USER}",
        f"default_pass = {parts.secrets.broker_password}",
        "loopback_users = none",
        "log.console = true",
        "log.console.level = warning",
        "log.file = false",
        "disk_free_limit.absolute = 200MB",
    )
    return "\n".join(lines) + "\n"


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
    # an empty file keeps it from looking for settings in the user's home and in /etc
    settings = parts.places.store / "secantusd.toml"
    write_private(settings, b"")
    return Program(
        name="store",
        role="store",
        command=(
            str(find_store()),
            "--config",
            str(settings),
            "--host",
            HOST,
            "--port",
            str(parts.ports["store"]),
            "--storage-path",
            str(parts.places.store / "data"),
            "--cache-size",
            "256M",
            "--log-level",
            "WARNING",
        ),
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
