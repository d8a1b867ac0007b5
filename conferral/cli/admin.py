"""``conferral admin`` and ``conferral migrate``: what the one who runs an installation does.

``python -m conferral.cli.admin`` is ``conferral admin`` where the local system's packages are not installed: in images.
"""

import secrets
import subprocess
import sys

import click

from conferral.cli.reaching import caller
from conferral.contracts.actors import Actor
from conferral.contracts.rpc.accounts import CREATE_ORGANISATION, CreateOrganisation
from conferral.runtime.logging import configure

_PASSWORD_BYTES = 12


@click.group()
def admin() -> None:
    """Administer the installation."""


@admin.command("create-organisation")
@click.option("--name", required=True, prompt=True)
@click.option("--owner-name", required=True, prompt=True)
@click.option("--owner-email", required=True, prompt=True)
@click.option("--timezone", default="UTC", show_default=True, help="IANA zone: when a day begins and ends.")
@click.option("--url", default=None, help="The organisation's web site.")
@click.option("--operator", is_flag=True, help="Make the owner an operator of the installation too.")
@click.option("--ask-password", is_flag=True, help="Ask for the owner's password instead of making one.")
def create_organisation(
    *,
    name: str,
    owner_name: str,
    owner_email: str,
    timezone: str,
    url: str | None,
    operator: bool,
    ask_password: bool,
) -> None:
    """Make an organisation with its first owner. A password that is made here is printed once."""
    password = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True)
        if ask_password
        else secrets.token_urlsafe(_PASSWORD_BYTES)
    )
    request = CreateOrganisation(
        actor=Actor(service="admin"),
        name=name,
        timezone=timezone,
        url=url,
        owner_name=owner_name,
        owner_email=owner_email,
        password=password,
        operator=operator,
    )
    with caller() as services:
        made = services.call(CREATE_ORGANISATION, request, timeout=20)
    if not made.created:
        click.echo(f"{name} with the owner {owner_email} was there already ({made.organisation_id}); nothing changed.")
        return
    click.echo(f"Organisation {made.organisation_id}")
    if made.known_owner:
        click.echo(f"{owner_email} has an account already, and keeps its name and password.", err=True)
    elif not ask_password:
        click.echo(f"Password     {password}")
        click.echo("It is not shown again.", err=True)


@click.command()
def migrate() -> None:
    """Upgrade the database and build its indexes; settings come from the environment, as for the store."""
    # a process of its own: nothing but the store's code touches the database
    result = subprocess.run([sys.executable, "-m", "services.credential_store", "migrate"], check=False)
    sys.exit(result.returncode)


if __name__ == "__main__":
    configure("conferral", "cli", "error")
    admin()
