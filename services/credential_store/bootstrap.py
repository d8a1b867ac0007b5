"""The composition root: settings → database → repositories → the role's entrypoint.

To add a repository: write its class in ``adapters/`` (constructor ``(database: Database)``; scope first in every call,
``session`` keyword-only), its protocol in ``ports.py`` (or ``publishing_ports.py``, ``listing_ports.py``),
a field of ``handlers.context.Store``, and one line in ``build_store`` below. Its collections and indexes are data in
``adapters/schema.py``; queries of an organisation's collection name ``organisation_id`` (or, under a SystemScope, carry
``comment=scope.comment``), else the guard refuses them. A handler module has a map ``HANDLERS`` that
``handlers/__init__.py`` joins. A role is a module in ``entrypoints/`` with ``run(application)``.
"""

import importlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from conferral.runtime import checkup
from conferral.runtime import config as runtime_config
from conferral.runtime import logging as runtime_logging
from services.credential_store.adapters import checkup as database_checkup
from services.credential_store.adapters.accepted_log import AcceptedLogFile
from services.credential_store.adapters.addresses import FailingAddresses
from services.credential_store.adapters.auditing import AuditReading, Verdicts
from services.credential_store.adapters.blobs import GridFsBlobs
from services.credential_store.adapters.credentials import Batches, Credentials
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.deliveries import Deliveries
from services.credential_store.adapters.epoch_file import FileEpoch
from services.credential_store.adapters.group_changes import GroupChanges
from services.credential_store.adapters.groups import Counters, Designs, Groups
from services.credential_store.adapters.hashing import Argon2Hasher
from services.credential_store.adapters.leases import Leases
from services.credential_store.adapters.listing import Listing
from services.credential_store.adapters.operations import DeadLetters, Installation, Messages
from services.credential_store.adapters.organisations import Organisations, SigningKeys, StatusLists
from services.credential_store.adapters.outbox import AccountMail, Audit, Outbox
from services.credential_store.adapters.outbox_relay import OutboxRelay
from services.credential_store.adapters.people import Attempts, People, Sessions
from services.credential_store.adapters.public import PublicDocuments
from services.credential_store.adapters.publications import Chunks, Publications
from services.credential_store.adapters.publishable import Publishable
from services.credential_store.adapters.selections import FrozenSelections, SavedFilters
from services.credential_store.adapters.settings import Invitations, Memberships, OrganisationSettings, OwnSessions
from services.credential_store.adapters.temporary_files import TemporaryFiles
from services.credential_store.adapters.vault import FileKeyVault
from services.credential_store.adapters.versions import Versions
from services.credential_store.config import DatabaseSettings, StoreSettings, read_key
from services.credential_store.domain.scope import of_system
from services.credential_store.domain.timing import Timing
from services.credential_store.handlers.auditing.editions import Editions
from services.credential_store.handlers.auditing.looking import Auditor
from services.credential_store.handlers.context import Application, Context, Store, Tools
from services.credential_store.operations_ports import Operations
from services.credential_store.publishing_ports import Publishing
from services.credential_store.settings_ports import Settings

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


def audit(arguments: Sequence[str]) -> int:
    """Check the invariants once, print the verdict, and return the exit code; see ``entrypoints.audit``."""
    entrypoint = importlib.import_module("services.credential_store.entrypoints.audit")
    options = entrypoint.parse(arguments)
    settings = runtime_config.load(DatabaseSettings)
    runtime_logging.configure(SERVICE, "audit", "error")
    database = Database(settings.mongodb_uri)
    try:
        auditor = build_auditor(database, options.accepted, folder=options.folder)
        exit_code: int = entrypoint.run(auditor, Verdicts(database), options)
        return exit_code
    finally:
        database.close()


