"""What the handlers of settings need from outside; continues ``ports``, by the same rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.credential_store.domain.scope import OrganisationScope, SystemScope

Document = dict[str, Any]
Session = Any


class OrganisationSettings(Protocol):
    """What owners settle about their organisation."""

    def change(
        self,
        scope: OrganisationScope,
        revision: int,
        changes: Document,
        *,
        counter: str = "revision",
        session: Session,
    ) -> bool:
        """Set fields and raise the revision; False: it is at another revision by now.

        :param counter: the field that counts: each page of settings has its own.
        """

    def limit(self, scope: OrganisationScope, publish: int | None, *, session: Session) -> bool:
        """Set how many credentials may be published at once (None: as everybody); False: there is no organisation."""


class Memberships(Protocol):
    """Who belongs to an organisation."""

    def all(self, scope: OrganisationScope, limit: int) -> list[Document]:
        """Return up to ``limit``."""

    def people(self, scope: SystemScope, person_ids: Sequence[str]) -> dict[str, Document]:
        """Return people by id, without their passwords' hashes."""

    def lock(self, scope: OrganisationScope, *, session: Session) -> None:
        """Make this transaction and any other that locks meet, so that neither decides on what the other changes."""

    def owners(self, scope: OrganisationScope, *, session: Session) -> int:
        """Return how many owners there are; 2 stands for more."""

    def set_role(self, scope: OrganisationScope, person_id: str, before: str, role: str, *, session: Session) -> bool:
        """Change a role; False: it is another one by now, or they belong no more."""

    def remove(self, scope: OrganisationScope, person_id: str, *, session: Session) -> Document | None:
        """Remove a membership, and return it."""


class Invitations(Protocol):
    """Invitations that nobody has accepted yet."""

    def all(self, scope: OrganisationScope, limit: int) -> list[Document]:
        """Return up to ``limit``, by address."""

    def get(self, scope: OrganisationScope, invitation_id: str) -> Document | None:
        """Return one."""

    def add(self, scope: OrganisationScope, invitation: Document, *, session: Session) -> None:
        """Store a new one; an address has one at most."""

    def renew(self, scope: OrganisationScope, invitation_id: str, changes: Document, *, session: Session) -> bool:
        """Set fields; False: it is gone."""

    def remove(self, scope: OrganisationScope, invitation_id: str, *, session: Session) -> bool:
        """Withdraw; False: it is gone."""

    def by_token(self, scope: SystemScope, token_hash: str, now: datetime) -> Document | None:
        """Return the one that this token opens now."""

    def take(self, scope: SystemScope, token_hash: str, now: datetime, *, session: Session) -> Document | None:
        """Use it up, and return it."""


class OwnSessions(Protocol):
    """A person's sessions."""

    def of_person(self, scope: SystemScope, person_id: str, limit: int) -> list[Document]:
        """Return up to ``limit`` live ones."""

    def end_others(self, scope: SystemScope, person_id: str, kept_hash: str, *, session: Session = None) -> None:
        """End all but one."""


@dataclass(frozen=True)
class Settings:
    """The repositories of settings."""

    organisations: OrganisationSettings
    memberships: Memberships
    invitations: Invitations
    sessions: OwnSessions
