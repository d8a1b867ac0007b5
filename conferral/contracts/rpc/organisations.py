"""``store.organisations``: what an owner settles about the organisation itself."""

from typing import Annotated

from pydantic import Field

from conferral.contracts.ids import Digest
from conferral.contracts.message import Record
from conferral.contracts.operation import Answer, Operation, Request

SERVICE = "store.organisations"


class OrganisationContent(Record):
    """What an owner enters about the organisation."""

    name: Annotated[str, Field(max_length=200)]
    url: Annotated[str, Field(max_length=2000)] | None = None
    logo: Digest | None = None
    """A raster image that was decoded and written anew; a blob."""
    timezone: Annotated[str, Field(max_length=100)] = "UTC"
    """IANA zone."""
    postal_address: Annotated[str, Field(max_length=1000)] = ""
    """Several lines; stands at the foot of emails."""


class GetOrganisation(Request):
    """The organisation's settings."""


class OrganisationAnswer(Answer):
    """``revision`` grows with each change."""

    revision: int
    content: OrganisationContent


class ChangeOrganisation(Request):
    """Compare-and-set: only if the organisation still is at this revision."""

    revision: int
    content: OrganisationContent


GET_ORGANISATION = Operation(SERVICE, "get_organisation", GetOrganisation, OrganisationAnswer, "own")
CHANGE_ORGANISATION = Operation(SERVICE, "change_organisation", ChangeOrganisation, OrganisationAnswer, "own")

OPERATIONS = (GET_ORGANISATION, CHANGE_ORGANISATION)
