"""What a publication freezes, how it is cut into chunks, and when it is finished. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from conferral.contracts.commands import CHUNK_SIZE
from conferral.contracts.rpc.credentials import CredentialState
from conferral.contracts.rpc.publications import Counts

Document = dict[str, Any]
Pair = tuple[str, int]
Status = Literal["expanding", "running", "finished"]

PUBLISHABLE: tuple[CredentialState, ...] = ("draft", "failed")
MOST_BYTES = 150_000
"""Of a chunk's contents, so that the answer that carries them stays below 256 kB on the bus."""
_FROZEN_BYTES = 500
"""What is frozen per credential besides its content."""

NO_COUNTS = {
    "published": 0,
    "failed": 0,
    "emails_sent": 0,
    "emails_failed": 0,
    "emails_unconfirmed": 0,
    "emails_cancelled": 0,
    "cancelled": 0,
    "not_told": 0,
}


@dataclass(frozen=True)
class Slice:
    """The next piece of a selection: ``taken`` pairs are dealt with, ``ready`` credentials make one group's chunk."""

    taken: int
    skipped: int
    ready: list[Document] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A compare-and-set on one credential. ``remove`` names fields to drop.

    Many of them travel as one command where they are alike; that is why the address, which is different for each, is
    given by its beginning: with ``url_base``, the credential's ``url`` becomes that and its id.
    """

    credential: Document
    changes: Document
    remove: tuple[str, ...] = ()
    url_base: str | None = None


def cut(pairs: Sequence[Pair], found: Mapping[str, Document]) -> Slice:
    """Take the next chunk from the front of what is left of a selection.

    A credential is skipped when it is gone, was changed, is incomplete, or is not (or no longer) publishable.
    The chunk ends with the group, at CHUNK_SIZE credentials, or at MOST_BYTES.
    """
    ready: list[Document] = []
    skipped = size = 0
    for position, (credential_id, revision) in enumerate(pairs[:CHUNK_SIZE]):
        credential = found.get(credential_id)
        if credential is None or not is_publishable(credential, revision):
            skipped += 1
            continue
        weight = len(json.dumps(credential["content"], ensure_ascii=False).encode()) + _FROZEN_BYTES
        if ready and (credential["group_id"] != ready[0]["group_id"] or size + weight > MOST_BYTES):
            return Slice(position, skipped, ready)
        ready.append(credential)
        size += weight
    return Slice(min(len(pairs), CHUNK_SIZE), skipped, ready)


def is_publishable(credential: Mapping[str, Any], revision: int) -> bool:
    """Tell whether it is still what the issuer saw, and may be published."""
    return bool(
        credential["revision"] == revision and credential["state"] in PUBLISHABLE and not credential["incomplete"]
    )


def start_of_day(day: str, zone: str) -> datetime:
    """Return the first instant of a day (YYYY-MM-DD) in an IANA zone."""
    return datetime.combine(date.fromisoformat(day), time.min, ZoneInfo(zone))


def end_of_day(day: str, zone: str) -> datetime:
    """Return the last millisecond of a day (YYYY-MM-DD) in an IANA zone: what is stored has no finer instants."""
    following = date.fromisoformat(day) + timedelta(days=1)
    return start_of_day(following.isoformat(), zone) - timedelta(milliseconds=1)


def counts_of(publication: Mapping[str, Any], chunks: Iterable[Mapping[str, Any]]) -> Counts:
    """Sum up the counters. Of a cancelled publication, what was not expanded yet never will be."""
    chunks = list(chunks)
    total = {name: sum(chunk["counts"].get(name, 0) for chunk in chunks) for name in NO_COUNTS}
    withdrawn = publication["selected"] - publication["expanded"] if publication.get("hold") == "cancelled" else 0
    cancelled = total["cancelled"] + withdrawn
    ended = publication["skipped"] + total["published"] + total["failed"] + cancelled
    return Counts(
        selected=publication["selected"],
        skipped=publication["skipped"],
        queued=max(publication["selected"] - ended, 0),
        published=total["published"],
        failed=total["failed"],
        emails_sent=total["emails_sent"],
        emails_failed=total["emails_failed"],
        emails_unconfirmed=total["emails_unconfirmed"],
        cancelled=cancelled,
        emails_cancelled=total["emails_cancelled"],
        not_told=total["not_told"],
    )


def status_of(publication: Mapping[str, Any], counts: Counts) -> Status:
    """Return where it stands: finished when every credential and every email has come to its end.

    An unconfirmed email is at its end: nothing more happens to it by itself.
    """
    if publication["status"] == "expanding":
        return "expanding"
    emails = counts.emails_sent + counts.emails_failed + counts.emails_unconfirmed + counts.emails_cancelled
    return "finished" if counts.queued == 0 and emails >= counts.published - counts.not_told else "running"
