"""What publication stores of a credential's look: an *edition*, shared by all recipients, and the *drawing* of one.

An edition is everything that the credentials of one group, design and language share. It is stored once, as a
blob named by its digest; a published version pins that digest and keeps only its own values. What was published
can therefore not change because a plugin, an option or a group did.
"""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Digest
from conferral.contracts.message import Many, Message, Record
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile

Direction = Literal["ltr", "rtl"]
EmailOccasion = Literal["issued", "corrected", "issued_again", "corrected_again"]
"""What an email is about: a first version; a new one, whose holder was told of an earlier one; either, sent again."""
AttributeType = Literal["text", "long_text", "number", "date", "choice", "url", "email", "image"]


class AttributeLabel(Record):
    """How one attribute is shown on the page."""

    key: str
    label: str
    type: AttributeType = "text"
    public: bool = True


class Artwork(Record):
    """The SVG that all recipients share. ``template`` names a blob: a Template whose one slot is ``drawing``."""

    template: Digest
    width: float
    """User units, which are CSS pixels at 96 per inch."""
    height: float


class Edition(Message):
    """Everything shared. ``fonts``, ``email`` and the values of ``documents`` are digests of blobs."""

    language: str
    """BCP 47."""
    direction: Direction
    organisation: OrganisationProfile
    group: GroupProfile
    design: DesignPin
    attributes: Many[AttributeLabel]
    artwork: Artwork
    fonts: Digest
    """A FontManifest."""
    email: Digest
    """An EmailTemplate, for the occasion ``issued``."""
    emails: Annotated[dict[str, Digest], Field(default_factory=dict)]
    """EmailTemplates for the other occasions, by EmailOccasion. Editions of before there were any have none."""
    documents: dict[str, Digest]
    """Shape (which optional properties are present) to a Template of the credential's JSON."""


class FontSlice(Record):
    """One WOFF2 file of a family: the part of its characters in ``unicode_range`` (CSS syntax)."""

    family: str
    weight: int
    style: Literal["normal", "italic"]
    unicode_range: str
    digest: Digest


class FontManifest(Message):
    """Slice key, such as ``noto-serif-sc/400/normal/97``, to the slice."""

    slices: dict[str, FontSlice]


class EmailTemplate(Message):
    """A design's email, compiled from MJML; every part a template over the same slots."""

    language: str
    direction: Direction
    subject: str
    """Marker syntax of Template."""
    html: str
    text: str


class TextRun(Record):
    """One line of fitted text. ``x`` and ``y`` are the anchor on the baseline, in the artwork's user units."""

    kind: Literal["text"] = "text"
    text: str
    x: float
    y: float
    size: Annotated[float, Field(gt=0)]
    families: Many[str]
    """Font families in order of preference, all from the font manifest."""
    weight: int = 400
    style: Literal["normal", "italic"] = "normal"
    fill: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#000000"
    anchor: Literal["start", "middle", "end"] = "middle"
    """Physical: start is the left end, whatever the text's direction."""
    direction: Direction = "ltr"
    letter_spacing: float = 0
    language: str | None = None


class QrRun(Record):
    """A QR code with its top left corner at ``x``, ``y``; ``size`` is its side, quiet zone excluded."""

    kind: Literal["qr"] = "qr"
    x: float
    y: float
    size: Annotated[float, Field(gt=0)]
    data: str
    fill: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#000000"
    label: str = ""


Run = Annotated[TextRun | QrRun, Field(discriminator="kind")]


class Drawing(Record):
    """One recipient's part of the artwork."""

    runs: Many[Run]
    fonts: Many[str]
    """Keys into the font manifest of the slices that the runs need."""
    alternative: str
    """What a screen reader says for the whole picture."""


class DocumentValues(Record):
    """One recipient's part of the credential's JSON: the shape's template and JSON-encoded values for its slots."""

    shape: str
    values: dict[str, str]
