"""What a design makes and is given, in the host's own types: shape checked, content not yet."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from conferral.contracts.edition import Run
from conferral.contracts.message import Many, Record

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
    corrected: EmailSource | None = None
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
