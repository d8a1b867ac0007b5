"""The composition root: settings → database → repositories → the role's entrypoint.

To add a repository: write its class in ``adapters/`` (constructor ``(database: Database)``; scope first in every call,
``session`` keyword-only), its protocol in ``ports.py`` (or, when that outgrows its file, in ``publishing_ports.py``),
a field of ``handlers.context.Store``, and one line in ``build_store`` below. Its collections and indexes are data in
``adapters/schema.py``; queries of an organisation's collection name ``organisation_id`` (or, under a SystemScope, carry
``comment=scope.comment``), else the guard refuses them. A handler module has a map ``HANDLERS`` that
``handlers/__init__.py`` joins. A role is a module in ``entrypoints/`` with ``run(application)``.
"""

import importlib

from conferral.runtime import config as runtime_config
from conferral.runtime import logging as runtime_logging
from services.credential_store.adapters.database import Database
from services.credential_store.config import StoreSettings
from services.credential_store.handlers.context import Application, Store, Tools

SERVICE = "credential_store"
ROLES = ("rpc", "relay", "reader")


def run(role: str) -> None:
    """Run one role until the process is told to stop.

    The role's module is imported by name, so that no process loads what only another one needs.
    """
    settings = runtime_config.load(StoreSettings)
    runtime_logging.configure(SERVICE, role, settings.log_level)
    entrypoint = importlib.import_module(f"services.credential_store.entrypoints.{role}")
    database = Database(settings.mongodb_uri)
    try:
        entrypoint.run(build_application(settings, database))
    finally:
        database.close()


def migrate() -> None:
    """Build indexes and upgrade documents, then return."""
    settings = runtime_config.load(StoreSettings)
    runtime_logging.configure(SERVICE, "migrate", settings.log_level)
    database = Database(settings.mongodb_uri)
    try:
        importlib.import_module("services.credential_store.adapters.migrations").migrate(database)
    finally:
        database.close()
