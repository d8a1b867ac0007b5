"""Walking through all records, a page at a time; and back to one of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from conferral.contracts.ids import INSTALLATION
from services.credential_store.domain.auditing import leftovers
from services.credential_store.domain.auditing.findings import Finding, Unit
from services.credential_store.domain.auditing.rules import SETTLING
from services.credential_store.domain.auditing.spans import Span, walk
from services.credential_store.handlers.auditing import looking
from services.credential_store.handlers.auditing.looking import Auditor, Findings, Seen

Document = dict[str, Any]
Step = tuple[str, int, Findings]
"""Kind of record, how many were looked at, and what was found."""

AMENDMENTS = timedelta(days=1)
"""How far back the audit log is compared with what became of amendments."""
_MESSAGES = 200


def organisation(auditor: Auditor, organisation_id: str) -> Iterator[Step]:
    """Look at everything of one organisation."""
    owner = {"organisation_id": organisation_id}
    tally = Tally()
    for seen, findings in _credentials(auditor, organisation_id):
        yield "credentials", len(seen.credentials), findings + tally.add(organisation_id, seen)
    for groups in auditor.reading.pages(auditor.scope, "groups", **owner):
        findings = [finding for group in groups for finding in looking.at_group(auditor, group, tally.groups)]
        yield "groups", len(groups), findings
    for publication_id in auditor.reading.publication_ids(auditor.scope, organisation_id, auditor.clock()):
        for publication in auditor.named("publications", [publication_id]).values():
            yield "publications", 1, looking.at_publication(auditor, publication)
    for calls in auditor.reading.pages(
        auditor.scope, "batches", _id=Span(f"{organisation_id}:", f"{organisation_id};")
    ):
        yield "create calls", len(calls), looking.at_calls(auditor, calls)
    yield from _account_emails(auditor, organisation_id)
    yield from _amendments(auditor, organisation_id)


def installation(auditor: Auditor) -> Iterator[Step]:
    """Look at what belongs to no organisation, or to all of them."""
    yield from _account_emails(auditor, INSTALLATION)
    for pages in auditor.reading.pages(auditor.scope, "public"):
        yield "pages", len(pages), _pages(auditor, pages)
    overdue = auditor.clock() - timedelta(seconds=SETTLING)
    rows = auditor.reading.messages(auditor.scope, overdue, _MESSAGES)
    yield "messages", len(rows), looking.at_messages(auditor, rows)
    for letters in auditor.reading.pages(auditor.scope, "dead_letters", state="open"):
        yield "dead letters", len(letters), looking.at_letters(auditor, letters)
    yield "leases", 1, looking.at_leases(auditor)
    yield "transactions", 1, _transactions(auditor)
    yield "temporary files", 0, _files(auditor)
    if auditor.accepted is not None:
        auditor.refresh()
        for message_ids in auditor.accepted.message_ids():
            yield "accepted messages", len(message_ids), _unknown(auditor, message_ids)


def again(auditor: Auditor, unit: Unit) -> Findings:
    """Look once more at what was found suspicious."""
    auditor.mark()
    return _AGAIN[unit.kind](auditor, unit)


class Tally:
    """What is counted on the way through an organisation's credentials: a few bytes a group, a bit a status index."""

    def __init__(self) -> None:
        self.groups: dict[str, tuple[int, int]] = {}
        self._indexes: dict[str, bytearray] = {}

    def add(self, organisation_id: str, seen: Seen) -> Findings:
        """Count these, and return which status indexes were there before."""
        for credential in seen.credentials:
            drafts, published = self.groups.get(credential["group_id"], (0, 0))
            is_draft = credential.get("published_version") is None
            self.groups[credential["group_id"]] = (drafts + is_draft, published + (not is_draft))
        return [
            _twice(organisation_id, version)
            for version in seen.versions
            if self._is_taken(version.get("status_list_id"), version.get("status_list_index"))
        ]

    def _is_taken(self, status_list_id: str | None, index: int | None) -> bool:
        if status_list_id is None or index is None:
            return False
        bits = self._indexes.setdefault(status_list_id, bytearray())
        place, mask = index >> 3, 1 << (index & 7)
        if place >= len(bits):
            bits.extend(bytes(place + 1 - len(bits)))
        taken = bool(bits[place] & mask)
        bits[place] |= mask
        return taken


def _twice(organisation_id: str, version: Mapping[str, Any]) -> Finding:
    place = f"{version['status_list_id']}:{version['status_list_index']}"
    problem = f"is used by version {version['_id']}, and by another one."
    return Finding("status_index_twice", Unit("status_index", place, organisation_id), f"status index {place}", problem)


def _credentials(auditor: Auditor, organisation_id: str) -> Iterator[tuple[Seen, Findings]]:
    found: list[Findings] = []

    def read(span: Span) -> Sequence[Document]:
        seen, findings = looking.at_credentials(auditor, organisation_id, span)
        found.append(findings)
        results.append(seen)
        return seen.credentials

    results: list[Seen] = []
    for _ in walk(read):
        yield results.pop(), found.pop()


def _account_emails(auditor: Auditor, organisation_id: str) -> Iterator[Step]:
    auditor.mark()
    owner = {"organisation_id": organisation_id, "credential_id": None}
    for emails in auditor.reading.pages(auditor.scope, "deliveries", **owner):
        auditor.refresh()
        yield "account emails", len(emails), looking.at_account_emails(auditor, emails)
        auditor.mark()


