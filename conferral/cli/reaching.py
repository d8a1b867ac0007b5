"""Reaching the system from a terminal: the one that runs in this checkout, or the one that the settings name."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from conferral.contracts.errors import ConferralError, InvalidInput
from conferral.contracts.operation import Caller
from conferral.local.places import Places, default_root
from conferral.local.run_file import read
from conferral.runtime.config import ProcessSettings, load
from conferral.runtime.rpc_client import RpcClient


class _Reaching(ProcessSettings):
    amqp_uri: str | None = None


def amqp_uri() -> str:
    """Return the broker's address: from the settings, as every service has them, else of this checkout's system."""
    uri = load(_Reaching).amqp_uri
    if uri:
        return uri
    addresses = read(Places(default_root()).run_file)
    if addresses is None:
        click.echo("Nothing runs in this checkout (make up), and CONFERRAL_AMQP_URI is not set.", err=True)
        sys.exit(1)
    return addresses.amqp_uri


@contextmanager
def caller() -> Iterator[Caller]:
    """Ask the services; an error that they answer with ends the command in plain words."""
    client = RpcClient(amqp_uri())
    try:
        yield client
    except ConferralError as error:
        click.echo(error.message, err=True)
        if isinstance(error, InvalidInput):
            for path, text in error.problems:
                click.echo(f"  {path}: {text}", err=True)
        sys.exit(1)
    finally:
        client.close()
