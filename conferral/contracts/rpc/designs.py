"""``store.designs``: an organisation's designs one by one, and the images that its groups show."""

from typing import Annotated, Any

from pydantic import Field

from conferral.contracts.ids import Digest, Id
from conferral.contracts.message import Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.groups import DesignSummary

SERVICE = "store.designs"

MOST_IMAGE_CHARACTERS = 190_000
"""Of an image in base64: nothing above 256 kB crosses the bus."""
MOST_USES = 50
"""Designs that are asked about at once."""


class GetDesign(Request):
    """One design."""

    design_id: Id


class AmendDesign(Request):
    """Compare-and-set on ``revision``; Conflict where somebody was faster. The caller validated the options.

    Drafts are drawn with it from then on; what is published keeps the options that it was published with.
    """

    design_id: Id
    revision: int
    name: Annotated[str, Field(min_length=1, max_length=200)]
    plugin_version: str
    options: dict[str, Any]
    required_attributes: Many[str] = ()


class DesignAnswer(Answer):
    """One design."""

    design: DesignSummary


class UsesOfDesigns(Request):
    """Which groups use these designs."""

    design_ids: Annotated[Many[Id], Field(max_length=MOST_USES)]


class GroupName(Record):
    """A group by its name."""

    id: Id
    name: str


class DesignUse(Record):
    """The newest groups that use a design; ``more``: there are others."""

    design_id: Id
    groups: Many[GroupName]
    more: bool


class DesignUses(Answer):
    """In the order that was asked for."""

    uses: Many[DesignUse]


class StoreImage(Request):
    """Keep a PNG or JPEG image. The caller has decoded and re-encoded it."""

    content: Annotated[str, Field(max_length=MOST_IMAGE_CHARACTERS)]
    """Base64."""


class ImageStored(Answer):
    """The blob's name."""

    digest: Digest


GET_DESIGN = Operation(SERVICE, "get_design", GetDesign, DesignAnswer, "view")
AMEND_DESIGN = Operation(SERVICE, "amend_design", AmendDesign, DesignAnswer, "publish")
USES_OF_DESIGNS = Operation(SERVICE, "uses_of_designs", UsesOfDesigns, DesignUses, "view")
STORE_IMAGE = Operation(SERVICE, "store_image", StoreImage, ImageStored, "publish")

OPERATIONS = (GET_DESIGN, AMEND_DESIGN, USES_OF_DESIGNS, STORE_IMAGE)
