"""``conferral audit``: whether what this system promises holds, on its live data."""

import os
import subprocess
import sys
from pathlib import Path

import click

from conferral.local.places import Places, default_root
from conferral.local.run_file import read
from conferral.runtime.config import PREFIX

_DATABASE = f"{PREFIX}MONGODB_URI"


@click.command()
@click.option("--organisation", metavar="ID", help="Look at one organisation only.")
@click.option(
    "--accepted",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A mail server's own log, with a line for each accepted message that holds its Message-ID.",
)
@click.option("--json", "as_json", is_flag=True, help="The verdict as JSON.")
def audit(*, organisation: str | None, accepted: Path | None, as_json: bool) -> None:
    """Check that nothing is lost, stuck, doubled or left over, beside live traffic, and change nothing.

    Exit code 0: all is well. 1: something is broken, and is named. 3: the database does not answer.
    """
    # a process of its own: nothing but the store's code touches the database
    command = [sys.executable, "-m", "services.credential_store", "audit"]
    command += ["--organisation", organisation] if organisation else []
    command += ["--accepted", str(accepted.resolve())] if accepted else []
    command += ["--json"] if as_json else []
    sys.exit(subprocess.run(command, check=False, env=_environment()).returncode)  # noqa: S603 - our own module


def _environment() -> dict[str, str]:
    """Return the settings: as every service has them, else of this checkout's system."""
    addresses = None if _DATABASE in os.environ else read(Places(default_root()).run_file)
    return {**os.environ, **({_DATABASE: addresses.mongodb_uri} if addresses else {})}
