"""What a dead process may have left behind: messages, leases, transactions. I7."""

from collections.abc import Iterator
from datetime import datetime

from services.credential_store.domain.auditing.findings import Document, Finding, Unit, ago, is_overdue
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


def examine_transaction(open_for: float, client: str) -> Iterator[Finding]:
    """Return what is wrong with an open transaction of the server."""
    yield Finding(
        "open_transaction",
        Unit("transactions", "open"),
        f"transaction of {client}",
        f"has been open for {open_for:.0f} s.",
    )
