"""What the store's reader serves over HTTP to the public pages.

``GET /public/credentials/<id>``  PublicCredential as JSON, with ETag; 404 unknown or unpublished, 410 erased
``GET /blobs/<digest>``           the blob, immutable
``PUT /blobs/<digest>``           internal: the BLOB_TOKEN header authenticates; 201 stored, 200 was there already
"""

from typing import Literal

from conferral.contracts.edition import DocumentValues, Drawing
from conferral.contracts.ids import Digest, Id
from conferral.contracts.message import Day, Instant, Message
from conferral.contracts.profiles import Visibility


class PublicCredential(Message):
    """Everything a credential's page needs that its edition does not hold."""

    id: Id
    version: int
    state: Literal["published", "suspended", "revoked"]
    url: str
    visibility: Visibility
    language: str
    recipient_name: str
    issue_date: Day
    expiry_date: Day | None
    valid_until: Instant | None
    attributes: dict[str, str]
    """Public ones only."""
    edition: Digest
    drawing: Drawing
    document: DocumentValues
    published_at: Instant
