"""``conferral doctor``: what is well with this installation, what is not, and what to do about it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import click
from amqp import Message as AmqpMessage
from kombu import Connection
from rich.console import Console
from rich.markup import escape

from conferral.contracts.topology import QUEUES
from conferral.local.places import CHECKOUT, Places, default_root
from conferral.local.roles import Surroundings, role_programs
from conferral.local.run_file import read
from conferral.local.secret_files import load_secrets
from conferral.runtime import amqp
from conferral.runtime.checkup import Check, Worrying, look
from conferral.runtime.config import PREFIX

_PROCESS_SECONDS = 75.0
_ALARM_SECONDS = 1.5
_LEAST_FREE = 1_000_000_000
_LITTLE_FREE = 5_000_000_000
_PARTS = {
    # what looks: role whose settings it has
    ("services.credential_store", "doctor"): "credential-store-rpc",
    ("services.mailer", "doctor"): "mailer-worker",
    ("services.publisher", "doctor"): "publisher-worker",
    ("services.issuer_web", "doctor", "dashboard"): "issuer-web-dashboard",
    ("services.issuer_web", "doctor", "public"): "issuer-web-public",
}
_BROKER = "Look whether RabbitMQ runs, whether this machine reaches it, and into its log."
_MARKS = {"good": "[green]well[/green]", "warn": "[yellow]look[/yellow]", "bad": "[red]bad [/red]"}


@click.command()
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_root,
    show_default="the checkout's .local",
    help="Folder of the local system's state.",
)
@click.option("--json", "as_json", is_flag=True, help="Everything that was seen, as JSON.")
def doctor(*, root: Path, as_json: bool) -> None:
    """Look at broker, store, mail server, clock, disk, designs and settings, whichever of them is down.

    Of this checkout's system, or, where none runs, of the one that the settings in the environment name. Exit code 0:
    nothing is bad; 1: something is, and it says what to do.
    """
    checks = examine(Places(root.resolve()))
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        _show(checks)
    sys.exit(any(check.state == "bad" for check in checks))


def examine(places: Places) -> list[Check]:
    """Look at every part at the same time, and return what was seen, in a fixed order."""
    environments = _environments(places)
    with ThreadPoolExecutor(max_workers=3) as pool:
        bus = pool.submit(look, "broker", lambda: broker(environments), _BROKER, 15.0)
        parts = [pool.submit(_ask, command, environments.get(role)) for command, role in _PARTS.items()]
        room = look("disk", lambda: disk(places.root), "Make room: a full disk stops broker and store.")
        return [bus.result(), room, *(check for part in parts for check in part.result())]


def _environments(places: Places) -> dict[str, Mapping[str, str]]:
    """Return the environment of every role of the local system; nothing: none runs here."""
    addresses = read(places.run_file)
    if addresses is None:
        return {}
    ports = json.loads(places.ports_file.read_text())
    programs = role_programs(Surroundings(addresses, ports, load_secrets(places.secrets), places.journal))
    return {program.name: program.environment for program in programs}


def _ask(command: tuple[str, ...], environment: Mapping[str, str] | None) -> list[Check]:
    """Have a service look at what it alone can reach, in a process of its own."""
    name = " ".join(command).removeprefix("services.").replace(" doctor", "")
    try:
        done = subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, "-m", *command],
            cwd=CHECKOUT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            timeout=_PROCESS_SECONDS,
            check=False,
        )
        return [Check(**check) for check in json.loads(done.stdout)]
    except subprocess.TimeoutExpired:
        return [Check(name, "bad", "Looking at it did not end.", "Please report it.")]
    except (ValueError, TypeError):
        said = done.stderr.strip().splitlines()[-1:] or ["It said nothing."]
        return [Check(name, "bad", said[0], "Is it installed here? pip install 'conferral[…]' names its extra.")]


def broker(environments: Mapping[str, Mapping[str, str]]) -> str:
    """Connect, compare queues with what is declared, and ask for alarms."""
    setting = f"{PREFIX}AMQP_URI"
    uri = next((one[setting] for one in environments.values() if setting in one), os.environ.get(setting))
    if not uri:
        raise RuntimeError("Nothing runs in this checkout (make up), and CONFERRAL_AMQP_URI is not set.")
    connection = amqp.connect(uri)
    try:
        version = connection.connection.server_properties.get("version", "unknown")
        amqp.declare_topology(connection)
        alarms: list[str] = []
        connection.connection.on_blocked = alarms.append
        # The broker tells of an alarm when somebody publishes. This reaches no queue.
        connection.default_channel.basic_publish(AmqpMessage(b""), "", "conferral.doctor")
        with suppress(TimeoutError):
            connection.drain_events(timeout=_ALARM_SECONDS)
        if alarms:
            raise RuntimeError(f"RabbitMQ {version} takes no messages: it has an alarm, of memory or of disk.")
        waiting = _waiting(connection)
    finally:
        connection.collect()
    if waiting:
        raise Worrying(f"RabbitMQ {version}, queues as declared. Nobody takes from {', '.join(waiting)}.")
    return f"RabbitMQ {version}, {len(QUEUES)} queues as declared, no alarm."


def _waiting(connection: Connection) -> list[str]:
    """Return the command queues that hold something, and that nobody takes from."""
    channel = connection.channel()
    found = {
        queue.name: channel.queue_declare(queue.name, passive=True)
        for queue in QUEUES
        if not queue.name.endswith(".dead")
    }
    return [name for name, one in found.items() if one.message_count and not one.consumer_count]


def disk(folder: Path) -> str:
    """Look how much room there is."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(place).free
    said = f"{free / 1e9:.1f} GB are free where {place} is."
    if free < _LEAST_FREE:
        raise RuntimeError(said)
    if free < _LITTLE_FREE:
        raise Worrying(said)
    return said


def _show(checks: list[Check]) -> None:
    console = Console(highlight=False)
    for check in checks:
        console.print(f"{_MARKS[check.state]}  [bold]{check.name}[/bold]: {escape(check.said)}", soft_wrap=True)
        if check.advice:
            console.print(f"      {escape(check.advice)}", soft_wrap=True)
    bad = sum(check.state == "bad" for check in checks)
    console.print()
    console.print("Nothing is bad." if not bad else f"{bad} of {len(checks)} are bad.")
