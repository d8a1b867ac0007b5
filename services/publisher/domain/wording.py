"""An issuer's wording as designs take it, and what fills its placeholders for each recipient."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from conferral_design_api import format_date, format_number, plain

from conferral.contracts import wording as contract
from conferral.contracts.edition import AttributeLabel
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import AttributeDeclaration, DesignDeclaration


class Refused(ValueError):
    """The wording cannot be used with the design; the text says why."""


def declared(pin: DesignPin, installed: Sequence[DesignDeclaration]) -> DesignDeclaration | None:
    """Return what the pinned design declares; None where it is not installed."""
    for one in installed:
        if (one.plugin_id, one.plugin_version, one.error) == (pin.plugin_id, pin.plugin_version, None):
            return one
    return None


def offered(attributes: Iterable[AttributeDeclaration]) -> dict[str, contract.Placeholder]:
    """Return what can be named with a design of these attributes."""
    return contract.offered(contract.Attribute(one.key, one.label, one.type, one.public) for one in attributes)


def marked(
    group: GroupProfile, organisation: OrganisationProfile, design: DesignDeclaration | None
) -> dict[contract.Part, str]:
    """Return the group's words for the parts that the design offers.

    Placeholders of what all recipients share are filled in; the others are markers.

    :raises Refused: a placeholder that the design does not know, as after a change of design.
    """
    written = group.wording.parts()
    if not written or design is None:
        return {}
    known = offered(design.attributes)
    shared = {contract.GROUP: group.name, contract.ORGANISATION: organisation.name}
    return {part: _marked(part, text, known, shared) for part, text in written.items() if part in design.wording}


def _marked(
    part: contract.Part, text: str, known: Mapping[str, contract.Placeholder], shared: Mapping[str, str]
) -> str:
    if flaw := contract.flaw_of(text, known):
        raise Refused(f"The email's wording ({part}) {flaw}")
    words: list[str] = []
    literal = ""
    for is_name, piece in contract.pieces(text):
        if is_name and (slot := known[piece].slot):
            words += (plain(literal), f"{{{{ {slot} }}}}")
            literal = ""
        else:
            literal += shared[piece] if is_name else piece
    return "".join([*words, plain(literal)])


def values_of(
    slots: Iterable[str], content: CredentialContent, attributes: Sequence[AttributeLabel], language: str
) -> dict[str, str]:
    """Return what fills those of these slots that are a wording's. What a credential does not have is empty.

    :param attributes: the design's; only public ones fill anything.
    """
    types = {contract.attribute_slot(one.key): (one.key, one.type) for one in attributes if one.public}
    days = {"issue_date": content.issue_date, "expiry_date": content.expiry_date}
    values = {}
    for slot in slots:
        if slot in types:
            key, kind = types[slot]
            values[slot] = _shown(content.attributes.get(key, ""), kind, language)
        elif (day := slot.removeprefix(contract.SLOT_PREFIX)) in days and day != slot:
            moment = days[day]
            values[slot] = format_date(moment.isoformat(), language) if moment else ""
    return values


def _shown(value: str, kind: str, language: str) -> str:
    """Return an attribute's value as a language writes it, in one line: it may stand in a subject."""
    if kind == "date" and _is_day(value):
        return format_date(value, language)
    if kind == "number":
        return format_number(value, language)
    return " ".join(value.split())


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
