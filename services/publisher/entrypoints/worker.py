"""``worker``: publish commands from the bus."""

from collections.abc import Callable
from functools import partial

from conferral.contracts.commands import PublishChunk
from conferral.contracts.operation import Caller
from conferral.contracts.topology import PUBLISH_QUEUE
from conferral.runtime.command_worker import CommandWorker
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from conferral.runtime.rpc_client import RpcClient
from services.publisher.config import PublisherSettings
from services.publisher.handlers.publish_chunk import Publisher, check_store, publish_chunk
from services.publisher.ports import Stopping


def run(settings: PublisherSettings, build: Callable[[Caller, Stopping], Publisher]) -> None:
    """Work until asked to stop."""
    stopping = install_signal_handlers()
    store = RpcClient(settings.amqp_uri)
    publisher = build(store, stopping)
    health = Health("publisher", "worker", settings, partial(check_store, store))
    worker = CommandWorker(
        settings.amqp_uri,
        PUBLISH_QUEUE,
        PublishChunk,
        partial(publish_chunk, publisher),
        health,
        stopping,
        prefetch=settings.render_workers + 1,
        threads=settings.render_workers,
    )
    try:
        worker.run(grace=settings.shutdown_grace)
    finally:
        store.close()
        health.close()
