"""Dead letters: messages that the broker, or a consumer, gave up. Read with care, kept as short as can be. Pure.

A letter proves nothing: in a storm of crashes, good messages end here too. The database is the truth, and what a letter
names is looked after by the sweeper in any case.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from conferral.contracts.commands import Command, DeliverEmails, PublishChunk
from conferral.contracts.errors import InvalidMessage
from conferral.contracts.ids import INSTALLATION
from conferral.contracts.topology import COMMANDS, ROUTES

Document = dict[str, Any]
Letter = Mapping[str, Any]

KEPT = timedelta(days=30)
MOST_KEPT = 20_000
"""Letters; of more, the oldest go first."""
LONGEST_REASON = 200
_OF_QUEUE = {f"{queue.name}.dead": command for command, queue in ROUTES.items()}
_REASONS = {
    "rejected": "It could not be read, or the broker was told to give it up.",
    "delivery_limit": "It was given out again and again, and nobody finished it.",
    "expired": "Nobody took it in time.",
    "maxlen": "The queue was full.",
}


@dataclass(frozen=True)
class RawLetter:
    """What a dead-letter queue gave out. ``body`` as it came."""

    queue: str
    body: bytes
    message_id: str | None
    headers: Mapping[str, Any] = field(default_factory=dict)


def read_letter(raw: RawLetter, now: datetime) -> Document:
    """Return what is kept of it. The same letter, given out once more, is the same document.

    The body of a command is kept: it has ids only. Of anything else, which may hold anything, its length is.
    """
    death = _death(raw.headers)
    command = _command(raw)
    return {
        "_id": _identity(raw, death),
        "schema_version": 1,
        "queue": raw.queue,
        "reason": _reason(raw, death),
        "state": "open",
        "message": type(command).__name__ if command else "",
        "message_id": command.message_id if command else (raw.message_id or "")[:64],
        "organisation_id": command.organisation_id if command and command.organisation_id != INSTALLATION else None,
        "body": command.encode() if command else None,
        "size": len(raw.body),
        "died_at": _moment(death, now),
        "order": f"{_moment(death, now).isoformat(timespec='milliseconds')}:{_identity(raw, death)}",
        "filed_at": now,
        "expires_at": now + KEPT,
    }


def outbox_row(letter: Letter) -> Document:
    """Return the outbox row that sends it again: the same message, with the same id."""
    return {
        "_id": letter["message_id"],
        "kind": "command",
        "exchange": COMMANDS.name,
        "routing_key": letter["queue"].removesuffix(".dead"),
        "body": letter["body"],
        "headers": {"x-correlation-id": letter["body"]["correlation_id"]},
    }


def is_redrivable(letter: Letter) -> bool:
    """Tell whether sending it again can help: it can be read."""
    return bool(letter["body"])


def chunks_of(letter: Letter) -> list[str]:
    """Return the ids of the chunks that it names."""
    body = letter["body"] or {}
    return [f"{body['publication_id']}:{body['chunk']}"] if letter["message"] == PublishChunk.__name__ else []


def emails_of(letter: Letter) -> list[str]:
    """Return the ids of the emails that it names."""
    return list((letter["body"] or {}).get("delivery_ids", ())) if letter["message"] == DeliverEmails.__name__ else []


def _command(raw: RawLetter) -> Command | None:
    kind = _OF_QUEUE.get(raw.queue)
    if kind is None:
        return None
    try:
        return kind.decode(json.loads(raw.body))
    except (ValueError, InvalidMessage, RecursionError):
        return None


def _death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the broker's latest note about it."""
    deaths = headers.get("x-death")
    first = deaths[0] if isinstance(deaths, list) and deaths else {}
    return first if isinstance(first, dict) else {}


def _identity(raw: RawLetter, death: Mapping[str, Any]) -> str:
    what = [raw.queue, raw.message_id, hashlib.sha256(raw.body).hexdigest(), str(death.get("time")), death.get("count")]
    return hashlib.sha256(json.dumps(what, default=str).encode()).hexdigest()[:32]


def _reason(raw: RawLetter, death: Mapping[str, Any]) -> str:
    said = raw.headers.get("x-reason")  # of our own, from who could not read it
    if isinstance(said, str) and said:
        return said[:LONGEST_REASON]
    return _REASONS.get(str(death.get("reason")), "The broker does not say why.")


def _moment(death: Mapping[str, Any], now: datetime) -> datetime:
    at = death.get("time")
    if not isinstance(at, datetime):
        return now
    return min(at if at.tzinfo else at.replace(tzinfo=UTC), now)
