"""An issuer who does not give up: every call is repeated until it is answered, and what was answered is noted."""

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.accounts import RESUME_SESSION, SIGN_IN, ResumeSession, SignIn
from conferral.contracts.rpc.credentials import (
    CREATE_CREDENTIALS,
    LIST_CREDENTIALS,
    CreateCredentials,
    CredentialContent,
    CredentialRow,
    ListCredentials,
)
from conferral.contracts.rpc.groups import CREATE_DESIGN, CREATE_GROUP, CreateDesign, CreateGroup, GroupContent
from conferral.contracts.rpc.previews import LIST_INSTALLED_DESIGNS, ListInstalledDesigns
from conferral.contracts.rpc.publications import (
    GET_PUBLICATION,
    REQUEST_PUBLICATION,
    Counts,
    GetPublication,
    RequestPublication,
)
from conferral.local.run_file import Addresses
from conferral.runtime.rpc_client import RpcClient
from tests.torture import manners

Q = TypeVar("Q", bound=Request)
A = TypeVar("A", bound=Answer)

_PART = 100
_PAUSE = 0.3
_PATIENCE = 180.0


@dataclass
class Issuer:
    """Signed in to the system under torture.

    :param polite: all recipients' servers behave.
    """

    client: RpcClient
    actor: Actor
    organisation_id: str
    dice: random.Random
    polite: bool = False
    made: int = 0
    group_id: str = ""
    publications: dict[str, int] = field(default_factory=dict)
    """Publication id to the number of credentials that it was confirmed for."""
    repeated: int = 0

    @property
    def scope(self) -> dict[str, Any]:
        """What every request carries."""
        return {"actor": self.actor, "organisation_id": self.organisation_id}

    def insist(self, operation: Operation[Q, A], request: Q) -> A:
        """Call until it is answered; the request's own key makes a repetition harmless."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return self.client.call(operation, request, timeout=20)
            except ConferralError as error:
                if error.permanent or time.monotonic() > deadline:
                    raise
                self.repeated += 1
                time.sleep(_PAUSE)

    def make_group(self, plugin_id: str = "classic") -> None:
        """Make a group with a design of this plugin."""
        installed = self.insist(LIST_INSTALLED_DESIGNS, ListInstalledDesigns(actor=Actor(service="admin")))
        plugin = next(design for design in installed.designs if design.plugin_id == plugin_id)
        design_id, self.group_id = new_id(), new_id()
        self.insist(
            CREATE_DESIGN,
            CreateDesign(
                **self.scope,
                design_id=design_id,
                name=f"Torture {design_id[:6]}",
                plugin_id=plugin.plugin_id,
                plugin_version=plugin.plugin_version,
                options={},
            ),
        )
        content = GroupContent(name="Torture", description="Held out", criteria="Survived.", design_id=design_id)
        self.insist(CREATE_GROUP, CreateGroup(**self.scope, group_id=self.group_id, content=content))

    def publish_new(self, count: int) -> str:
        """Create drafts, and confirm all of them; return the publication's id."""
        drafts = self.create(count)
        publication_id = new_id()
        self.insist(
            REQUEST_PUBLICATION, RequestPublication(**self.scope, publication_id=publication_id, credentials=drafts)
        )
        self.publications[publication_id] = count
        return publication_id

    def create(self, count: int) -> tuple[tuple[str, int], ...]:
        """Create drafts; return their ids and revisions."""
        batch_id, today = new_id(), datetime.now(UTC).date()
        rows = [self._row(today) for _ in range(count)]
        for part, first in enumerate(range(0, count, _PART)):
            these = tuple(rows[first : first + _PART])
            self.insist(CREATE_CREDENTIALS, CreateCredentials(**self.scope, batch_id=batch_id, part=part, rows=these))
        found: list[tuple[str, int]] = []
        cursor: str | None = None
        while True:
            page = self.insist(
                LIST_CREDENTIALS, ListCredentials(**self.scope, batch_id=batch_id, cursor=cursor, limit=_PART)
            )
            found += [(one.id, one.revision) for one in page.credentials]
            cursor = page.cursor
            if cursor is None:
                return tuple(found)

    def _row(self, today: Any) -> CredentialRow:
        self.made += 1
        content = CredentialContent(
            name=f"Person Number {self.made} Example",
            email=manners.address(self.dice, self.made, polite=self.polite),
            issue_date=today,
        )
        return CredentialRow(group_id=self.group_id, content=content)

    def counts(self, publication_id: str) -> Counts:
        """Return how far a publication is."""
        poll = GetPublication(**self.scope, publication_id=publication_id)
        return self.insist(GET_PUBLICATION, poll).publication.counts

    def settled(self, publication_id: str) -> bool:
        """Tell whether everything of it has come to an end."""
        counts = self.counts(publication_id)
        done = counts.published + counts.failed + counts.skipped
        mails = counts.emails_sent + counts.emails_failed + counts.emails_unconfirmed + counts.emails_cancelled
        return done >= self.publications[publication_id] and mails >= counts.published

    def all_settled(self) -> bool:
        """Tell whether everything that was confirmed has come to an end."""
        return all(self.settled(publication_id) for publication_id in self.publications)


def sign_in(addresses: Addresses, dice: random.Random, *, polite: bool = False) -> Issuer:
    """Return the first owner, signed in."""
    client = RpcClient(addresses.amqp_uri)
    issuer = Issuer(client, Actor(service="admin"), "", dice, polite)
    request = SignIn(
        actor=Actor(service="admin"),
        email=addresses.email,
        password=addresses.password,
        client_address="127.0.0.1",
    )
    issuer.actor = Actor(session=issuer.insist(SIGN_IN, request).session)
    (membership, *_) = issuer.insist(RESUME_SESSION, ResumeSession(actor=issuer.actor)).memberships
    issuer.organisation_id = membership.organisation_id
    return issuer
