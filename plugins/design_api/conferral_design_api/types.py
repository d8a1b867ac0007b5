"""What a design declares, receives and returns. Plain data: everything here crosses a process border as JSON."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Direction = Literal["ltr", "rtl"]
AttributeType = Literal["text", "long_text", "number", "date", "choice", "url", "email", "image"]
WordingPart = Literal[
    "subject", "preview", "greeting", "body", "button", "closing", "corrected_subject", "corrected_body"
]
OptionType = Literal["colour", "font", "image", "text", "choice", "toggle", "number"]


@dataclass(frozen=True)
class Attribute:
    """Something an issuer may enter for each recipient besides name, address and dates.

    :param key: lower-case letters, digits and underscores; unique in the design.
    :param public: shown on the credential's page and written into the credential.
    :param required: a credential without it cannot be published.
    :param labels: the label in other languages, by BCP 47 tag, for pages in the recipient's language. Added in 1.0.
    """

    key: str
    label: str
    type: AttributeType = "text"
    help: str = ""
    required: bool = False
    public: bool = True
    choices: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """Something an issuer may choose once for all recipients of a design.

    :param on: of a colour: the key of the colour that it is drawn on, so that the dashboard can warn where it is hard
        to see. Added in 1.0.
    """

    key: str
    label: str
    type: OptionType
    default: str | float | bool
    group: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    on: str = ""


@dataclass(frozen=True)
class Issuer:
    """The organisation that issues."""

    name: str
    url: str | None = None


@dataclass(frozen=True)
class Achievement:
    """The group: what its credentials are awarded for."""

    name: str
    description: str = ""
    criteria: str = ""


@dataclass(frozen=True)
class CompileRequest:
    """What all recipients share. ``language`` is BCP 47.

    :param wording: the issuer's words for parts of the email that the design declares in ``wording``, by part. Slots
        in them are markers already; everything else is text. Added in 1.0.
    """

    options: Mapping[str, Any]
    language: str
    direction: Direction
    issuer: Issuer
    achievement: Achievement
    wording: Mapping[str, str] = field(default_factory=dict)

    def words(self, part: WordingPart, own: str = "") -> str:
        """Return the issuer's words for a part of the email, or the design's own, with markers for slots.

        They go into subject and text as they are, and into MJML through ``worded``.
        """
        return self.wording.get(part) or own


@dataclass(frozen=True)
class EmailSource:
    """The email that leads to the credential. Markers are ``{{ slot }}``; there are no expressions.

    Every design may use the slots ``recipient_name`` and ``credential_url``; others are what ``complete`` returns in
    ``email_values``, and those that come with the issuer's words (``CompileRequest.words``), which the host fills.
    ``mjml`` is compiled before anything is filled in.
    """

    subject: str
    mjml: str
    text: str


@dataclass(frozen=True)
class Recipient:
    """One credential's values. Dates are ``YYYY-MM-DD``; ``url`` is its public page."""

    credential_id: str
    name: str
    url: str
    issue_date: str
    expiry_date: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Text:
    """One fitted line. ``x``, ``y``: the anchor on the baseline; ``anchor`` is physical, start being the left end."""

    text: str
    x: float
    y: float
    size: float
    families: tuple[str, ...]
    weight: int = 400
    style: Literal["normal", "italic"] = "normal"
    fill: str = "#000000"
    anchor: Literal["start", "middle", "end"] = "middle"
    direction: Direction = "ltr"
    letter_spacing: float = 0
    language: str | None = None
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Qr:
    """A QR code. ``x``, ``y``: its top left corner; ``size``: its side without the quiet zone."""

    x: float
    y: float
    size: float
    data: str
    fill: str = "#000000"
    label: str = ""
    kind: Literal["qr"] = "qr"


@dataclass(frozen=True)
class CompiledDesign:
    """The parts that all recipients share.

    :param width: of the page, in CSS pixels at 96 per inch.
    :param svg: a complete document with the marker ``{{ drawing }}`` where the recipient's runs go. No other marker.
    :param state: JSON-compatible; handed back to ``complete``.
    :param corrected: the email about a correction, which a holder gets in place of ``email`` when a new version is
        published of a credential that they were told of. It has a subject and an opening of its own, and leads to the
        same address. None: the host sends ``email`` with a marked subject and a sentence above it, in the recipient's
        language. What is sent once more at the issuer's request has a sentence of the host's above it in any case.
        Added in 1.0.
    :param static_runs: fixed texts. The host draws them into ``svg`` before the marker, by the writer that draws the
        recipients' runs, so that the fonts they need are known and they are shaped alike. Added in 1.0.
    """

    width: float
    height: float
    svg: str
    email: EmailSource
    state: Mapping[str, Any] = field(default_factory=dict)
    static_runs: tuple[Text, ...] = ()
    corrected: EmailSource | None = None


@dataclass(frozen=True)
class Completion:
    """One recipient's part: what is drawn, what a screen reader says, and the values of the email's slots."""

    runs: tuple[Text | Qr, ...]
    alternative: str
    email_values: Mapping[str, str] = field(default_factory=dict)


class Design(ABC):
    """A design. The host calls ``compile`` once per design, options and language, and ``complete`` per batch."""

    id: ClassVar[str]
    version: ClassVar[str]
    name: ClassVar[str]
    description: ClassVar[str]
    kind: ClassVar[Literal["certificate", "badge"]] = "certificate"
    attributes: tuple[Attribute, ...] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    wording: ClassVar[tuple[WordingPart, ...]] = ()
    """Parts of the email for which the issuer may write words of their own: where they stand is the design's to say.
    Those that begin with ``corrected_`` are of ``CompiledDesign.corrected``, which also says the issuer's greeting,
    button and closing. Added in 1.0."""

    @abstractmethod
    def compile(self, request: CompileRequest) -> CompiledDesign:
        """Make the parts that all recipients share. May take a second."""

    @abstractmethod
    def complete(self, state: Mapping[str, Any], recipients: Sequence[Recipient]) -> Sequence[Completion]:
        """Fit and fill in each recipient's values, in their order. Should take well under a millisecond each.

        :param state: ``CompiledDesign.state``, after a round trip through JSON.
        """
