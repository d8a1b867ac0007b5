"""``conferral up``, ``demo``, ``stop`` and ``broker``: the whole system on this machine."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import click
from rich.console import Console

from conferral.cli.demo import run_demo
from conferral.cli.screen import Screen
from conferral.local import start
from conferral.local.broker_install import ensure_server
from conferral.local.errors import AlreadyRunning, CannotStart
from conferral.local.places import Places, default_root
from conferral.local.run_file import read
from conferral.local.start import Running
from conferral.local.system import stop_running

_root_option = click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_root,
    show_default="the checkout's .local",
    help="Folder of all local state.",
)


class _Told(BaseException):
    """A signal asked us to end."""


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal end the block; while it ends, more of them are ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def told(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise _Told

    before = {number: signal.signal(number, told) for number in numbers}
    try:
        yield
    except _Told:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(root: Path, then: Callable[[Running, Screen], bool], smtp: tuple[str, int] | None = None) -> None:
    """Start everything, do ``then``, and stay up if that says so."""
    screen = Screen(Console(highlight=False))
    try:
        with _ending_on_signals(), start.running(Places.prepare(root), screen.reporter(), smtp) as running:
            screen.started(running)
            try:
                if then(running, screen):
                    screen.staying_up()
                    start.watch(running.system, screen.say)
            finally:
                screen.stopping()
    except AlreadyRunning as error:
        screen.already_running(error, read(Places.prepare(root).run_file))
        sys.exit(1)
    except CannotStart as error:
        screen.failed(error)
        sys.exit(1)
    screen.say("Everything has stopped.")


@click.command()
@_root_option
@click.option("--smtp", hidden=True, metavar="HOST:PORT", help="Send mail there instead of to the mailbox.")
def up(root: Path, smtp: str | None) -> None:
    """Run the whole system until Ctrl-C."""
    host, _, port = (smtp or "").rpartition(":")
    _run(root, lambda running, screen: True, (host, int(port)) if smtp else None)  # noqa: ARG005


@click.command()
@_root_option
@click.option("--exit-after", is_flag=True, hidden=True, help="Stop when every email is accepted.")
def demo(root: Path, *, exit_after: bool) -> None:
    """Run the whole system with 25 fictional recipients until Ctrl-C."""
    places = Places.prepare(root)

    def batch(running: Running, screen: Screen) -> bool:
        run_demo(places.demo_file, running.addresses, running.organisation_id, screen)
        return not exit_after

    _run(root, batch)


@click.command()
@_root_option
def stop(root: Path) -> None:
    """Stop a running system of this checkout, and whatever a killed one left behind."""
    if root.exists() and stop_running(Places.prepare(root)):
        click.echo("Everything has stopped.")


@click.command()
def broker() -> None:
    """Get a RabbitMQ server for this machine, if there is none."""
    try:
        ensure_server(click.echo)
    except CannotStart as error:
        click.echo(str(error), err=True)
        sys.exit(1)
