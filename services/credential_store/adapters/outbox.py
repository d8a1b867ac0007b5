"""What leaves with a transaction: messages, audit rows, account mail."""

from collections.abc import Sequence

from conferral.contracts.commands import Command
from conferral.contracts.events import ROUTING_KEYS, Event
from conferral.contracts.headers import CORRELATION_ID
from conferral.contracts.ids import new_id
from conferral.contracts.topology import COMMANDS, EVENTS, ROUTES
from conferral.runtime import correlation
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.domain.scope import OrganisationScope, Scope


class Outbox(Repository):
    """See ports.Outbox. The relay's side is in its own repository."""

    collection = "outbox"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._now = database.now

    def add_commands(self, scope: Scope, commands: Sequence[Command], *, session: Session) -> None:
        """Queue commands for the relay."""
        self._add(
            scope,
            [
                {
                    "_id": command.message_id,
                    "kind": "command",
                    "exchange": COMMANDS.name,
                    "routing_key": ROUTES[type(command)].name,
                    "body": command.encode(),
                    "headers": {**correlation.headers(), CORRELATION_ID: command.correlation_id},
                }
                for command in commands
            ],
            session,
        )

    def add_events(self, scope: Scope, events: Sequence[Event], *, session: Session) -> None:
        """Queue events for the relay."""
        self._add(
            scope,
            [
                {
                    "_id": event.event_id,
                    "kind": "event",
                    "exchange": EVENTS.name,
                    "routing_key": ROUTING_KEYS[type(event)],
                    "body": event.encode(),
                    "headers": {**correlation.headers(), CORRELATION_ID: event.correlation_id},
                }
                for event in events
            ],
            session,
        )

    def _add(self, scope: Scope, messages: list[Document], session: Session) -> None:
        strangers = isinstance(scope, OrganisationScope) and any(
            message["body"]["organisation_id"] != scope.organisation_id for message in messages
        )
        if strangers:
            raise ValueError("a message names another organisation than its scope")
        if not messages:
            return
        now = self._now()
        rest = {"created_at": now, "next_attempt_at": now, "claim": None, "claim_until": None}
        self._rows.insert_many([versioned({**message, **rest}) for message in messages], session=session)


class Audit(Repository):
    """See ports.Audit."""

    collection = "audit"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._now = database.now

    def add(
        self, scope: OrganisationScope, actor: str, action: str, target: str, details: Document, *, session: Session
    ) -> None:
        """Write a row."""
        row = owned(scope, _id=new_id(), actor=actor, action=action, target=target, details=details, at=self._now())
        self._rows.insert_one(versioned(row), session=session)


class AccountMail(Repository):
    """See ports.AccountMail."""

    collection = "deliveries"

    def queue(self, scope: OrganisationScope, delivery: Document, *, session: Session) -> None:
        """Store a delivery in state queued."""
        self._rows.insert_one(versioned(owned(scope, **delivery)), session=session)
