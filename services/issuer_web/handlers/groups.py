"""Groups, and the designs that they are drawn by."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from conferral.contracts.errors import ConferralError, Conflict, NotFound
from conferral.contracts.ids import LENGTH
from conferral.contracts.rpc import designs, groups
from conferral.contracts.rpc.previews import DesignDeclaration
from conferral.contracts.wording import EmailWording
from services.issuer_web.domain.shapes import MOST_GROUPS
from services.issuer_web.handlers.designs import InstalledDesigns
from services.issuer_web.handlers.visitor import Question, Visitor

PLUGIN = "plugin:"
"""Marks a choice that is an installed plugin and not yet a design of the organisation."""


@dataclass(frozen=True)
class DesignChoices:
    """What the design select offers: value and text."""

    saved: Sequence[tuple[str, str]]
    installed: Sequence[tuple[str, str]]

    @property
    def values(self) -> frozenset[str]:
        """Everything that may be chosen."""
        return frozenset(value for value, _ in (*self.saved, *self.installed))


def page(cursor: str | None = None, limit: int = 50, *, archived: bool = False) -> Question:
    """Return the question for a page of groups."""
    return Question(groups.LIST_GROUPS, {"cursor": cursor, "limit": limit, "archived": archived})


def list_groups(
    visitor: Visitor, cursor: str | None = None, limit: int = 50, *, archived: bool = False
) -> groups.Groups:
    """Return a page of groups, newest first: of those in use, or of the archive."""
    return visitor.ask(groups.LIST_GROUPS, **page(cursor, limit, archived=archived).fields)


def to_choose(search: str = "") -> Question:
    """Return the question for groups to choose from."""
    return Question(groups.FIND_GROUPS, {"search": search})


def of_group(group_id: str) -> Question:
    """Return the question for one group."""
    return Question(groups.GET_GROUP, {"group_id": group_id})


def find_groups(visitor: Visitor, search: str = "", chosen: Iterable[str] = ()) -> groups.FoundGroups:
    """Return the newest groups in use that a search finds, after those that were chosen before."""
    found = visitor.ask(groups.FIND_GROUPS, **to_choose(search).fields)
    missing = list(dict.fromkeys(chosen)) if search or found.more else []
    ids = {group.id for group in found.groups}
    before: list[groups.NamedGroup] = []
    for group_id in missing[:MOST_GROUPS]:
        with suppress(NotFound):
            if group_id not in ids:
                group = get_group(visitor, group_id).group
                before.append(groups.NamedGroup(id=group.id, name=group.content.name))
    return found.model_copy(update={"groups": (*before, *found.groups)})


def get_group(visitor: Visitor, group_id: str) -> groups.GroupAnswer:
    """Return one group.

    :raises NotFound: unknown, or another organisation's.
    """
    return visitor.ask(groups.GET_GROUP, **of_group(group_id).fields)


def design_choices(visitor: Visitor, installed: InstalledDesigns) -> DesignChoices:
    """Return the organisation's designs, and the installed plugins that it has no design of yet."""
    saved = visitor.ask(groups.LIST_DESIGNS).designs
    used = {design.pin.plugin_id for design in saved}
    fresh = [plugin for plugin in installed.usable() if plugin.plugin_id not in used]
    return DesignChoices(
        saved=[(design.id, design.name) for design in saved],
        installed=[(PLUGIN + plugin.plugin_id, plugin.name) for plugin in fresh],
    )


def create_group(
    visitor: Visitor,
    installed: InstalledDesigns,
    group_id: str,
    design: str,
    content: dict[str, object],
    wording: EmailWording,
) -> groups.GroupAnswer:
    """Create a group; first its design, when an installed plugin was chosen.

    :param group_id: made with the form, so that submitting twice creates once.
    :param design: a value of DesignChoices.
    """
    entered = _entered(visitor, installed, design, content)
    return visitor.ask(groups.CREATE_GROUP, group_id=group_id, content=entered, wording=wording)


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the group in between: ``theirs`` is what is stored now, ``mine`` what was to be."""

    theirs: groups.GroupAnswer
    mine: groups.GroupContent


def amend_group(
    visitor: Visitor, installed: InstalledDesigns, before: groups.GroupSummary, design: str, content: dict[str, object]
) -> groups.GroupAnswer | Clash:
    """Change a group, if nobody else did since ``before`` was read."""
    entered = _entered(visitor, installed, design, content)
    try:
        return visitor.ask(groups.AMEND_GROUP, group_id=before.id, revision=before.revision, content=entered)
    except Conflict:
        return Clash(get_group(visitor, before.id), entered)


def archive_group(visitor: Visitor, group_id: str, revision: int, *, archived: bool) -> bool:
    """Archive a group or take it out; False: somebody changed it in between."""
    try:
        visitor.ask(groups.ARCHIVE_GROUP, group_id=group_id, revision=revision, archived=archived)
    except Conflict:
        return False
    return True


def store_image(visitor: Visitor, content: bytes) -> str:
    """Keep an image that was written anew, and return its name."""
    return visitor.ask(designs.STORE_IMAGE, content=base64.b64encode(content).decode()).digest


def _entered(
    visitor: Visitor, installed: InstalledDesigns, design: str, content: dict[str, object]
) -> groups.GroupContent:
    if design.startswith(PLUGIN):
        design = _create_design(visitor, installed.by_id(design.removeprefix(PLUGIN)))
    return groups.GroupContent.model_validate({**content, "design_id": design})


def _create_design(visitor: Visitor, plugin: DesignDeclaration | None) -> str:
    if plugin is None:
        raise NotFound("This design is no longer installed.")
    # The same organisation and plugin give the same id, so two colleagues at once make one design and not two.
    told = f"{visitor.organisation_id}:{plugin.plugin_id}".encode()
    design_id = base64.b32encode(hashlib.sha256(told).digest()).decode().lower()[:LENGTH]
    visitor.ask(
        groups.CREATE_DESIGN,
        design_id=design_id,
        name=plugin.name,
        plugin_id=plugin.plugin_id,
        plugin_version=plugin.plugin_version,
        options={option["key"]: option["default"] for option in plugin.options},
        required_attributes=tuple(attribute.key for attribute in plugin.attributes if attribute.required),
    )
    return design_id


def declaration(installed: InstalledDesigns, answer: groups.GroupAnswer) -> DesignDeclaration | None:
    """Return what the group's design declares; None when it cannot be asked or is not installed."""
    try:
        return installed.by_id(answer.design.plugin_id)
    except ConferralError:
        return None