def _amendments(auditor: Auditor, organisation_id: str) -> Iterator[Step]:
    until = auditor.clock()
    for rows in auditor.reading.amendments(auditor.scope, organisation_id, until - AMENDMENTS, until):
        latest: dict[str, int] = {}
        for row in rows:
            latest[row["target"]] = max(row["details"].get("revision", 0), latest.get(row["target"], 0))
        yield "amendments", len(rows), _lost(auditor, organisation_id, latest)


def _lost(auditor: Auditor, organisation_id: str, latest: Mapping[str, int]) -> Findings:
    standing = auditor.named("credentials", list(latest))
    findings = Findings()
    for credential_id, revision in latest.items():
        unit = Unit("amendment", credential_id, organisation_id)
        found = standing.get(credential_id)
        if found is None and not _was_deleted(auditor, organisation_id, credential_id):
            problem = f"was amended to revision {revision}, and is not there; nobody deleted it."
        elif found is not None and found["revision"] < revision:
            problem = f"was amended to revision {revision}, and is at revision {found['revision']}."
        else:
            continue
        findings.append(Finding("amendment_lost", unit, f"credential {credential_id}", problem))
    return findings


def _was_deleted(auditor: Auditor, organisation_id: str, credential_id: str) -> bool:
    deletion = {"action": "delete_credentials", "details.credential_ids": credential_id}
    return bool(auditor.all("audit", organisation_id=organisation_id, target=organisation_id, **deletion))


def _pages(auditor: Auditor, pages: Sequence[Document]) -> Findings:
    known = auditor.named("credentials", [page["_id"] for page in pages])
    return [
        Finding(
            "page_of_nothing",
            Unit("page", page["_id"], page["organisation_id"]),
            f"page {page['_id']}",
            "is of a credential that its organisation does not have.",
        )
        for page in pages
        if page.get("state") != "erased"
        and known.get(page["_id"], {}).get("organisation_id") != page["organisation_id"]
    ]


def _transactions(auditor: Auditor) -> Findings:
    found = auditor.reading.open_transactions(SETTLING) or []
    return [finding for age, client in found for finding in leftovers.examine_transaction(age, client)]


def _files(auditor: Auditor) -> Findings:
    left = auditor.files.older_than(SETTLING) if auditor.files else ()
    return [finding for name, age in left for finding in leftovers.examine_file(name, age)]


def _unknown(auditor: Auditor, message_ids: Sequence[str]) -> Findings:
    """Return the accepted messages that no record intended."""
    known = auditor.named("deliveries", [_email_of(message_id) for message_id in message_ids])
    return [
        Finding("email_nobody_asked_for", Unit("accepted", message_id), f"message {message_id}", "is in no record.")
        for message_id in message_ids
        if known.get(_email_of(message_id), {}).get("message_id") != message_id
    ]


def _email_of(message_id: str) -> str:
    return message_id[1:].partition("@")[0]


def _named(auditor: Auditor, collection: str, unit: Unit) -> list[Document]:
    found = list(auditor.named(collection, [unit.key]).values())
    auditor.refresh()
    return found


def _same_index(auditor: Auditor, unit: Unit) -> Findings:
    status_list_id, _, index = unit.key.partition(":")
    place = {"status_list_id": status_list_id, "status_list_index": int(index)}
    found = auditor.all("versions", organisation_id=unit.organisation_id, **place)
    return [_twice(unit.organisation_id, found[0])] if len(found) > 1 else []


def _lost_again(auditor: Auditor, unit: Unit) -> Findings:
    rows = auditor.all("audit", organisation_id=unit.organisation_id, target=unit.key)
    revisions = [row["details"].get("revision", 0) for row in rows if "details" in row]
    return _lost(auditor, unit.organisation_id, {unit.key: max(revisions, default=0)})


_AGAIN: Mapping[str, Callable[[Auditor, Unit], Findings]] = {
    "credential": lambda auditor, unit: looking.at_credentials(auditor, unit.organisation_id, Span.of(unit.key))[1],
    "publication": lambda auditor, unit: [
        finding for row in _named(auditor, "publications", unit) for finding in looking.at_publication(auditor, row)
    ],
    "group": lambda auditor, unit: [
        finding for row in _named(auditor, "groups", unit) for finding in looking.at_group(auditor, row)
    ],
    "call": lambda auditor, unit: looking.at_calls(auditor, _named(auditor, "batches", unit)),
    "email": lambda auditor, unit: looking.at_account_emails(auditor, _named(auditor, "deliveries", unit)),
    "message": lambda auditor, unit: looking.at_messages(auditor, _named(auditor, "outbox", unit)),
    "letter": lambda auditor, unit: looking.at_letters(auditor, _named(auditor, "dead_letters", unit)),
    "page": lambda auditor, unit: _pages(auditor, _named(auditor, "public", unit)),
    "lease": lambda auditor, _unit: looking.at_leases(auditor),
    "transactions": lambda auditor, _unit: _transactions(auditor),
    "files": lambda auditor, _unit: _files(auditor),
    "accepted": lambda auditor, unit: _unknown(auditor, [unit.key]),
    "status_index": _same_index,
    "amendment": _lost_again,
}
