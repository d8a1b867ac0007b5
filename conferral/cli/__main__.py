"""``conferral``: everything that is done from a terminal."""

import click

from conferral.cli import admin, audit, designs, local
from conferral.runtime.logging import configure


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="conferral")
def main() -> None:
    """Issue digital credentials: certificates and badges that people keep, open and verify."""
    # a person reads this: what the libraries below have to tell is for the services' logs
    configure("conferral", "cli", "error")


for command in (local.up, local.demo, local.stop, local.broker, admin.admin, admin.migrate, designs.designs):
    main.add_command(command)
main.add_command(audit.audit)


if __name__ == "__main__":
    main()
