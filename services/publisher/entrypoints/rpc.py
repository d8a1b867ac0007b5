"""``rpc``: previews, and the inventory of designs."""

from functools import partial

from conferral.contracts.rpc.previews import (
    LIST_INSTALLED_DESIGNS,
    PREVIEW_CREDENTIAL,
    InstalledDesigns,
    ListInstalledDesigns,
)
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from conferral.runtime.rpc_server import Handlers, run_rpc
from services.publisher import bootstrap
from services.publisher.config import PublisherSettings
from services.publisher.handlers import previews


def run(settings: PublisherSettings) -> None:
    """Answer until asked to stop."""
    stopping = install_signal_handlers()
    parts = bootstrap.build(settings)
    handlers: Handlers = {
        PREVIEW_CREDENTIAL: partial(previews.preview_credential, parts.designs, parts.editions),
        LIST_INSTALLED_DESIGNS: partial(_list_installed_designs, parts),
    }
    # Before the first question: a design that hangs while it is imported must not hold up an answer.
    parts.designs.installed()
    try:
        health = Health("publisher", "rpc", settings, lambda: None)
        run_rpc(settings.amqp_uri, handlers, health, stopping, grace=settings.shutdown_grace)
    finally:
        parts.close()


def _list_installed_designs(parts: bootstrap.Parts, _: ListInstalledDesigns) -> InstalledDesigns:
    return previews.list_installed_designs(parts.designs)
