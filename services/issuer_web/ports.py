"""What the front end needs from elsewhere. The bus's port is ``conferral.contracts.operation.Caller``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from conferral.contracts.public import PublicCredential


@dataclass(frozen=True)
class Fetched:
    """A credential as the reader serves it, with its validator."""

    credential: PublicCredential
    etag: str


class NotModified:
    """The validator still holds."""


class Gone:
    """The credential was erased."""


class Missing:
    """Unknown or unpublished: nobody is told which."""


Reading = Fetched | NotModified | Gone | Missing


class TextRecords(Protocol):
    """DNS, as far as it is asked here."""

    def txt(self, name: str) -> Sequence[str] | None:
        """Return a name's TXT records; none: empty; nobody answered: None."""


class PublicReader(Protocol):
    """Published credentials."""

    def read(self, credential_id: str, etag: str | None) -> Reading:
        """Ask for a credential, or whether the one with this validator is still current.

        :raises Unavailable: the reader does not answer.
        """


class Blobs(Protocol):
    """Content by digest."""

    def get(self, digest: str) -> bytes:
        """Return the content.

        :raises NotFound: there is no such blob.
        :raises Unavailable: the reader does not answer.
        """
