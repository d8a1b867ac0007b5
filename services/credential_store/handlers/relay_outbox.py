"""The outbox relay: what is stored as said is said on the bus, at least once, until the broker has confirmed it."""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge

from conferral.contracts.errors import Unavailable
from conferral.contracts.ids import new_id
from conferral.runtime.logging import get_logger
from services.credential_store.domain.publication import Document
from services.credential_store.domain.scope import of_system
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context
from services.credential_store.publishing_ports import Bus

RELAYED = Counter("conferral_relayed_messages_total", "Outbox rows by what became of them", ["kind", "result"])
IN_HAND = Gauge("conferral_outbox_rows_in_hand", "Outbox rows that this relay holds")

ROWS_AT_ONCE = 100
_AFTER_A_NEIGHBOUR = 1.0
"""Seconds until rows are tried again that were not tried because another one failed."""

_log = get_logger()


def relay_due(context: Context, bus: Bus) -> int:
    """Publish what is due, and return how many rows the broker has confirmed.

    Whatever goes wrong means that nobody knows: the row stays, with its message id, and is published again later.
    """
    outbox, scope, token = context.store.publishing.outbox, of_system("relay"), new_id()
    now = context.clock()
    rows = outbox.claim(scope, token, now, after(now, context.tools.timing.outbox_lease), ROWS_AT_ONCE)
    IN_HAND.set(len(rows))
    confirmed: list[str] = []
    failed: Sequence[Document] = ()
    for window in _windows(rows):
        try:
            bus.publish(window)
        except Unavailable as error:
            _log.warning("outbox_not_published", rows=len(window), error=str(error))
            failed = window
            break
        confirmed += [row["_id"] for row in window]
    if confirmed:
        outbox.remove(scope, token, confirmed)
    if failed:
        _put_off(context, token, rows, failed, set(confirmed))
    _count(rows, set(confirmed), failed)
    IN_HAND.set(0)
    return len(confirmed)


def _windows(rows: Sequence[Document]) -> list[list[Document]]:
    """Fresh rows travel together; one that failed before travels alone, so that it delays nobody but itself."""
    fresh = [row for row in rows if not row.get("attempts")]
    again = [[row] for row in rows if row.get("attempts")]
    return [fresh, *again] if fresh else again


def _put_off(
    context: Context, token: str, rows: Sequence[Document], failed: Sequence[Document], confirmed: set[str]
) -> None:
    now, timing = context.clock(), context.tools.timing
    tried = {row["_id"] for row in failed}
    until = {
        row["_id"]: timing.retry_at(now, row.get("attempts", 0) + 1)
        if row["_id"] in tried
        else after(now, _AFTER_A_NEIGHBOUR)
        for row in rows
        if row["_id"] not in confirmed
    }
    context.store.publishing.outbox.put_off(of_system("relay"), token, until, tried=tried)


def _count(rows: Sequence[Document], confirmed: set[str], failed: Sequence[Document]) -> None:
    for row in rows:
        if row["_id"] in confirmed:
            RELAYED.labels(row["kind"], "confirmed").inc()
    for row in failed:
        RELAYED.labels(row["kind"], "failed").inc()