def doctor() -> int:
    """Look at the database, print what was seen as JSON, and return the exit code; see ``entrypoints.doctor``."""
    runtime_logging.configure(SERVICE, "doctor", "error")
    settings, configured = checkup.settings_of("credential_store", StoreSettings)
    if settings is None:
        return checkup.tell([configured])
    database = Database(settings.mongodb_uri)
    application = build_application(settings, database)
    looks = {
        "store": partial(database_checkup.answers, database),
        "store transactions": partial(database_checkup.commits, database),
        "store indexes": partial(database_checkup.is_indexed, database),
        "store clock": partial(database_checkup.agrees_on_the_time, database),
    }
    context = Context(application.store, application.tools, of_system("operations"), SERVICE, application.clock)
    entrypoint = importlib.import_module("services.credential_store.entrypoints.doctor")
    return checkup.tell([configured, *entrypoint.examine(looks, context)])


def build_auditor(
    database: Database,
    accepted: Path | None = None,
    clock: Callable[[], datetime] | None = None,
    folder: Path | None = None,
) -> Auditor:
    """Return who checks the invariants.

    :param accepted: a mail server's own log of what it accepted.
    :param clock: None: the database's.
    :param folder: where unfinished files may be left.
    """
    reading = AuditReading(database)
    return Auditor(
        scope=of_system("auditor"),
        reading=reading,
        editions=Editions(reading, GridFsBlobs(database)),
        accepted=AcceptedLogFile(accepted) if accepted else None,
        files=TemporaryFiles(folder) if folder else None,
        clock=clock or database.now,
    )


def build_application(settings: StoreSettings, database: Database) -> Application:
    """Return what every role's entrypoint is given."""
    return Application(
        settings=settings,
        store=build_store(database),
        tools=build_tools(settings),
        clock=database.now,
        ping=database.ping,
    )


def build_tools(settings: StoreSettings) -> Tools:
    """Return what handlers need that is no repository."""
    return Tools(
        hasher=Argon2Hasher(),
        vault=FileKeyVault(read_key(settings.kek_file)),
        epoch_file=FileEpoch(settings.epoch_file),
        publication_limit=settings.publication_limit,
        public_url=settings.public_url,
        dashboard_url=settings.dashboard_url,
        sender_address=settings.sender_address,
        sender_domains=frozenset(map(str.lower, settings.sender_domains)),
        any_sender=settings.quick_start and not settings.sender_domains,
        private_mail_hosts=settings.quick_start or settings.smtp_private_hosts,
        timing=Timing(
            backoff=settings.backoff,
            chunk_lease=settings.lease,
            claim_lease=settings.lease,
            sending_lease=settings.lease,
            expander_lease=settings.lease / 2,
            outbox_lease=settings.lease / 2,
            redrive=settings.lease / 2,
            sweeper_lease=settings.lease / 4,
        ),
    )


def build_store(database: Database) -> Store:
    """Return all repositories over one database."""
    return Store(
        transaction=database.transaction,
        people=People(database),
        organisations=Organisations(database),
        sessions=Sessions(database),
        attempts=Attempts(database),
        groups=Groups(database),
        designs=Designs(database),
        credentials=Credentials(database),
        batches=Batches(database),
        counters=Counters(database),
        status_lists=StatusLists(database),
        signing_keys=SigningKeys(database),
        outbox=Outbox(database),
        audit=Audit(database),
        mail=AccountMail(database),
        publishing=build_publishing(database),
        settings=build_settings(database),
        listing=Listing(database),
        frozen_selections=FrozenSelections(database),
        saved_filters=SavedFilters(database),
        operations=Operations(
            letters=DeadLetters(database),
            messages=Messages(database),
            installation=Installation(database),
            verdicts=Verdicts(database),
        ),
    )


def build_settings(database: Database) -> Settings:
    """Return the repositories of what owners and people settle."""
    return Settings(
        organisations=OrganisationSettings(database),
        memberships=Memberships(database),
        invitations=Invitations(database),
        sessions=OwnSessions(database),
    )


def build_publishing(database: Database) -> Publishing:
    """Return the repositories of publishing, of the relay and of the reader."""
    return Publishing(
        publications=Publications(database),
        chunks=Chunks(database),
        credentials=Publishable(database),
        versions=Versions(database),
        public=PublicDocuments(database),
        deliveries=Deliveries(database),
        addresses=FailingAddresses(database),
        outbox=OutboxRelay(database),
        leases=Leases(database),
        blobs=GridFsBlobs(database),
        group_changes=GroupChanges(database),
    )
