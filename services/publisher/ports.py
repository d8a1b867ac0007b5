"""What the handlers need from outside, beside the store (``contracts.operation.Caller``)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from conferral.contracts.edition import Direction
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.previews import DesignDeclaration
from conferral.contracts.wording import Part
from services.publisher.domain.design import CompiledDesign, Completion, Failure, Recipient


class Designs(Protocol):
    """The installed designs, whose code runs elsewhere."""

    def installed(self) -> Sequence[DesignDeclaration]:
        """Return every installed design, and every distribution that would not load, with its error."""

    def compile(
        self,
        pin: DesignPin,
        language: str,
        direction: Direction,
        organisation: OrganisationProfile,
        group: GroupProfile,
        wording: Mapping[Part, str] | None = None,
    ) -> CompiledDesign:
        """Make what all recipients share.

        :param wording: the issuer's words for parts of the email, with markers for slots.

        :raises DesignNotInstalled: not in this version.
        :raises DesignFailed: it raised, ran over its limits, or made something else.
        """

    def complete(
        self, pin: DesignPin, state: dict[str, Any], recipients: Sequence[Recipient], patience: float
    ) -> list[Completion | Failure]:
        """Draw the recipients, in their order. A design's failure is the recipient's whose values it fails on.

        :param state: of ``CompiledDesign``.
        :param patience: seconds for all of them; whoever is not reached by then fails.
        :raises DesignNotInstalled: not in this version.
        """


class Blobs(Protocol):
    """Content-addressed storage."""

    def put(self, content: bytes, media_type: str) -> str:
        """Store and return the digest; storing again costs nothing.

        :raises Unavailable: the store's reader does not answer.
        """


class Stopping(Protocol):
    """Whether this process was asked to end."""

    def is_set(self) -> bool:
        """Say so."""
