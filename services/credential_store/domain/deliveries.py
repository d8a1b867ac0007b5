"""One record per intended email, and what may become of it. Pure.

The order of things keeps a promise: an email is never knowingly sent twice. ``sending`` is stored before the final dot
leaves; what happened to one that is found in ``sending`` later is not known, so it is unconfirmed and left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conferral.contracts.ids import new_id
from conferral.contracts.rpc.deliveries import DeliveryKind, DeliveryResult
from services.credential_store.domain.text import fold_address
from services.credential_store.domain.timing import Timing, after

Document = dict[str, Any]

TERMINAL = frozenset({"sent", "failed", "cancelled", "unconfirmed"})
LONGEST_SERVER_TEXT = 500
MOST_TEST_ATTEMPTS = 2

_FROM: Mapping[str, frozenset[str]] = {
    # A mailer that answers late, after the sweeper gave its email up, brings the evidence that rule asks for.
    "sent": frozenset({"sending", "unconfirmed"}),
    "failed": frozenset({"sending", "claimed"}),
    "unconfirmed": frozenset({"sending"}),
    "cancelled": frozenset({"sending", "claimed"}),
    "retry": frozenset({"sending", "claimed"}),
    "release": frozenset({"sending", "claimed"}),
}
COUNTER_OF = {
    "sent": "emails_sent",
    "failed": "emails_failed",
    "unconfirmed": "emails_unconfirmed",
    "cancelled": "emails_cancelled",
}
"""Terminal state to the counter of the publication's chunk."""


@dataclass(frozen=True)
class Sender:
    """Frozen from the organisation, or the installation's own."""

    name: str
    address: str
    reply_to: str | None = None


@dataclass(frozen=True)
class Move:
    """A compare-and-set on one delivery: from this state and fence to those fields. ``remove`` names fields to drop."""

    delivery: Document
    state: str
    changes: Document
    remove: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The state it must be in."""
        return str(self.delivery["state"])


def message_id_of(delivery_id: str, sender_address: str) -> str:
    """Return the Message-ID header of a delivery: the same for every attempt."""
    return f"<{delivery_id}@{sender_address.rpartition('@')[2] or 'localhost'}>"


def new_delivery(  # noqa: PLR0913 - a record has as many fields as it has
    organisation_id: str,
    kind: DeliveryKind,
    sender: Sender,
    recipient: tuple[str, str],
    *,
    language: str,
    values: Mapping[str, str],
    template: str | None,
    now: datetime,
    timing: Timing,
    delivery_id: str | None = None,
) -> Document:
    """Return a queued delivery.

    :param recipient: name and address.
    :param template: digest of an EmailTemplate blob; None: the mailer's own for this kind.
    """
    delivery_id = delivery_id or new_id()
    return {
        "_id": delivery_id,
        "schema_version": 1,
        "organisation_id": organisation_id,
        "kind": kind,
        "state": "queued",
        "fence": 0,
        "attempts": 0,
        "redrives": 0,
        "message_id": message_id_of(delivery_id, sender.address),
        "to_name": recipient[0],
        "to_address": recipient[1],
        "from_name": sender.name,
        "from_address": sender.address,
        "reply_to": sender.reply_to,
        "template": template,
        "language": language,
        "values": dict(values),
        "next_attempt_at": now,
        "sweep_at": timing.redrive_at(now, 0),
        "server": "",
        "created_at": now,
    }


def requeue(delivery: Document, now: datetime, wait: float, **changes: Any) -> Move:
    """Return it to the queue, due after ``wait`` seconds; the sweeper sends its command then."""
    due = after(now, wait)
    fields = {"state": "queued", "next_attempt_at": due, "sweep_at": due, "redrives": 0, **changes}
    return Move(delivery, "queued", fields, ("claim", "sending_since"))


def end(delivery: Document, state: str, server: str) -> Move:
    """Bring it to an end: nothing looks at it again."""
    changes = {"state": state, "server": server[:LONGEST_SERVER_TEXT]}
    # What an account's email says opens that account (a reset's link): it is not kept longer than sending needs it.
    secret = () if delivery["kind"] == "credential" else ("values",)
    return Move(delivery, state, changes, ("sweep_at", "claim", "sending_since", *secret))


def begin(delivery: Document, now: datetime, timing: Timing) -> Move:
    """Store that its final dot may leave from now on."""
    changes = {"state": "sending", "sending_since": now, "sweep_at": after(now, timing.sending_lease)}
    return Move(delivery, "sending", changes)


def apply_result(delivery: Document, result: DeliveryResult, now: datetime, timing: Timing) -> Move | None:
    """Return what a mailer's result changes, or None: it no longer holds this delivery, or said so before."""
    if delivery["fence"] != result.fence or delivery["state"] not in _FROM[result.outcome]:
        return None
    if result.outcome in TERMINAL:
        # What is refused before it was ever begun has not failed at a mail server: it is cancelled, with its reason.
        refused_early = result.outcome == "failed" and delivery["state"] == "claimed"
        return end(delivery, "cancelled" if refused_early else result.outcome, result.server)
    if delivery.get("kind") == "test":
        return _tried(delivery, result, now)
    if result.outcome == "release":
        return requeue(delivery, now, max(result.retry_after or 0.0, 0.0))
    attempts = delivery["attempts"] + 1
    server = result.server[:LONGEST_SERVER_TEXT]
    if attempts >= timing.most_attempts:
        return end(delivery, "failed", server)
    wait = max((timing.retry_at(now, attempts) - now).total_seconds(), result.retry_after or 0.0)
    return requeue(delivery, now, wait, attempts=attempts, server=server)


def _tried(delivery: Document, result: DeliveryResult, now: datetime) -> Move:
    """Return what becomes of a test email that did not leave: somebody waits to read why, so it ends soon."""
    attempts = delivery["attempts"] + 1
    if attempts >= MOST_TEST_ATTEMPTS:
        return end(delivery, "failed", result.server)
    return requeue(delivery, now, 1.0, attempts=attempts, server=result.server[:LONGEST_SERVER_TEXT])


def reach(moves: Sequence[Move]) -> tuple[set[str], set[str]]:
    """Return the folded addresses to which an email failed, and those to which one was accepted."""
    last: dict[str, str] = {}
    for move in moves:
        # that a trial or an account's email fails says as much about the server as about the address
        if move.state == "sent" or (move.state == "failed" and move.delivery["kind"] == "credential"):
            last[fold_address(move.delivery["to_address"])] = move.state
    return {one for one, end in last.items() if end == "failed"}, {one for one, end in last.items() if end == "sent"}


def counter_changes(move: Move) -> dict[str, int]:
    """Return what a move adds to the counters of its publication's chunk."""
    changes: dict[str, int] = {}
    if move.source in COUNTER_OF:
        changes[COUNTER_OF[move.source]] = -1
    if move.state in COUNTER_OF:
        changes[COUNTER_OF[move.state]] = changes.get(COUNTER_OF[move.state], 0) + 1
    return changes
