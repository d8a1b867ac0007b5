"""Role ``worker``: takes ``DeliverEmails`` commands from the bus."""

from functools import partial

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.topology import DELIVER_QUEUE
from conferral.runtime.command_worker import CommandWorker
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from services.mailer.bootstrap import build
from services.mailer.config import MailerSettings
from services.mailer.handlers import check_store, deliver_emails


def run(settings: MailerSettings) -> None:
    """Work until told to stop."""
    stopping = install_signal_handlers()
    parts = build(settings, stopping)
    health = Health("mailer", "worker", settings, ready=partial(check_store, parts.store))
    worker = CommandWorker(
        settings.amqp_uri,
        DELIVER_QUEUE,
        DeliverEmails,
        partial(deliver_emails, mailer=parts.mailer),
        health,
        stopping,
        prefetch=settings.connections,
        threads=settings.connections,
    )
    try:
        worker.run(grace=settings.shutdown_grace)
    finally:
        parts.close()
