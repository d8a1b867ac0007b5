"""What a dead process may have left behind: messages, leases, transactions. I7."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from services.credential_store.domain.auditing.findings import Document, Finding, Unit, ago, is_overdue
from services.credential_store.domain.deliveries import TERMINAL
from services.credential_store.domain.letters import chunks_of, emails_of
from services.credential_store.domain.timing import EPOCH


def examine_message(row: Document, now: datetime) -> Iterator[Finding]:
    """Return what is wrong with an outbox row: one that is put off into the future waits for the broker."""
    due = row["next_attempt_at"]
    if is_overdue(due, now):
        held = "held by a relay" if row.get("claim") else "due"
        yield Finding(
            "message_waits", Unit("message", row["_id"]), f"message {row['_id']}", f"was {held} until {ago(due, now)}."
        )


def examine_lease(lease: Document, now: datetime) -> Iterator[Finding]:
    """Return what is wrong with a lease: one that nobody renews belongs to a process that is gone."""
    until = lease["until"]
    if until != EPOCH and is_overdue(until, now):
        yield Finding("lease_out", Unit("lease", lease["_id"]), f"lease {lease['_id']}", f"ran out {ago(until, now)}.")


def examine_letter(
    letter: Document, chunks: Mapping[str, Document], emails: Mapping[str, Document], now: datetime
) -> Iterator[Finding]:
    """Return what is wrong with an open dead letter: a record that it names is neither over nor looked after.

    One that cannot be read names nothing, and one that names what never was is not of our making: nothing can be lost
    with them. A record that was lost is missed elsewhere.
    """
    named = {one: chunks.get(one) for one in chunks_of(letter)} | {one: emails.get(one) for one in emails_of(letter)}
    unsettled = [one for one, record in named.items() if record is not None and not _is_looked_after(record, now)]
    if unsettled:
        problem = f"names {unsettled[0]} and {len(unsettled) - 1} more that are neither over nor set going again."
        unit = Unit("letter", letter["_id"])
        yield Finding("letter_unsettled", unit, f"dead letter {letter['_id']} of {letter['queue']}", problem)


def _is_looked_after(record: Document, now: datetime) -> bool:
    due = record.get("sweep_at")
    over = record["state"] == "done" or record["state"] in TERMINAL
    return over or (due is not None and not is_overdue(due, now))


def examine_file(name: str, age: float) -> Iterator[Finding]:
    """Return what is wrong with an unfinished file."""
    yield Finding("temporary_file", Unit("files", "all"), f"file {name}", f"was begun {age:.0f} s ago.")


def examine_transaction(open_for: float, client: str) -> Iterator[Finding]:
    """Return what is wrong with an open transaction of the server."""
    yield Finding(
        "open_transaction",
        Unit("transactions", "open"),
        f"transaction of {client}",
        f"has been open for {open_for:.0f} s.",
    )
