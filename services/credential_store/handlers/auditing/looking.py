"""Looking at records that belong together, and again at what was found suspicious."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.credential_store.audit_ports import AcceptedLog, AuditReading
from services.credential_store.domain.auditing import credentials, emails, leftovers, publications
from services.credential_store.domain.auditing.findings import Finding, Unit
from services.credential_store.domain.auditing.spans import Span
from services.credential_store.domain.scope import SystemScope
from services.credential_store.handlers.auditing.editions import Editions

Document = dict[str, Any]
Findings = list[Finding]

_COUNT_TRIES = 5
_MOVING = frozenset({"queued", "rendering"})


@dataclass(frozen=True)
class Auditor:
    """Who looks, and with what."""

    scope: SystemScope
    reading: AuditReading
    editions: Editions
    accepted: AcceptedLog | None
    clock: Callable[[], datetime]

    def mark(self) -> None:
        """Say that records are about to be read."""
        if self.accepted is not None:
            self.accepted.refresh(mark=True)

    def refresh(self) -> None:
        """Say that records have been read."""
        if self.accepted is not None:
            self.accepted.refresh()

    def all(self, collection: str, **conditions: Any) -> list[Document]:
        """Return what matches."""
        return self.reading.all(self.scope, collection, **conditions)

    def named(self, collection: str, ids: Sequence[str]) -> dict[str, Document]:
        """Return those that are there, by id."""
        return self.reading.named(self.scope, collection, ids)


@dataclass(frozen=True)
class Seen:
    """What was read of a range of credentials, for those who count."""

    credentials: Sequence[Document]
    versions: Sequence[Document]


def at_credentials(auditor: Auditor, organisation_id: str, span: Span) -> tuple[Seen, Findings]:
    """Look at a range of credentials, with their versions, pages and emails."""
    owner = {"organisation_id": organisation_id}
    auditor.mark()
    found = auditor.all("credentials", **owner, _id=span)
    versions = auditor.all("versions", **owner, credential_id=span)
    mails = auditor.all("deliveries", **owner, credential_id=span)
    auditor.refresh()
    by_id = {row["_id"]: row for row in found}
    of_versions = credentials.by_credential(versions, "credential_id")
    of_mails = credentials.by_credential(mails, "credential_id")
    pages = auditor.named("public", list(by_id))
    chunks = auditor.named("publication_chunks", [_chunk_of(row) for row in found if row["state"] in _MOVING])
    calls = auditor.named("batches", [_call_of(row) for row in found])
    now, findings = auditor.clock(), Findings()
    for credential_id in {*by_id, *of_versions, *of_mails}:
        credential = by_id.get(credential_id)
        standing = credentials.Standing(
            organisation_id=organisation_id,
            credential_id=credential_id,
            credential=credential,
            versions=of_versions.get(credential_id, ()),
            page=pages.get(credential_id),
            chunk=chunks.get(_chunk_of(credential)) if credential else None,
            known=credential is None or _call_of(credential) in calls,
            blob_problem=auditor.editions.problem,
        )
        mine = of_mails.get(credential_id, ())
        findings += credentials.examine(standing)
        findings += emails.examine_of_credential(standing.unit, credential, mine)
        for email in mine:
            findings += emails.examine(standing.unit, email, now, auditor.accepted)
    return Seen(found, versions), findings


def _chunk_of(credential: Document) -> str:
    return f"{credential['publication_id']}:{credential['chunk']}"


def _call_of(credential: Document) -> str:
    return f"{credential['organisation_id']}:{credential['batch_id']}:{credential.get('batch_part', 0)}"


def at_publication(auditor: Auditor, publication: Document) -> Findings:
    """Look at a publication with its chunks."""
    organisation_id, publication_id = publication["organisation_id"], publication["_id"]
    chunks = auditor.all("publication_chunks", organisation_id=organisation_id, publication_id=publication_id)
    parts = [at_chunk(auditor, chunk) for chunk in chunks]
    selection = auditor.named("selections", [publication_id]).get(publication_id)
    rows = auditor.all("audit", organisation_id=organisation_id, target=publication_id)
    batch = publications.Batch(
        publication=publication,
        parts=parts,
        selected=len(selection["pairs"]) if selection else None,
        audited=any(row["action"] == "request_publication" for row in rows),
        now=auditor.clock(),
    )
    return list(publications.examine(batch))


def at_chunk(auditor: Auditor, chunk: Document) -> publications.Part:
    """Read what belongs to a chunk. Its counters change with what they count: it is read until it stays the same."""
    place = {"publication_id": chunk["publication_id"], "chunk": chunk["chunk"]}
    for _ in range(_COUNT_TRIES):
        frozen = auditor.named("chunk_items", [chunk["_id"]]).get(chunk["_id"])
        items = [item["credential_id"] for item in frozen["items"]] if frozen else None
        part = publications.Part(
            chunk=chunk,
            items=items,
            credentials=auditor.named("credentials", items or []),
            emails=auditor.all("deliveries", organisation_id=chunk["organisation_id"], **place),
        )
        again = auditor.named("publication_chunks", [chunk["_id"]]).get(chunk["_id"], chunk)
        if again == chunk:
            break
        chunk = again
    return part


def at_calls(auditor: Auditor, calls: Iterable[Document]) -> Findings:
    """Look at calls that created credentials."""
    findings, now = Findings(), auditor.clock()
    for call in calls:
        owner = call["organisation_id"]
        rows = auditor.all("audit", organisation_id=owner, target=call["batch_id"])
        audited = any(row["action"] == "create_credentials" for row in rows)
        findings += publications.examine_call(Unit("call", call["_id"], owner), call, now, audited=audited)
    return findings


def at_group(auditor: Auditor, group: Document, counted: Mapping[str, tuple[int, int]] | None = None) -> Findings:
    """Look at a group. Without what was ``counted`` on the way, count here, between two looks at the counters."""
    owner, group_id = group["organisation_id"], group["_id"]
    counters = _counters(auditor, owner, group_id)
    real = counted.get(group_id, (0, 0)) if counted is not None else None
    for _ in range(_COUNT_TRIES):
        if counted is not None:
            break
        real = auditor.reading.count_group(auditor.scope, owner, group_id)
        again = _counters(auditor, owner, group_id)
        if again == counters:
            break
        counters, real = again, None
    unit = Unit("group", group_id, owner)
    return list(publications.examine_group(unit, group, auditor.clock(), counters, real))


def _counters(auditor: Auditor, organisation_id: str, group_id: str) -> tuple[int, int]:
    shards = auditor.all("group_counters", organisation_id=organisation_id, group_id=group_id)
    return sum(shard["drafts"] for shard in shards), sum(shard["published"] for shard in shards)


def at_account_emails(auditor: Auditor, found: Iterable[Document]) -> Findings:
    """Look at emails that are about no credential."""
    findings, now = Findings(), auditor.clock()
    for email in found:
        findings += emails.examine(Unit("email", email["_id"], email["organisation_id"]), email, now, auditor.accepted)
    return findings


def at_messages(auditor: Auditor, rows: Iterable[Document]) -> Findings:
    """Look at outbox rows."""
    now = auditor.clock()
    return [finding for row in rows for finding in leftovers.examine_message(row, now)]


def at_leases(auditor: Auditor) -> Findings:
    """Look at named leases."""
    now = auditor.clock()
    return [finding for lease in auditor.all("leases") for finding in leftovers.examine_lease(lease, now)]
