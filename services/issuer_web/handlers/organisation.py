"""The organisation's own settings."""

from dataclasses import dataclass

from conferral.contracts.errors import Conflict
from conferral.contracts.rpc import organisations
from conferral.contracts.rpc.organisations import OrganisationAnswer, OrganisationContent
from services.issuer_web.handlers.visitor import Visitor


@dataclass(frozen=True)
class Clash:
    """Somebody else saved in between: what is stored now."""

    theirs: OrganisationAnswer


def get_settings(visitor: Visitor) -> OrganisationAnswer:
    """Return what is stored."""
    return visitor.ask(organisations.GET_ORGANISATION)


def change_settings(visitor: Visitor, revision: int, fields: dict[str, object]) -> Clash | None:
    """Store what was entered, unless somebody else did in between.

    :param fields: those of OrganisationContent that were entered; the rest stays as it is.
    :raises InvalidInput: a field has to be corrected.
    """
    before = get_settings(visitor)
    if before.revision != revision:
        return Clash(before)
    content = OrganisationContent(**{**before.content.model_dump(), **fields})
    try:
        visitor.ask(organisations.CHANGE_ORGANISATION, revision=revision, content=content)
    except Conflict:
        return Clash(get_settings(visitor))
    return None
