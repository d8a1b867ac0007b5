"""A store with real traffic in it, and an auditor that looks at it without waiting."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from conferral.contracts.actors import Actor
from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.edition import Edition, FontManifest, FontSlice
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials
from conferral.contracts.rpc.publishing import RecordPublished
from services.credential_store.bootstrap import build_auditor
from services.credential_store.domain.auditing.verdict import Verdict
from services.credential_store.handlers.auditing.judging import audit
from services.credential_store.handlers.creating import create_credentials
from services.credential_store.handlers.publishing import record_published
from tests.support.publishing import World, recording, result
from tests.support.samples import sample

LOOKS = (0.0, 0.0)

EMAIL, EMAIL_AGAIN = b'{"email": "template"}', b'{"email": "template", "again": true}'


@dataclass(frozen=True)
class Traffic:
    """What real traffic left behind in a world."""

    world: World
    credential_ids: tuple[str, ...]
    publication_id: str
    edition: str
    log: Path

    def verdict(self, *, seconds: float = 0, accepted: bool = False, organisation: bool = False) -> Verdict:
        """Audit, as if so many seconds had passed."""
        auditor = build_auditor(self.world.database, self.log if accepted else None, self.world.later(seconds).now)
        return audit(auditor, self.world.organisation_id if organisation else None, LOOKS)

    def codes(self, **options: Any) -> set[str]:
        """Return the codes of what an audit found."""
        return {finding.code for finding in self.verdict(**options).findings}

    def break_one(self, collection: str, update: dict[str, Any], **conditions: Any) -> str:
        """Change a record behind everybody's back, and return its id."""
        rows = self.world.database.collection(collection)
        comment = "conferral:auditor"
        row = rows.find_one_and_update(conditions, update, comment=comment)
        assert row is not None, f"nothing in {collection} is like {conditions}"
        return str(row["_id"])

    def remove_one(self, collection: str, **conditions: Any) -> str:
        """Delete a record behind everybody's back, and return its id."""
        row = self.world.database.collection(collection).find_one_and_delete(conditions, comment="conferral:auditor")
        assert row is not None, f"nothing in {collection} is like {conditions}"
        return str(row["_id"])

    def accept(self, message_ids: Iterable[str]) -> None:
        """Write what a mail server would."""
        with self.log.open("a") as file:
            file.writelines(f'{{"message_id": "{message_id}", "at": 1}}\n' for message_id in message_ids)


def traffic_in(world: World, folder: Path, count: int = 7) -> Traffic:
    """Create, publish and send; a few drafts are left, and one credential fails."""
    ids = create(world, count)
    edition = store_edition(world)
    publication_id = world.publish([(one, 1) for one in ids[:-2]])
    world.expand()
    for stored in world.rows("publication_chunks", publication_id=publication_id):
        chunk = world.load(publication_id, stored["chunk"])
        record_published(world.context, in_edition(recording(chunk, [ids[0]]), edition))
    claimed = world.claim(row["_id"] for row in world.rows("deliveries"))
    world.advance(begin=claimed)
    world.advance([result(one, "sent") for one in claimed])
    world.database.collection("outbox").delete_many({})
    traffic = Traffic(world, tuple(ids), publication_id, edition, folder / "accepted.jsonl")
    traffic.accept(row["message_id"] for row in world.rows("deliveries"))
    return traffic


def create(world: World, count: int) -> list[str]:
    """Create credentials as the dashboard does, and return their ids."""
    rows = tuple(
        credentials.CredentialRow(
            group_id=world.group_ids[0],
            content=credentials.CredentialContent(
                name=f"Recipient {number}", email=f"r{number}-{new_id()}@example.org", issue_date=date(2026, 11, 23)
            ),
        )
        for number in range(count)
    )
    request = credentials.CreateCredentials(actor=Actor(service="admin"), batch_id=new_id(), rows=rows)
    made = create_credentials(world.context, request)
    return [str(one.credential_id) for one in made.results]


def store_edition(world: World) -> str:
    """Store an edition with everything that it names, and return its digest."""
    put = partial(_put, world)
    keys = ("noto-serif/600/normal/0", "noto-serif-sc/600/normal/97", "noto-naskh-arabic/600/normal/1")
    slices = {key: FontSlice(**{**sample(FontSlice).model_dump(), "digest": put(key.encode())}) for key in keys}
    edition = sample(Edition).model_dump(mode="json")
    edition["fonts"] = put(canonical_json(FontManifest(slices=slices).encode()))
    edition["email"] = put(EMAIL)
    edition["emails"] = {"issued_again": put(EMAIL_AGAIN)}
    edition["documents"] = {"expiry": put(b'{"document": "template"}')}
    edition["artwork"]["template"] = put(b'{"artwork template": 1, "x": 2}')
    return put(canonical_json(edition))


def _put(world: World, content: bytes) -> str:
    digest = digest_of(content)
    world.application.store.publishing.blobs.put(digest, content, "application/octet-stream")
    return digest


def in_edition(recorded: RecordPublished, edition: str) -> RecordPublished:
    """Return a publisher's answer whose credentials are of that edition."""
    named = {"edition": edition, "email": digest_of(EMAIL), "email_again": digest_of(EMAIL_AGAIN)}
    items = tuple(item.model_copy(update=named) for item in recorded.published)
    return recorded.model_copy(update={"published": items})
