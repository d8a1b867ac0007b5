"""``publisher.previews``: drawings of drafts, and which designs are installed."""

from typing import Any, Literal

from pydantic import Field

from conferral.contracts.edition import AttributeType, EmailOccasion, FontSlice
from conferral.contracts.message import Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.wording import Part

SERVICE = "publisher.previews"


class PreviewCredential(Request):
    """Draw a draft as its recipient will see it. Nothing is stored."""

    organisation: OrganisationProfile
    group: GroupProfile
    design: DesignPin
    content: CredentialContent
    url: str


class Preview(Answer):
    """``svg`` is a complete document; its fonts are referred to by family, and listed as slice keys."""

    svg: str
    fonts: Many[str]
    alternative: str
    slices: dict[str, FontSlice] = Field(default_factory=dict)
    """The font manifest's entries for ``fonts``; their files are blobs that the reader has."""


class PreviewEmail(Request):
    """Complete the email about a draft, with the group's wording. Nothing is stored or sent."""

    organisation: OrganisationProfile
    group: GroupProfile
    design: DesignPin
    content: CredentialContent
    url: str
    occasion: EmailOccasion = "issued"


class EmailPreview(Answer):
    """An email as its recipient gets it; ``html`` loads nothing and runs nothing."""

    subject: str
    html: str
    text: str


class AttributeDeclaration(Record):
    """An attribute that a design declares: the dashboard draws the input its type asks for."""

    key: str
    label: str
    type: AttributeType
    help: str = ""
    required: bool = False
    public: bool = True
    choices: Many[str] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    """In other languages, by BCP 47 tag."""


class DesignDeclaration(Record):
    """An installed design plugin, or one that would not load."""

    plugin_id: str
    plugin_version: str
    name: str
    description: str
    origin: str
    """Distribution name and version."""
    kind: Literal["certificate", "badge"] = "certificate"
    attributes: Many[AttributeDeclaration] = ()
    options: Many[dict[str, Any]] = ()
    wording: Many[Part] = ()
    """Parts of the email for which an issuer may write words of their own."""
    error: str | None = None


class ListInstalledDesigns(Request):
    """Ask which design plugins this publisher has."""


class InstalledDesigns(Answer):
    """By plugin id."""

    designs: Many[DesignDeclaration]


PREVIEW_CREDENTIAL = Operation(SERVICE, "preview_credential", PreviewCredential, Preview, "service", timeout=10.0)
PREVIEW_EMAIL = Operation(SERVICE, "preview_email", PreviewEmail, EmailPreview, "service", timeout=10.0)
LIST_INSTALLED_DESIGNS = Operation(
    SERVICE, "list_installed_designs", ListInstalledDesigns, InstalledDesigns, "service", timeout=10.0
)

OPERATIONS = (PREVIEW_CREDENTIAL, PREVIEW_EMAIL, LIST_INSTALLED_DESIGNS)
