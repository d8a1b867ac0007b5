"""What the handlers need from outside, beside the store (``contracts.operation.Caller``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import Field

from conferral.contracts.edition import Direction, Run
from conferral.contracts.message import Many, Record
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.previews import DesignDeclaration

Size = Annotated[float, Field(gt=0, le=20_000, allow_inf_nan=False)]


class EmailSource(Record):
    """A design's email before it is compiled."""

    subject: Annotated[str, Field(max_length=500)]
    mjml: Annotated[str, Field(max_length=200_000)]
    text: Annotated[str, Field(max_length=50_000)]


class CompiledDesign(Record):
    """What a design made for all recipients: shape checked, content not yet."""

    width: Size
    height: Size
    svg: Annotated[str, Field(max_length=2_000_000)]
    email: EmailSource
    state: dict[str, Any]
    static_runs: Annotated[Many[Run], Field(max_length=100)] = ()


class Completion(Record):
    """What a design made for one recipient: shape checked, content not yet."""

    runs: Annotated[Many[Run], Field(max_length=100)]
    alternative: Annotated[str, Field(max_length=2_000)]
    email_values: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=5_000)]]


@dataclass(frozen=True)
class Recipient:
    """One credential as a design sees it. Dates are ``YYYY-MM-DD``."""

    credential_id: str
    name: str
    url: str
    issue_date: str
    expiry_date: str | None
    attributes: dict[str, str]


@dataclass(frozen=True)
class Failure:
    """Why one recipient could not be drawn; the text is for the issuer."""

    message: str


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
    ) -> CompiledDesign:
        """Make what all recipients share.

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
