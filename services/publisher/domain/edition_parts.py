"""What one group, design and language share, made from what its design compiled. Pure: the handlers store it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conferral_design_api import DEFAULT_LANGUAGE, best_match
from conferral_design_fonts import manifest

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.edition import (
    AttributeLabel,
    Direction,
    EmailOccasion,
    FontManifest,
    FontSlice,
)
from conferral.contracts.errors import DesignFailed, DesignNotInstalled
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import DesignDeclaration
from conferral.contracts.template import Template
from services.publisher.domain import artwork, drawing, email_template, occasions, wording
from services.publisher.domain.design import CompiledDesign
from services.publisher.domain.occasions import Email


@dataclass(frozen=True)
class Look:
    """A compiled design after all checks.

    :param state: what ``Designs.complete`` wants back.
    :param static_fonts: keys of the slices that the artwork's fixed texts need.
    :param emails: by what they are about; all of them are there.
    """

    direction: Direction
    width: float
    height: float
    template: Template
    emails: Mapping[EmailOccasion, Email]
    static_fonts: tuple[str, ...]
    state: dict[str, Any]


def look_of(
    compiled: CompiledDesign, pin: DesignPin, language: str, direction: Direction, organisation: OrganisationProfile
) -> Look:
    """Check what a design compiled; the organisation's postal address goes below its emails.

    :raises DesignFailed: with plugin, element and line.
    """
    try:
        for run in compiled.static_runs:
            drawing.check_run(run)
        template = artwork.artwork_template(compiled.svg, compiled.width, compiled.height, compiled.static_runs)
        emails = occasions.email_templates(compiled, language, direction, organisation)
    except (artwork.Refused, drawing.Refused, email_template.Refused) as error:
        part = {artwork.Refused: "its SVG: ", email_template.Refused: "its email: "}.get(type(error), "")
        raise DesignFailed(f"{pin.plugin_id} {pin.plugin_version}: {part}{error}") from None
    return Look(
        direction=direction,
        width=compiled.width,
        height=compiled.height,
        template=template,
        emails=emails,
        static_fonts=drawing.fonts_of(compiled.static_runs),
        state=compiled.state,
    )


def email_values(
    email: Email,
    content: CredentialContent,
    values: Mapping[str, str],
    labels: Sequence[AttributeLabel],
) -> dict[str, str]:
    """Return what the email's slots need, and nothing else.

    :param values: the design's own; the host itself knows the recipient's name, and what placeholders stand for.
    :raises drawing.Refused: a slot has no value, or one that has control characters.
    """
    own = wording.values_of(email.slots, content, labels, email.template.language)
    known = {email_template.NAME_SLOT: content.name, **values, **own}
    missing = email.slots - known.keys()
    if missing:
        raise drawing.Refused(f"its email_values have nothing for the slot {min(missing)}")
    for slot in email.slots:
        if drawing.has_controls(known[slot]):
            raise drawing.Refused(f"its email value {slot} has a control character")
    return {slot: known[slot] for slot in sorted(email.slots)}


def labels_of(pin: DesignPin, installed: Sequence[DesignDeclaration], language: str) -> tuple[AttributeLabel, ...]:
    """Return how the attributes of a pinned design are shown to recipients of a language.

    :raises DesignNotInstalled: it is not among the installed.
    """
    one = wording.declared(pin, installed)
    if one is None:
        raise DesignNotInstalled(f"The design {pin.plugin_id} {pin.plugin_version} is not installed here.")
    return tuple(
        AttributeLabel(
            key=attribute.key,
            label=best_match(language, {DEFAULT_LANGUAGE: attribute.label, **attribute.labels}),
            type=attribute.type,
            public=attribute.public,
        )
        for attribute in one.attributes
    )


def public_attributes(labels: Sequence[AttributeLabel], attributes: Mapping[str, str]) -> dict[str, str]:
    """Return those attributes that are shown and written into the credential, in the design's order."""
    return {label.key: attributes[label.key] for label in labels if label.public and attributes.get(label.key)}


def edition_key(
    pin: DesignPin, group: GroupProfile, organisation: OrganisationProfile, language: str, origin: str
) -> str:
    """Return what identifies an edition before it is built: same key, same bytes."""
    parts = [pin.digest, group.model_dump(mode="json"), organisation.model_dump(mode="json"), language, origin]
    return digest_of(canonical_json(parts))


@lru_cache(maxsize=1)
def font_manifest() -> FontManifest:
    """Return all shipped slices in the form that editions refer to."""
    return FontManifest(slices={key: font_slice(key) for key in manifest()})


def font_slice(key: str) -> FontSlice:
    """Return one shipped slice."""
    one = manifest()[key]
    return FontSlice(
        family=one.family, weight=one.weight, style=one.style, unicode_range=one.unicode_range, digest=one.digest
    )
