"""What a handler is given besides its request. Handlers are plain functions ``(context, request) -> answer``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conferral.contracts.operation import Answer, Operation
from services.credential_store import (
    listing_ports,
    operations_ports,
    ports,
    publishing_ports,
    secret_ports,
    settings_ports,
)
from services.credential_store.config import StoreSettings
from services.credential_store.domain.scope import OrganisationScope, Scope, SystemScope
from services.credential_store.domain.timing import Timing


@dataclass(frozen=True)
class Store:
    """The repositories, and the way to change several of them at once.

    Every call of a repository takes a scope first, and ``session=`` (keyword only) when it is part of a transaction.
    """

    transaction: ports.RunTransaction
    people: ports.People
    organisations: ports.Organisations
    sessions: ports.Sessions
    attempts: ports.Attempts
    groups: ports.Groups
    designs: ports.Designs
    credentials: ports.Credentials
    batches: ports.Batches
    counters: ports.Counters
    status_lists: ports.StatusLists
    signing_keys: ports.SigningKeys
    outbox: ports.Outbox
    audit: ports.Audit
    mail: ports.AccountMail
    publishing: publishing_ports.Publishing
    settings: settings_ports.Settings
    listing: listing_ports.Listing
    frozen_selections: listing_ports.FrozenSelections
    saved_filters: listing_ports.SavedFilters
    operations: operations_ports.Operations


@dataclass(frozen=True)
class Tools:
    """What handlers need that is no repository. URLs are origins without a final slash.

    ``publication_limit``: credentials in one publication of an organisation that has no limit of its own.
    """

    hasher: secret_ports.PasswordHasher
    vault: secret_ports.KeyVault
    epoch_file: operations_ports.EpochFile
    public_url: str
    dashboard_url: str
    sender_address: str
    private_mail_hosts: bool = False
    publication_limit: int = 10_000
    sender_domains: frozenset[str] = frozenset()
    any_sender: bool = False
    """The quick start: its emails reach nobody outside of the machine."""
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True)
class Context:
    """One request's surroundings.

    :param scope: what its actor may touch; a handler hands it on and never makes one.
    :param actor_id: a person's id, or a service's name; for the audit log.
    :param clock: the database's time, in UTC, to the millisecond.
    """

    store: Store
    tools: Tools
    scope: Scope
    actor_id: str
    clock: Callable[[], datetime]
    session_token: str | None = None

    @property
    def organisation(self) -> OrganisationScope:
        """The scope, where the operation is one of an organisation's.

        :raises TypeError: the operation's permission does not bind it to an organisation: a mistake in our code.
        """
        if not isinstance(self.scope, OrganisationScope):
            raise TypeError("this operation needs an organisation")
        return self.scope

    @property
    def system(self) -> SystemScope:
        """The scope, where the operation is one of the named exceptions.

        :raises TypeError: the operation is one of an organisation's: a mistake in our code.
        """
        if not isinstance(self.scope, SystemScope):
            raise TypeError("this operation is not one of the named exceptions")
        return self.scope


@dataclass(frozen=True)
class Application:
    """What a role's entrypoint is given. ``ping`` raises when the database does not answer."""

    settings: StoreSettings
    store: Store
    tools: Tools
    clock: Callable[[], datetime]
    ping: Callable[[], None]


Handler = Callable[[Context, Any], Answer]
Handlers = Mapping[Operation[Any, Any], Handler]
