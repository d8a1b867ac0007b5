"""Role ``worker``: takes ``DeliverEmails`` commands from the bus."""

from functools import partial
from threading import Thread

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import ConferralError
from conferral.contracts.topology import DELIVER_QUEUE
from conferral.runtime.command_worker import CommandWorker
from conferral.runtime.health import Health
from conferral.runtime.logging import get_logger
from conferral.runtime.process import Stopping
from services.mailer.config import MailerSettings
from services.mailer.handlers import Mailer, account_for_the_dead, check_store, deliver_emails

_LOOK_SECONDS = 3.0

_log = get_logger()


def run(settings: MailerSettings, mailer: Mailer, stopping: Stopping) -> None:
    """Work until told to stop."""
    health = Health("mailer", "worker", settings, ready=partial(check_store, mailer.store))
    worker = CommandWorker(
        settings.amqp_uri,
        DELIVER_QUEUE,
        DeliverEmails,
        partial(deliver_emails, mailer=mailer),
        health,
        stopping,
        prefetch=settings.connections,
        threads=settings.connections,
    )
    Thread(target=_account, args=(mailer, stopping), name="dead-mailers", daemon=True).start()
    worker.run(grace=settings.shutdown_grace)


def _account(mailer: Mailer, stopping: Stopping) -> None:
    """Look for what dead mailers left, at once and every few seconds: a lease is short, and others die as well."""
    while True:
        try:
            account_for_the_dead(mailer)
        except (ConferralError, OSError) as error:
            _log.warning("dead_mailers_not_accounted_for", reason=type(error).__name__)
        if stopping.wait(_LOOK_SECONDS):
            return
