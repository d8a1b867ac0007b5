"""Organisation, group and design as a publication freezes them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from conferral.contracts.ids import Digest, Id
from conferral.contracts.message import Many, Record
from conferral.contracts.wording import EmailWording

Visibility = Literal["public", "unlisted"]


class OrganisationProfile(Record):
    """The issuer as recipients and verifiers see it."""

    id: Id
    name: str
    url: str | None = None
    logo: Digest | None = None
    did: str
    """did:web identifier, frozen at creation."""
    timezone: str
    """IANA zone: what "today" and "end of that day" mean."""
    postal_address: str = ""
    sender_name: str
    sender_address: str
    reply_to: str | None = None


class GroupProfile(Record):
    """A group: what its credentials are awarded for, the *achievement* of Open Badges 3.0."""

    id: Id
    name: str
    description: str
    criteria: str
    """What a recipient did to earn it; plain text."""
    criteria_url: str | None = None
    tags: Many[str] = ()
    language: str = "en"
    """BCP 47; what a credential without a language of its own uses."""
    visibility: Visibility = "unlisted"
    image: Digest | None = None
    """A PNG or JPEG blob: the achievement's image."""
    wording: EmailWording = EmailWording()
    """Of the group's emails."""


class DesignPin(Record):
    """A plugin at one version with one set of options. ``digest`` covers all of them."""

    plugin_id: str
    plugin_version: str
    options: Annotated[dict[str, Any], Field(default_factory=dict)]
    digest: Digest
