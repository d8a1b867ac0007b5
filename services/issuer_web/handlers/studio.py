"""Designs: plugins with saved options, tried out on samples before they are saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conferral.contracts.actors import Actor
from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.errors import ConferralError, Conflict
from conferral.contracts.operation import Caller
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc import designs
from conferral.contracts.rpc.accounts import Membership
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.groups import CREATE_DESIGN, LIST_DESIGNS, DesignSummary
from conferral.contracts.rpc.previews import PREVIEW_CREDENTIAL, DesignDeclaration, Preview, PreviewCredential
from services.issuer_web.domain.samples import Sample
from services.issuer_web.handlers.credentials import PreviewFailure
from services.issuer_web.handlers.designs import InstalledDesigns
from services.issuer_web.handlers.visitor import Visitor

PAGE = 25
_PATIENCE = 4.0
"""Seconds to wait for a drawing."""
_NOBODY = "a" * 26


@dataclass(frozen=True)
class Listed:
    """A row of the list. ``plugin`` is None where the plugin is not installed, or nobody could be asked."""

    design: DesignSummary
    plugin: DesignDeclaration | None
    use: designs.DesignUse


@dataclass(frozen=True)
class Inventory:
    """A page of the organisation's designs, and the plugins that would not load."""

    listed: Sequence[Listed]
    broken: Sequence[DesignDeclaration]
    known: bool
    """False: nobody could say which plugins are installed."""
    more: bool


def inventory(visitor: Visitor, installed: InstalledDesigns, page: int) -> Inventory:
    """Return a page of designs by name."""
    found = visitor.ask(LIST_DESIGNS).designs
    shown = found[page * PAGE : (page + 1) * PAGE]
    uses = visitor.ask(designs.USES_OF_DESIGNS, design_ids=tuple(one.id for one in shown)).uses
    try:
        plugins, known = installed.all(), True
    except ConferralError:
        plugins, known = (), False
    by_id = {plugin.plugin_id: plugin for plugin in plugins if plugin.error is None}
    listed = [Listed(one, by_id.get(one.pin.plugin_id), use) for one, use in zip(shown, uses, strict=True)]
    broken = [plugin for plugin in plugins if plugin.error is not None]
    return Inventory(listed, broken, known, len(found) > (page + 1) * PAGE)


def get_design(visitor: Visitor, design_id: str) -> DesignSummary:
    """Return one design.

    :raises NotFound: unknown, or another organisation's.
    """
    return visitor.ask(designs.GET_DESIGN, design_id=design_id).design


def create_design(
    visitor: Visitor, design_id: str, name: str, plugin: DesignDeclaration, options: Mapping[str, Any]
) -> None:
    """Save a new design; ``design_id`` is made with the form, so that submitting twice creates once."""
    visitor.ask(
        CREATE_DESIGN,
        design_id=design_id,
        name=name,
        plugin_id=plugin.plugin_id,
        plugin_version=plugin.plugin_version,
        options=dict(options),
        required_attributes=_required(plugin),
    )


def amend_design(
    visitor: Visitor, before: DesignSummary, name: str, plugin: DesignDeclaration, options: Mapping[str, Any]
) -> DesignSummary | None:
    """Save a change, if nobody else changed the design since ``before`` was read.

    :returns: what is stored instead, where somebody did; else None.
    """
    try:
        visitor.ask(
            designs.AMEND_DESIGN,
            design_id=before.id,
            revision=before.revision,
            name=name,
            plugin_version=plugin.plugin_version,
            options=dict(options),
            required_attributes=_required(plugin),
        )
    except Conflict:
        return get_design(visitor, before.id)
    return None


def draw_sample(
    caller: Caller,
    member: Membership,
    plugin: DesignDeclaration,
    options: Mapping[str, Any],
    sample: Sample,
    content: CredentialContent,
    public_url: str,
) -> Preview | PreviewFailure:
    """Have a sample drawn. Nothing is stored, and the store is not asked."""
    organisation = OrganisationProfile(
        id=member.organisation_id,
        name=member.organisation_name,
        did="did:web:example.org",
        timezone=member.timezone,
        sender_name=member.organisation_name,
        sender_address="sample@example.org",
    )
    group = GroupProfile(id=_NOBODY, name=sample.achievement, description=sample.description, criteria="")
    request = PreviewCredential(
        actor=Actor(service="issuer_web"),
        organisation_id=member.organisation_id,
        organisation=organisation,
        group=group,
        design=_pin(plugin, options),
        content=content,
        url=f"{public_url}/c/{_NOBODY}",
    )
    try:
        return caller.call(PREVIEW_CREDENTIAL, request, timeout=_PATIENCE)
    except ConferralError as error:
        return PreviewFailure(error.message)


def _pin(plugin: DesignDeclaration, options: Mapping[str, Any]) -> DesignPin:
    parts: dict[str, Any] = {
        "plugin_id": plugin.plugin_id,
        "plugin_version": plugin.plugin_version,
        "options": dict(options),
    }
    return DesignPin(**parts, digest=digest_of(canonical_json(parts)))


def _required(plugin: DesignDeclaration) -> tuple[str, ...]:
    return tuple(attribute.key for attribute in plugin.attributes if attribute.required)
