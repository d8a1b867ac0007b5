"""``conferral designs``: which design plugins the publisher has."""

import json

import click
from rich.console import Console
from rich.table import Table

from conferral.cli.reaching import caller
from conferral.contracts.actors import Actor
from conferral.contracts.rpc.previews import LIST_INSTALLED_DESIGNS, DesignDeclaration, ListInstalledDesigns


@click.group()
def designs() -> None:
    """Design plugins."""


@designs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Everything that the plugins declare, as JSON.")
def list_designs(*, as_json: bool) -> None:
    """List the installed design plugins, and those that would not load."""
    with caller() as services:
        answer = services.call(LIST_INSTALLED_DESIGNS, ListInstalledDesigns(actor=Actor(service="admin")), timeout=30)
    if as_json:
        click.echo(json.dumps([design.model_dump(mode="json") for design in answer.designs], indent=2))
    else:
        Console().print(_table(list(answer.designs)))


def _table(rows: list[DesignDeclaration]) -> Table:
    table = Table("id", "version", "name", "from", "attributes", "error")
    for design in rows:
        attributes = ", ".join(f"{item.key}{' (required)' if item.required else ''}" for item in design.attributes)
        table.add_row(
            design.plugin_id, design.plugin_version, design.name, design.origin, attributes, design.error or ""
        )
    return table
