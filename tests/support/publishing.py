"""A store with an organisation, and a publisher and a mailer that only say what they were told to."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from conferral.contracts.actors import Actor
from conferral.contracts.edition import DocumentValues, Drawing, QrRun, TextRun
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts, credentials, deliveries, groups, publications, publishing
from services.credential_store import bootstrap
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.migrations import migrate
from services.credential_store.config import StoreSettings
from services.credential_store.domain import batch
from services.credential_store.domain.scope import of_message, of_system
from services.credential_store.domain.timing import Timing
from services.credential_store.handlers.context import Application, Context
from services.credential_store.handlers.control import cancel_publication, pause_publication, resume_publication
from services.credential_store.handlers.controlling import control_due
from services.credential_store.handlers.deliveries import advance_deliveries, claim_deliveries
from services.credential_store.handlers.designs import create_design
from services.credential_store.handlers.expand import expand_due
from services.credential_store.handlers.groups import create_group
from services.credential_store.handlers.organisations import create_organisation
from services.credential_store.handlers.publications import get_publication, request_publication
from services.credential_store.handlers.publishing import load_chunk, record_published

ACTOR = Actor(service="publisher")
DIGEST = "ab" * 32
NAMES = ("Amina Nyong'o", "أمينة الزهراء", "王小明", "Zoë Müller-Łęcka", "Διονύσης Παπαδόπουλος", "ประยุทธ์ ใจดี")


def settings_of(folder: Path, mongodb_uri: str, amqp_uri: str = "amqp://nobody:here@127.0.0.1:1/") -> StoreSettings:
    """Return settings of a store of the test's own."""
    key = folder / "kek"
    key.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    return StoreSettings(
        amqp_uri=amqp_uri,
        mongodb_uri=mongodb_uri,
        kek_file=key,
        blob_token=secrets.token_hex(20),
        public_url="http://127.0.0.1:8801",
        dashboard_url="http://127.0.0.1:8800",
        sender_address="credentials@example.org",
        quick_start=True,
    )


def open_application(settings: StoreSettings) -> tuple[Application, Database]:
    """Return a store with its indexes, and its database."""
    database = Database(settings.mongodb_uri)
    migrate(database)
    return bootstrap.build_application(settings, database), database


