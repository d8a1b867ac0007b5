"""``store.groups``: groups and designs of an organisation."""

from typing import Annotated, Any, Literal

from pydantic import Field

from conferral.contracts.ids import Digest, Id
from conferral.contracts.message import Day, Instant, Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile, Visibility
from conferral.contracts.wording import EmailWording

SERVICE = "store.groups"

Duplicates = Literal["warn", "allow", "refuse"]
"""What happens when an address gets a second credential of a group."""


class DefaultExpiry(Record):
    """The expiry date that a form begins with: none, ``amount`` of ``unit`` after the issue date, or ``day``."""

    kind: Literal["never", "period", "date"] = "never"
    amount: int = 0
    unit: Literal["days", "months", "years"] = "years"
    day: Day | None = None


class GroupContent(Record):
    """What an issuer enters about a group."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    criteria: Annotated[str, Field(max_length=5000)] = ""
    criteria_url: Annotated[str, Field(max_length=2000)] | None = None
    tags: Many[str] = ()
    language: str = "en"
    visibility: Visibility = "unlisted"
    design_id: Id
    image: Digest | None = None
    """A blob that STORE_IMAGE stored."""
    sender_name: Annotated[str, Field(max_length=200)] = ""
    """Of this group's emails; empty: the organisation's."""
    reply_to: Annotated[str, Field(max_length=254)] | None = None
    """Where answers to this group's emails go; None: the organisation's."""
    duplicates: Duplicates = "warn"
    """What happens to an address that the group has a credential for already."""
    expiry: DefaultExpiry = DefaultExpiry()


class GroupSummary(Record):
    """A row of the list of groups. Counts are maintained counters, not counted."""

    id: Id
    revision: int
    content: GroupContent
    drafts: int
    published: int
    created_at: Instant
    archived: bool = False


class CreateGroup(Request):
    """Idempotent by ``group_id``, which the caller makes."""

    group_id: Id
    content: GroupContent
    wording: EmailWording = EmailWording()


class AmendGroup(Request):
    """Compare-and-set on ``revision``; Conflict where somebody was faster.

    What is published keeps what it was published with, but for the visibility of its pages, which follows. Drafts
    follow in everything.
    """

    group_id: Id
    revision: int
    content: GroupContent


class ChangeWording(Request):
    """Change what a group's emails say; compare-and-set on the group's ``revision``.

    Drafts follow. Emails of what was published keep theirs, those that are sent again included. The store checks
    lengths and braces; which attributes a design has is known to whoever asks, and to the publisher.
    """

    group_id: Id
    revision: int
    wording: EmailWording


class ArchiveGroup(Request):
    """Archive a group, or take it out of the archive. An archived one takes no new credentials; its pages live on."""

    group_id: Id
    revision: int
    archived: bool


class GroupAnswer(Answer):
    """One group with what its credentials are drawn from."""

    group: GroupSummary
    profile: GroupProfile
    organisation: OrganisationProfile
    design: DesignPin
    design_name: str


class GetGroup(Request):
    """One group."""

    group_id: Id


class ListGroups(Request):
    """A keyset page, newest first: of those in use, or of those in the archive."""

    archived: bool = False
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Groups(Answer):
    """``cursor`` None: this is the last page."""

    groups: Many[GroupSummary]
    cursor: str | None


class FindGroups(Request):
    """Groups in use by name, newest first, for a choice of them; every word must begin a word of the name."""

    search: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 200


class NamedGroup(Record):
    """A group as a choice shows it."""

    id: Id
    name: str


class FoundGroups(Answer):
    """``more``: there are others, which a longer search finds."""

    groups: Many[NamedGroup]
    more: bool


class CreateDesign(Request):
    """Idempotent by ``design_id``. The options were validated against the plugin by the caller."""

    design_id: Id
    name: Annotated[str, Field(min_length=1, max_length=200)]
    plugin_id: str
    plugin_version: str
    options: dict[str, Any]
    required_attributes: Many[str] = ()
    """Keys that the plugin declares as required: a credential without one of them is incomplete."""


class DesignSummary(Record):
    """A plugin with saved options."""

    id: Id
    name: str
    pin: DesignPin
    revision: int = 1


class ListDesigns(Request):
    """All designs of the organisation."""


class Designs(Answer):
    """All designs of the organisation, by name."""

    designs: Many[DesignSummary]


CREATE_GROUP = Operation(SERVICE, "create_group", CreateGroup, GroupAnswer, "publish")
GET_GROUP = Operation(SERVICE, "get_group", GetGroup, GroupAnswer, "view")
LIST_GROUPS = Operation(SERVICE, "list_groups", ListGroups, Groups, "view")
FIND_GROUPS = Operation(SERVICE, "find_groups", FindGroups, FoundGroups, "view")
AMEND_GROUP = Operation(SERVICE, "amend_group", AmendGroup, GroupAnswer, "publish")
CHANGE_WORDING = Operation(SERVICE, "change_wording", ChangeWording, GroupAnswer, "publish")
ARCHIVE_GROUP = Operation(SERVICE, "archive_group", ArchiveGroup, GroupAnswer, "publish")
CREATE_DESIGN = Operation(SERVICE, "create_design", CreateDesign, Designs, "publish")
LIST_DESIGNS = Operation(SERVICE, "list_designs", ListDesigns, Designs, "view")

OPERATIONS = (
    CREATE_GROUP,
    GET_GROUP,
    LIST_GROUPS,
    FIND_GROUPS,
    AMEND_GROUP,
    CHANGE_WORDING,
    ARCHIVE_GROUP,
    CREATE_DESIGN,
    LIST_DESIGNS,
)
