"""Getting a RabbitMQ server: the one that is there, else the distribution's package, else a container.

Installing Debian's package starts a system-wide broker, now and at each boot. Nobody asked for that one: it is kept
from starting, and disabled, unless it was there before.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conferral.local.errors import CannotStart
from conferral.local.servers import find_broker

_PACKAGE = "rabbitmq-server"
_POLICY = Path("/usr/sbin/policy-rc.d")
_DENY_ALL = "#!/bin/sh\n# Made by Conferral while it installs rabbitmq-server, and removed afterwards.\nexit 101\n"
_INSTALL_SECONDS = 600
_PING_SECONDS = 5
_BY_HAND = (
    "Conferral needs a RabbitMQ server, and there is none on this machine.",
    f"On Debian or Ubuntu: sudo apt-get install {_PACKAGE}",
    "The system-wide broker that the package starts is not used: sudo systemctl disable --now rabbitmq-server",
)

Say = Callable[[str], None]


def docker_answers() -> bool:
    """Tell whether containers can be run here."""
    docker = shutil.which("docker")
    return docker is not None and _succeeds([docker, "version", "--format", "{{.Server.Version}}"], _PING_SECONDS)


def ensure_server(say: Say) -> bool:
    """Have a broker program, installing it if need be; False: there is Docker to run one in.

    :raises CannotStart: there is none, and none may be installed; the text says what to do.
    """
    if find_broker():
        return True
    if shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing RabbitMQ from the distribution's packages (once) …")
        _install([])
    elif docker_answers():
        return False
    elif shutil.which("apt-get") and shutil.which("sudo") and sys.stdin.isatty() and _agreed():
        _install(["sudo"])
    if not find_broker():
        raise CannotStart(*_BY_HAND)
    return True


def _agreed() -> bool:
    question = f"Conferral needs a RabbitMQ server. Install the package {_PACKAGE} with sudo? [y/N] "
    return input(question).strip().lower() in {"y", "yes"}


def _install(prefix: Sequence[str]) -> None:
    """Install the package, leaving no system broker behind that was not there before."""
    # Erlang's port mapper is a service of its own; leave it alone where Erlang was in use already.
    services = ["rabbitmq-server.service", *([] if shutil.which("epmd") else ["epmd.service", "epmd.socket"])]
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    with _no_service_starts(prefix):
        # A failing update (a mirror away for a moment) matters only when the package cannot be installed either.
        _succeeds([*apt, "update"], _INSTALL_SECONDS)
        install = [*apt, "install", "--no-install-recommends", _PACKAGE]
        result = subprocess.run(  # noqa: S603 - a fixed command line
            install, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
        )
        if result.returncode:
            raise CannotStart(f"{_PACKAGE} could not be installed:", *result.stderr.splitlines()[-5:], *_BY_HAND[1:2])
        if shutil.which("systemctl"):
            for service in services:
                _succeeds([*prefix, "systemctl", "disable", "--now", service], 60)
        else:
            _succeeds([*prefix, "update-rc.d", _PACKAGE, "disable"], 60)


@contextmanager
def _no_service_starts(prefix: Sequence[str]) -> Iterator[None]:
    """Tell Debian's package scripts to start nothing (policy-rc.d), and put back what was there."""
    kept = _POLICY.with_name("policy-rc.d.before-conferral")
    # an earlier attempt may have been killed in mid-way: then `kept` is the original, and _POLICY is ours
    was_kept = kept.exists()
    had_one = was_kept or (_POLICY.exists() and _POLICY.read_text(errors="replace") != _DENY_ALL)
    if had_one and not was_kept:
        _run([*prefix, "mv", str(_POLICY), str(kept)])
    try:
        _run([*prefix, "sh", "-c", 'printf %s "$1" > "$2" && chmod 755 "$2"', "sh", _DENY_ALL, str(_POLICY)])
        yield
    finally:
        _run([*prefix, "rm", "-f", str(_POLICY)])
        if had_one:
            _run([*prefix, "mv", str(kept), str(_POLICY)])


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, timeout=60)  # noqa: S603 - fixed command lines


def _succeeds(command: Sequence[str], seconds: float) -> bool:
    try:
        result = subprocess.run(  # noqa: S603 - fixed command lines
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0
