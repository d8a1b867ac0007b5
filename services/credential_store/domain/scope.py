"""Whose data a repository may touch. No repository call goes without one of these.

A scope is made in three places only, each by the function named for it: authentication (``of_membership``), a
message's own organisation (``of_message``), and the named exceptions (``of_system``). The constructors refuse
everybody else, and the database's guard refuses commands that carry neither an organisation nor an exception's name.
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

Purpose = Literal[
    "sign_in",
    "create_organisation",
    "public_lookup",
    "relay",
    "sweeper",
    "migrate",
    "audit_chain",
    "auditor",
    "actor_names",
    "people",
]
"""The named exceptions: why something may look across organisations."""

PURPOSES: frozenset[str] = frozenset(get_args(Purpose))

_PERMIT = object()


def _refuse_without(permit: object) -> None:
    if permit is not _PERMIT:
        raise TypeError("a scope is made by of_membership, of_message or of_system")


@dataclass(frozen=True)
class OrganisationScope:
    """One organisation's records."""

    organisation_id: str
    _permit: object = field(repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        _refuse_without(self._permit)


@dataclass(frozen=True)
class SystemScope:
    """Records of any organisation, for one named purpose."""

    purpose: Purpose
    _permit: object = field(repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        _refuse_without(self._permit)

    @property
    def comment(self) -> str:
        """What a command of this scope carries as its comment: the guard looks for it, and so can an operator."""
        return comment_of(self.purpose)


Scope = OrganisationScope | SystemScope


def of_membership(organisation_id: str) -> OrganisationScope:
    """Make the scope of a person whose membership in the organisation has just been read from the store."""
    return OrganisationScope(organisation_id, _PERMIT)


def of_message(organisation_id: str) -> OrganisationScope:
    """Make the scope of a service's message, or of a record found by a system scope, from the organisation it names."""
    return OrganisationScope(organisation_id, _PERMIT)


def of_system(purpose: Purpose) -> SystemScope:
    """Make the scope of a named exception."""
    return SystemScope(purpose, _PERMIT)


def comment_of(purpose: str) -> str:
    """Return the comment by which the guard knows a named exception."""
    return f"conferral:{purpose}"