@dataclass(frozen=True)
class World:
    """One organisation with two groups. Handlers are called as the RPC entrypoint calls them."""

    application: Application
    database: Database
    organisation_id: str
    group_ids: tuple[str, ...]
    timing: Timing = field(default_factory=Timing)
    ahead: timedelta = timedelta()
    actor_id: str = "a" * 26

    @property
    def context(self) -> Context:
        """What an organisation's handlers are given."""
        return self._context(of_message(self.organisation_id))

    @property
    def relay(self) -> Context:
        """What the relay's handlers are given."""
        return self._context(of_system("relay"))

    def _context(self, scope: Any) -> Context:
        return Context(
            store=self.application.store,
            tools=replace(self.application.tools, timing=self.timing),
            scope=scope,
            actor_id=self.actor_id,
            clock=self.now,
        )

    def now(self) -> datetime:
        """Return the database's time, or later."""
        return self.application.clock() + self.ahead

    def later(self, seconds: float) -> "World":
        """Return the same world, so many seconds on."""
        return replace(self, ahead=self.ahead + timedelta(seconds=seconds))

    def rows(self, collection: str, **conditions: Any) -> list[dict[str, Any]]:
        """Return what is stored, in no order."""
        scope = "_id" if collection == "organisations" else "organisation_id"
        owner = {} if collection in {"outbox", "public", "leases"} else {scope: self.organisation_id}
        return list(self.database.collection(collection).find({**owner, **conditions}))

    def create(self, count: int, group: int = 0) -> list[tuple[str, int]]:
        """Store drafts, and return their ids and revisions."""
        drafts = [self._draft(number, self.group_ids[group]) for number in range(count)]
        store, scope = self.application.store, self.context.organisation
        for start in range(0, count, 100):
            part = drafts[start : start + 100]

            def work(session: Any, part: list[dict[str, Any]] = part) -> None:
                store.credentials.add(scope, part, session=session)
                store.counters.add(scope, self.group_ids[group], drafts=len(part), session=session)

            store.transaction(work)
        return [(draft["_id"], 1) for draft in drafts]

    def _draft(self, number: int, group_id: str) -> dict[str, Any]:
        content = credentials.CredentialContent(
            name=NAMES[number % len(NAMES)],
            email=f"recipient-{number}@example.org",
            issue_date=date(2026, 11, 23),
            expiry_date=date(2027, 11, 23) if number % 2 else None,
            attributes={"course": "Beekeeping for beginners", "grade": "with distinction", "hours": "40"},
        )
        record = {"seed": new_id(), "batch_id": new_id(), "part": 0, "created_at": self.now()}
        row = {"row": number, "group_id": group_id, "content": content.model_dump(mode="json")}
        return batch.new_credential(record, {**row, "incomplete": False, "external_id": None}, self.now())

    def publish(
        self, pairs: Sequence[tuple[str, int]], publication_id: str | None = None, *, tell_again: bool = False
    ) -> str:
        """Confirm."""
        publication_id = publication_id or new_id()
        request = publications.RequestPublication(
            actor=ACTOR, publication_id=publication_id, credentials=tuple(pairs), tell_again=tell_again
        )
        request_publication(self.context, request)
        return publication_id

    def expand(self) -> int:
        """Run the expander."""
        return expand_due(self.relay)

    def load(self, publication_id: str, chunk: int = 0) -> publishing.Chunk:
        """Take a chunk."""
        request = publishing.LoadChunk(actor=ACTOR, publication_id=publication_id, chunk=chunk)
        return load_chunk(self.context, request)

    def record(self, chunk: publishing.Chunk, failed: Iterable[str] = ()) -> None:
        """Record what ``draw`` made."""
        record_published(self.context, recording(chunk, failed))

    def publish_all(self, pairs: Sequence[tuple[str, int]], *, tell_again: bool = False) -> str:
        """Confirm, expand, load and record."""
        publication_id = self.publish(pairs, tell_again=tell_again)
        self.expand()
        for stored in self.rows("publication_chunks", publication_id=publication_id):
            self.record(self.load(publication_id, stored["chunk"]))
        return publication_id

    def summary(self, publication_id: str) -> publications.PublicationSummary:
        """Return where a publication stands."""
        request = publications.GetPublication(actor=ACTOR, publication_id=publication_id)
        return get_publication(self.context, request).publication

    def pause(self, publication_id: str) -> publications.PublicationSummary:
        """Pause sending."""
        request = publications.PausePublication(actor=ACTOR, publication_id=publication_id)
        return pause_publication(self.context, request).publication

    def resume(self, publication_id: str) -> publications.PublicationSummary:
        """Resume."""
        request = publications.ResumePublication(actor=ACTOR, publication_id=publication_id)
        return resume_publication(self.context, request).publication

    def cancel(self, publication_id: str) -> publications.PublicationSummary:
        """Cancel what is left."""
        request = publications.CancelPublication(actor=ACTOR, publication_id=publication_id)
        return cancel_publication(self.context, request).publication

    def control(self) -> int:
        """Run the controller."""
        return control_due(self.relay)

    def claim(self, delivery_ids: Iterable[str]) -> list[deliveries.ClaimedDelivery]:
        """Claim deliveries."""
        request = deliveries.ClaimDeliveries(actor=ACTOR, delivery_ids=tuple(delivery_ids))
        return list(claim_deliveries(self.context, request).deliveries)

    def advance(
        self, results: Iterable[deliveries.DeliveryResult] = (), begin: Iterable[deliveries.ClaimedDelivery] = ()
    ) -> tuple[str, ...]:
        """Record a window and begin the next."""
        pairs = tuple((one.delivery_id, one.fence) for one in begin)
        request = deliveries.AdvanceDeliveries(actor=ACTOR, results=tuple(results), begin=pairs)
        return advance_deliveries(self.context, request).begun


