"""Commands on the bus. They are hints to look at records: ids only, no personal data."""

from typing import Annotated

from pydantic import Field

from conferral.contracts.ids import Id, OrganisationId
from conferral.contracts.message import Instant, Many, Message

CHUNK_SIZE = 100
"""Most credentials in one publish command, and most deliveries in one deliver command."""


class Command(Message):
    """What every command carries."""

    message_id: Id
    correlation_id: str
    organisation_id: OrganisationId
    not_after: Instant | None = None
    """The work is worthless after this; None: never."""


class PublishChunk(Command):
    """Render and record one chunk of a publication."""

    publication_id: Id
    chunk: Annotated[int, Field(ge=0)]


class DeliverEmails(Command):
    """Send these deliveries."""

    delivery_ids: Annotated[Many[Id], Field(max_length=CHUNK_SIZE)]
