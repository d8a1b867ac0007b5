"""``conferral admin`` and ``conferral migrate``: what the one who runs an installation does.

``python -m conferral.cli.admin`` is ``conferral admin`` where the local system's packages are not installed: in images.
"""

import secrets
import subprocess
import sys

import click

from conferral.cli.reaching import caller
from conferral.contracts.actors import Actor
from conferral.contracts.ids import is_id
from conferral.contracts.rpc.accounts import CREATE_ORGANISATION, CreateOrganisation
from conferral.contracts.rpc.operations import (
    CREATE_OPERATOR,
    GET_INSTALLATION,
    SET_LIMIT,
    SWITCH_MAIL,
    CreateOperator,
    GetInstallation,
    SetLimit,
    SwitchMail,
)
from conferral.runtime.logging import configure

ADMIN = Actor(service="admin")
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


@admin.command("create-operator")
@click.option("--name", required=True, prompt=True)
@click.option("--email", required=True, prompt=True)
@click.option("--ask-password", is_flag=True, help="Ask for the password instead of making one.")
def create_operator(*, name: str, email: str, ask_password: bool) -> None:
    """Let somebody run the installation: queues, dead letters, mail on hold; no organisation's data."""
    password = (
        click.prompt("Password", hide_input=True, confirmation_prompt=True)
        if ask_password
        else secrets.token_urlsafe(_PASSWORD_BYTES)
    )
    request = CreateOperator(actor=ADMIN, name=name, email=email, password=password)
    with caller() as services:
        made = services.call(CREATE_OPERATOR, request, timeout=20)
    if made.known:
        click.echo(f"{email} has an account already, and keeps its name and password. It is an operator's now.")
    elif ask_password:
        click.echo(f"{email} is an operator now.")
    else:
        click.echo(f"Password     {password}")
        click.echo("It is not shown again.", err=True)


@admin.command("hold-mail")
def hold_mail() -> None:
    """Send nothing from now on, whoever's it is; what is being sent is finished."""
    with caller() as services:
        services.call(SWITCH_MAIL, SwitchMail(actor=ADMIN, flows=False))
    click.echo("All mail is on hold. Emails wait, and none is lost. To go on: conferral admin release-mail")


@admin.command("release-mail")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release_mail(*, yes: bool) -> None:
    """Let mail flow again; of a restored copy: this database is the one to send from, from now on."""
    with caller() as services:
        state = services.call(GET_INSTALLATION, GetInstallation(actor=ADMIN)).mail
        if state == "flows":
            click.echo("Mail flows already.")
            return
        if state == "copy" and not yes:
            click.echo("This database is a copy, or was restored from a backup.")
            click.confirm("Emails that it has queued may have been sent before. Send them?", abort=True)
        services.call(SWITCH_MAIL, SwitchMail(actor=ADMIN, flows=True), timeout=60)
    click.echo("Mail flows. What waited is being sent.")


@admin.command("set-limit")
@click.option("--organisation", required=True, metavar="ID")
@click.option("--publish", type=click.IntRange(min=1), default=None, help="Left out: as the installation has it.")
def set_limit(*, organisation: str, publish: int | None) -> None:
    """Set how many credentials an organisation may publish at once."""
    if not is_id(organisation):
        raise click.BadParameter(f"{organisation} is no organisation's id.", param_hint="--organisation")
    with caller() as services:
        services.call(SET_LIMIT, SetLimit(actor=ADMIN, organisation_id=organisation, publish=publish))
    click.echo(f"At most {publish:,} at once from now on." if publish else "As the installation has it from now on.")


@click.command()
def migrate() -> None:
    """Upgrade the database and build its indexes; settings come from the environment, as for the store."""
    # a process of its own: nothing but the store's code touches the database
    result = subprocess.run([sys.executable, "-m", "services.credential_store", "migrate"], check=False)
    sys.exit(result.returncode)


if __name__ == "__main__":
    configure("conferral", "cli", "error")
    admin()
