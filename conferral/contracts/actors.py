"""Who asks, and what they may do.

An organisation's roles are ranked: each may do what the ones below it may. The installation's *operator* is apart
from them and sees no organisation's data.
"""

from typing import Literal

from conferral.contracts.message import Record

Role = Literal["viewer", "drafter", "publisher", "owner"]
ROLES: tuple[Role, ...] = ("viewer", "drafter", "publisher", "owner")

ServiceName = Literal["issuer_web", "credential_store", "publisher", "mailer", "admin"]

Permission = Literal[
    "anyone",  # no session is needed: signing in, password reset
    "session",  # any signed-in person
    "view",
    "draft",
    "publish",
    "own",
    "operate",  # the installation's operator
    "service",  # another service of this installation, as itself
]

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "viewer": frozenset({"view"}),
    "drafter": frozenset({"view", "draft"}),
    "publisher": frozenset({"view", "draft", "publish"}),
    "owner": frozenset({"view", "draft", "publish", "own"}),
}


class Actor(Record):
    """Either a person, by their session token, or a service acting as itself.

    The store resolves ``session``; nothing that the caller says about roles is believed.
    """

    session: str | None = None
    service: ServiceName | None = None