def new_world(application: Application, database: Database, timing: Timing | None = None) -> World:
    """Create an organisation with two groups."""
    world = World(application, database, "", (), timing or Timing())
    installation = replace(world.relay, scope=of_system("create_organisation"))
    made = create_organisation(
        installation,
        accounts.CreateOrganisation(
            actor=ACTOR,
            name=f"Lighthouse Academy {new_id()[:6]}",
            timezone="Pacific/Auckland",
            owner_name="Grace Example",
            owner_email=f"{new_id()}@example.org",
        ),
    )
    world = replace(world, organisation_id=made.organisation_id)
    design_id, group_ids = new_id(), (new_id(), new_id())
    create_design(
        world.context,
        groups.CreateDesign(
            actor=ACTOR, design_id=design_id, name="Plain", plugin_id="minimal", plugin_version="1.0", options={}
        ),
    )
    for group_id in group_ids:
        content = groups.GroupContent(
            name=f"Group {group_id[:4]}",
            description="What it is for. " * 8,
            criteria="What one did. " * 20,
            design_id=design_id,
        )
        create_group(world.context, groups.CreateGroup(actor=ACTOR, group_id=group_id, content=content))
    return replace(world, group_ids=group_ids)


def result(
    claimed: deliveries.ClaimedDelivery, outcome: Any, retry_after: float | None = None
) -> deliveries.DeliveryResult:
    """Return how an email ended."""
    return deliveries.DeliveryResult(
        delivery_id=claimed.delivery_id,
        fence=claimed.fence,
        outcome=outcome,
        server="250 2.0.0 Ok: queued",
        retry_after=retry_after,
    )


def recording(chunk: publishing.Chunk, failed: Iterable[str] = ()) -> publishing.RecordPublished:
    """Return what a publisher would say of a chunk; drawings and values are as large as a real design's."""
    failing = set(failed)
    return publishing.RecordPublished(
        actor=ACTOR,
        publication_id=chunk.publication_id,
        chunk=chunk.chunk,
        fence=chunk.fence,
        published=tuple(draw(chunk, item) for item in chunk.items if item.credential_id not in failing),
        failed=tuple(
            publishing.FailedItem(credential_id=one, code="design_failed", message="A glyph is missing.")
            for one in sorted(failing)
        ),
    )


def draw(chunk: publishing.Chunk, item: publishing.ChunkItem) -> publishing.PublishedItem:
    """Return one credential's part."""
    texts = (item.content.name, chunk.group.name, "Beekeeping for beginners", "with distinction", "23 November 2026")
    runs = [
        TextRun(
            text=text,
            x=561.26,
            y=300.5 + 40 * line,
            size=32.5,
            families=("Noto Serif", "Noto Serif SC", "Noto Naskh Arabic"),
            weight=600,
            fill="#1a2b3c",
            language=item.language,
        )
        for line, text in enumerate((*texts, *texts[:3]))
    ]
    values = {
        "credential_id": item.url,
        "valid_from": item.valid_from.isoformat(),
        "awarded_date": item.awarded_date.isoformat(),
        "identity_hash": "sha256$" + "0" * 64,
        "salt": item.salt,
        "status_list_index": str(item.status_list_index),
        "status_id": f"{item.url}#status",
        "name": item.content.name,
        "issued": "23 November 2026",
    }
    email = {
        "recipient_name": item.content.name,
        "group_name": chunk.group.name,
        "organisation_name": chunk.organisation.name,
        "issue_date": "23 November 2026",
        "expiry_date": "23 November 2027",
    }
    return publishing.PublishedItem(
        credential_id=item.credential_id,
        edition=DIGEST,
        email=DIGEST,
        language=item.language,
        public_attributes=item.content.attributes,
        drawing=Drawing(
            runs=(*runs, QrRun(x=40.0, y=640.0, size=88.0, data=item.url, label="Link to this credential")),
            fonts=("noto-serif/600/normal/0", "noto-serif-sc/600/normal/97", "noto-naskh-arabic/600/normal/1"),
            alternative=f"Certificate of {item.content.name}, {chunk.group.name}, issued on 23 November 2026",
        ),
        document=DocumentValues(shape="expiry,hours", values=values),
        email_values=email,
    )
