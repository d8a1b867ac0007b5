"""Compiled templates: an edition's by its digest, and the mailer's own by their kind."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from conferral.contracts.edition import EmailTemplate
from conferral.contracts.errors import InvalidMessage, NotFound
from conferral.contracts.rpc.deliveries import ClaimedDelivery, DeliveryKind
from services.mailer.domain.headers import UnsafeHeader
from services.mailer.domain.mime import MimeTemplate

KEPT = 256
"""Compiled templates in memory, the most recently used; one is about as large as its HTML."""


class Blobs(Protocol):
    """Where templates are read. Adapter: ``conferral.runtime.blobs.BlobClient``."""

    def get(self, digest: str) -> bytes:
        """Return the blob.

        :raises Unavailable: not at the moment.
        :raises NotFound: there is none.
        """


class CompiledTemplates:
    """Implements ``Templates``.

    :param own: the mailer's own templates, compiled.
    """

    def __init__(self, blobs: Blobs, own: Mapping[DeliveryKind, MimeTemplate]) -> None:
        self._blobs = blobs
        self._own = own
        self._compiled = lru_cache(maxsize=KEPT)(self._compile)

    def get(self, delivery: ClaimedDelivery) -> MimeTemplate:
        """Return the delivery's template; see the port."""
        if delivery.template is not None:
            return self._compiled(delivery.template)
        try:
            return self._own[delivery.kind]
        except KeyError:
            raise NotFound(f"there is no template for {delivery.kind}") from None

    def _compile(self, digest: str) -> MimeTemplate:
        try:
            return MimeTemplate.compile(EmailTemplate.decode(json.loads(self._blobs.get(digest))))
        except (ValueError, UnsafeHeader) as error:
            raise InvalidMessage("EmailTemplate", type(error).__name__) from error
