"""Role ``worker``: takes ``DeliverEmails`` commands from the bus."""

from functools import partial

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.topology import DELIVER_QUEUE
from conferral.runtime.command_worker import CommandWorker
from conferral.runtime.health import Health
from conferral.runtime.process import Stopping
from services.mailer.config import MailerSettings
from services.mailer.handlers import Mailer, check_store, deliver_emails


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
    worker.run(grace=settings.shutdown_grace)
