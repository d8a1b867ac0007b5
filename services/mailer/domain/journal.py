"""What a mailer was doing, as lines in a file, and what they say after it was killed. Pure.

Without them, everything that was begun together with the message in hand would be unconfirmed, although most of it was
never sent, or was sent and answered. A line is on its way to the disk before what it tells is done; the kernel keeps it
when the process is killed, not when the machine loses its power. So a journal of before the last boot says nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from conferral.contracts.rpc.deliveries import DeliveryResult

UNKNOWN_END = "the mailer was killed while the mail server had this message"
NEVER_LEFT = "the mailer was killed before this message's turn"


@dataclass(frozen=True)
class Account:
    """What is known of what one command had begun and not recorded."""

    organisation_id: str
    results: tuple[DeliveryResult, ...]


def opened(boot: str, organisation_id: str) -> bytes:
    """Return the first line."""
    return _line({"boot": boot, "organisation": organisation_id})


def begun(pairs: Sequence[tuple[str, int]]) -> bytes:
    """Return the line that goes before the call that begins a window."""
    return _line({"begun": pairs})


def recorded() -> bytes:
    """Return the line that follows that call: the windows before the last one are in the store."""
    return _line({"recorded": True})


def leaving(delivery_id: str) -> bytes:
    """Return the line that goes before a message."""
    return _line({"leaving": delivery_id})


def ended(result: DeliveryResult) -> bytes:
    """Return the line that follows a message's end."""
    return _line({"ended": result.model_dump(mode="json")})


def read(content: bytes, boot: str) -> Account | None:
    """Return what a dead mailer's journal tells; None: nothing that could be relied on.

    :param boot: the machine's present boot.
    """
    try:
        head, *lines = [json.loads(line) for line in content.splitlines(keepends=True) if line.endswith(b"\n")]
        if head["boot"] != boot:
            return None
        return Account(head["organisation"], tuple(_results(lines)))
    except (ValueError, KeyError, TypeError, ValidationError):
        return None


def _results(lines: Iterable[dict[str, Any]]) -> list[DeliveryResult]:
    windows: list[dict[str, int]] = []
    known: dict[str, DeliveryResult] = {}
    left: set[str] = set()
    for line in lines:
        if "begun" in line:
            windows.append(dict(line["begun"]))
        elif "recorded" in line:
            windows = windows[-1:]
        elif "leaving" in line:
            left.add(line["leaving"])
        elif "ended" in line:
            result = DeliveryResult.model_validate_json(json.dumps(line["ended"]))
            known[result.delivery_id] = result
    begun = {one: fence for window in windows for one, fence in window.items()}
    return [known.get(one) or _unheard(one, fence, left=one in left) for one, fence in begun.items()]


def _unheard(delivery_id: str, fence: int, *, left: bool) -> DeliveryResult:
    if left:
        return DeliveryResult(delivery_id=delivery_id, fence=fence, outcome="unconfirmed", server=UNKNOWN_END)
    return DeliveryResult(delivery_id=delivery_id, fence=fence, outcome="release", server=NEVER_LEFT)


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"
