"""What must hold after the faults, read from the database and from the sink's own file."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from tests.torture import manners
from tests.torture.system import accepted_of

Document = dict[str, Any]
_OLD_SECONDS = 60
_ENDS = ("sent", "failed", "unconfirmed", "cancelled")


@dataclass
class Verdict:
    """What was found."""

    confirmed: int = 0
    published: int = 0
    failed: int = 0
    emails: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    duplicates: int = 0
    lost: int = 0
    unconfirmed_by_sink: int = 0
    unconfirmed_by_faults: int = 0
    unconfirmed_accepted: int = 0
    broken: list[str] = field(default_factory=list)


def audited(environment: Mapping[str, str], accepted: Path) -> list[str]:
    """Return what ``conferral audit`` finds broken, in its own words: it reads the whole store by other code."""
    run = subprocess.run(
        [sys.executable, "-m", "services.credential_store", "audit", "--accepted", str(accepted)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return []
    return [f"conferral audit: {line}" for line in (run.stdout + run.stderr).splitlines() if line]


def judge(mongodb_uri: str, accepted: Path, organisation_id: str, confirmed: int) -> Verdict:
    """Check the invariants of everything that the organisation asked for."""
    # what was taken before the records were read, and what was by then or since: mail may still be on its way
    earlier = accepted_of(accepted)
    with MongoClient(mongodb_uri, tz_aware=True) as client:
        database = client.get_default_database()
        mine = {"organisation_id": organisation_id}
        credentials = list(database["credentials"].find(mine, {"search": 0}))
        deliveries = list(database["deliveries"].find({**mine, "kind": "credential"}))
        public = {one["_id"]: one for one in database["public"].find({}, {"state": 1, "version": 1})}
        of_versions = {"_id": 1, "status_list_id": 1, "status_list_index": 1}
        versions = {one["_id"]: one for one in database["versions"].find(mine, of_versions)}
        chunks = list(database["publication_chunks"].find(mine))
        outbox = list(database["outbox"].find({}))
        publications = list(database["publications"].find(mine))
    verdict = Verdict(confirmed=confirmed, emails=Counter(one["state"] for one in deliveries))
    _check_credentials(verdict, credentials, public, versions)
    _check_emails(verdict, deliveries, earlier, accepted_of(accepted))
    _check_rest(verdict, credentials, deliveries, chunks, outbox, publications)
    return verdict


def _check_credentials(
    verdict: Verdict, credentials: Sequence[Document], public: dict[str, Document], versions: dict[str, Document]
) -> None:
    states = Counter(one["state"] for one in credentials)
    verdict.published, verdict.failed = states["published"], states["failed"]
    for state, number in states.items():
        if state in {"queued", "rendering"}:
            verdict.broken.append(f"I1: {number} credentials are still {state}")
    for one in credentials:
        number = one.get("published_version")
        if number is None:
            continue
        if public.get(one["_id"], {}).get("version") != number or f"{one['_id']}:{number}" not in versions:
            verdict.broken.append(f"I3: {one['_id']} is published without its page or its version")
    indexes = Counter((one["status_list_id"], one["status_list_index"]) for one in versions.values())
    verdict.broken += [f"I3: status index {index} was given twice" for index, number in indexes.items() if number > 1]
    if gone := verdict.confirmed - sum(states.values()):
        verdict.lost = max(gone, 0)
        verdict.broken.append(f"I1/I4: {verdict.confirmed} were asked for, there are {sum(states.values())}")


def _check_emails(
    verdict: Verdict,
    deliveries: Sequence[Document],
    earlier: Sequence[dict[str, str]],
    accepted: Sequence[dict[str, str]],
) -> None:
    before = Counter(line["message_id"] for line in earlier)
    taken = Counter(line["message_id"] for line in accepted)
    verdict.accepted = len(accepted)
    verdict.duplicates = sum(number - 1 for number in taken.values())
    for message_id, number in taken.items():
        if number > 1:
            verdict.broken.append(f"I2: {message_id} was accepted {number} times")
    by_recipient = Counter(line["recipient"] for line in accepted)
    verdict.broken += [
        f"I2: {recipient} got {number} emails" for recipient, number in by_recipient.items() if number > 1
    ]
    for one in deliveries:
        number, state = taken[one["message_id"]], one["state"]
        if state == "sent" and number != 1:
            verdict.broken.append(f"I2: {one['_id']} is sent, and was accepted {number} times")
        if state in {"failed", "cancelled", "queued", "claimed"} and before[one["message_id"]]:
            verdict.broken.append(f"I2: {one['_id']} is {state}, and was accepted")
        if state not in _ENDS:
            verdict.broken.append(f"I1: email {one['_id']} to {one['to_address']} is still {state}")
        if state == "failed" and manners.manner_of(one["to_address"]) not in manners.NEVER_TAKEN:
            verdict.broken.append(f"I2: {one['_id']} to {one['to_address']} failed: {one['server']}")
        if state == "unconfirmed":
            by_sink = manners.manner_of(one["to_address"]) in manners.UNHEARD
            verdict.unconfirmed_by_sink += by_sink
            verdict.unconfirmed_by_faults += not by_sink
            verdict.unconfirmed_accepted += number
    known = {one["message_id"] for one in deliveries}
    verdict.broken += [
        f"I4: {message_id} was accepted, and nobody asked for it" for message_id in taken if message_id not in known
    ]


def _check_rest(
    verdict: Verdict,
    credentials: Sequence[Document],
    deliveries: Sequence[Document],
    chunks: Sequence[Document],
    outbox: Sequence[Document],
    publications: Sequence[Document],
) -> None:
    written = Counter(one["credential_id"] for one in deliveries)
    for one in credentials:
        if one["state"] == "published" and written[one["_id"]] != one.get("deliveries", 0):
            verdict.broken.append(
                f"I4: {one['_id']} has {written[one['_id']]} emails, and counts {one.get('deliveries')}"
            )
    for chunk in chunks:
        if chunk["state"] not in {"done", "failed", "cancelled"}:
            verdict.broken.append(f"I1: chunk {chunk['_id']} is still {chunk['state']}")
    _check_counters(verdict, chunks)
    now = datetime.now(UTC)
    old = [row["_id"] for row in outbox if (now - row["created_at"]).total_seconds() > _OLD_SECONDS]
    if old:
        verdict.broken.append(f"I1: {len(old)} outbox rows have waited for more than a minute")
    for publication in publications:
        if publication["status"] == "expanding":
            verdict.broken.append(f"I1: publication {publication['_id']} is still expanding")


def _check_counters(verdict: Verdict, chunks: Sequence[Document]) -> None:
    totals: Counter[str] = Counter()
    for chunk in chunks:
        totals.update(chunk["counts"])
    for state, counter in (("sent", "emails_sent"), ("failed", "emails_failed"), ("unconfirmed", "emails_unconfirmed")):
        if totals[counter] != verdict.emails[state]:
            verdict.broken.append(f"I1: counters say {totals[counter]} {state}, there are {verdict.emails[state]}")
