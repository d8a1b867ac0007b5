"""Pausing, resuming and cancelling a publication: what each writes, and what becomes of what it holds back. Pure.

A hold is looked at before anything of the publication is expanded, rendered, claimed or begun. So it works at once,
whatever the size; what is left to move afterwards is moved by the relay, a chunk at a time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conferral.contracts.errors import Conflict
from services.credential_store.domain.deliveries import COUNTER_OF, Move, end
from services.credential_store.domain.publication import Document
from services.credential_store.domain.timing import Timing, after

CANCELLED = "The publication was cancelled before this email was sent."

_WAITING = frozenset({"queued", "claimed"})
"""What nobody is sending yet."""


def pause(publication: Mapping[str, Any], now: datetime) -> Document | None:
    """Return what pausing changes; None: it is held already, or over."""
    del now
    if publication.get("hold") or publication["status"] == "finished":
        return None
    return _next(publication, hold="paused", control=None, control_at=None)


def resume(publication: Mapping[str, Any], now: datetime) -> Document | None:
    """Return what resuming changes; None: it is not paused.

    :raises Conflict: it was cancelled.
    """
    if publication.get("hold") == "cancelled":
        raise Conflict("This publication was cancelled. What is left of it can be published anew.")
    if publication.get("hold") is None or publication["status"] == "finished":
        return None
    return _next(publication, hold=None, control="redrive", control_at=now, sweep_at=now)


def cancel(publication: Mapping[str, Any], now: datetime) -> Document | None:
    """Return what cancelling changes; None: it is cancelled already, or over.

    What was not expanded yet never is: the expander goes on with ``expanding`` only.
    """
    if publication.get("hold") == "cancelled" or publication["status"] == "finished":
        return None
    return _next(publication, status="running", hold="cancelled", control="cancel", control_at=now, sweep_at=now)


def is_settled(chunk: Mapping[str, Any]) -> bool:
    """Tell whether nothing of a chunk moves any more."""
    counts = chunk["counts"]
    ended = sum(counts.get(name, 0) for name in COUNTER_OF.values())
    return bool(chunk["state"] == "done" and ended >= counts["published"] - counts.get("not_told", 0))


def give_up(delivery: Document) -> Move | None:
    """Cancel an email that nobody is sending yet; None: it is being sent, or has come to its end."""
    return end(delivery, "cancelled", CANCELLED) if delivery["state"] in _WAITING else None


def hold_back(delivery: Document, hold: str, now: datetime, timing: Timing) -> Move:
    """Return what becomes of a claimed email whose publication is held: it waits, or never leaves."""
    if hold == "cancelled":
        return end(delivery, "cancelled", CANCELLED)
    changes = {"state": "queued", "next_attempt_at": now, "sweep_at": put_off(now, timing), "redrives": 0}
    return Move(delivery, "queued", changes, ("claim", "sending_since"))


def put_off(now: datetime, timing: Timing) -> datetime:
    """Return when something that is held is looked at again: resuming sets it going long before."""
    return after(now, timing.longest_redrive)


def drive(delivery: Document, now: datetime, timing: Timing) -> Move:
    """Return a waiting email's new deadline after its publication was resumed; if due, a command goes with it."""
    due = is_due(delivery, now)
    sweep_at = timing.redrive_at(now, 0) if due else delivery["next_attempt_at"]
    return Move(delivery, "queued", {"redrives": 0, "sweep_at": sweep_at})


def is_due(record: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a queued email or chunk may be taken now."""
    return bool(record["next_attempt_at"] <= now)


def _next(publication: Mapping[str, Any], **changes: Any) -> Document:
    return {**changes, "control_revision": (publication.get("control_revision") or 0) + 1}
