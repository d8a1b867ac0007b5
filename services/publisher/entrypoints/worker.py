"""``worker``: publish commands from the bus."""

from functools import partial

from conferral.contracts.commands import PublishChunk
from conferral.contracts.topology import PUBLISH_QUEUE
from conferral.runtime.command_worker import CommandWorker
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from conferral.runtime.rpc_client import RpcClient
from services.publisher import bootstrap
from services.publisher.config import PublisherSettings
from services.publisher.handlers.publish_chunk import check_store, publish_chunk


def run(settings: PublisherSettings) -> None:
    """Work until asked to stop."""
    stopping = install_signal_handlers()
    parts = bootstrap.build(settings)
    store = RpcClient(settings.amqp_uri)
    publisher = bootstrap.publisher(settings, parts, store, stopping)
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
        parts.close()
        store.close()
        health.close()
