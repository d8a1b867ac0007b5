"""The publisher's composition root: settings in, its parts out."""

from dataclasses import dataclass

from conferral.contracts.operation import Caller
from conferral.runtime.blobs import BlobClient
from services.publisher.adapters.design_host import DesignHost
from services.publisher.adapters.design_process import Allowance
from services.publisher.config import PublisherSettings
from services.publisher.handlers.editions import Editions
from services.publisher.handlers.publish_chunk import Publisher
from services.publisher.ports import Stopping

_GRACE_SHARE = 0.4
"""Of the shutdown grace, for drawing what is held; the rest is for recording it or handing it back."""


@dataclass(frozen=True)
class Parts:
    """What is built once and closed at the end."""

    designs: DesignHost
    editions: Editions

    def close(self) -> None:
        """End the design processes."""
        self.designs.close()


def build(settings: PublisherSettings) -> Parts:
    """Put together what both roles need; connects to nothing and starts nothing yet."""
    allowance = Allowance(
        wall=settings.design_wall_seconds,
        processor=settings.design_cpu_seconds,
        memory=settings.design_memory_mb,
    )
    designs = DesignHost(allowance, settings.render_workers)
    blobs = BlobClient(settings.reader_url, settings.blob_token.get_secret_value())
    return Parts(designs, Editions(designs, blobs))


def publisher(settings: PublisherSettings, parts: Parts, store: Caller, stopping: Stopping) -> Publisher:
    """Return what the worker's handler needs."""
    return Publisher(store, parts.designs, parts.editions, stopping, settings.shutdown_grace * _GRACE_SHARE)
