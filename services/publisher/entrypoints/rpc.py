"""``rpc``: previews, and the inventory of designs."""

from functools import partial

from conferral.contracts.rpc.previews import (
    LIST_INSTALLED_DESIGNS,
    PREVIEW_CREDENTIAL,
    PREVIEW_EMAIL,
    InstalledDesigns,
    ListInstalledDesigns,
)
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from conferral.runtime.rpc_server import Handlers, run_rpc
from services.publisher.config import PublisherSettings
from services.publisher.handlers import previews
from services.publisher.handlers.editions import Editions
from services.publisher.ports import Designs


def run(settings: PublisherSettings, designs: Designs, editions: Editions) -> None:
    """Answer until asked to stop."""
    stopping = install_signal_handlers()
    handlers: Handlers = {
        PREVIEW_CREDENTIAL: partial(previews.preview_credential, designs, editions),
        PREVIEW_EMAIL: partial(previews.preview_email, designs, editions),
        LIST_INSTALLED_DESIGNS: partial(_list_installed_designs, designs),
    }
    # Before the first question: a design that hangs while it is imported must not hold up an answer.
    designs.installed()
    health = Health("publisher", "rpc", settings, lambda: None)
    run_rpc(settings.amqp_uri, handlers, health, stopping, grace=settings.shutdown_grace)


def _list_installed_designs(designs: Designs, _: ListInstalledDesigns) -> InstalledDesigns:
    return previews.list_installed_designs(designs)
