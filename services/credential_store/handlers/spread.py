"""Carries a group's change on to its credentials: the visibility of published pages, and which drafts are incomplete.

The relay does it fifty credentials at a time, newest first; each piece is one transaction with the place that it
reached, so that it goes on where it stopped. What was being published meanwhile is looked at in a second round: whoever
records it reads the group's visibility a moment earlier.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from conferral.contracts.errors import Conflict
from conferral.contracts.ids import new_id
from services.credential_store.domain.publication import PUBLISHABLE
from services.credential_store.domain.scope import OrganisationScope, of_message, of_system
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context
from services.credential_store.publishing_ports import GroupChanges

Document = dict[str, Any]

PIECE = 50
"""A credential and its public document each: together a hundred."""
_GROUPS_AT_ONCE = 10
_SECOND_ROUND = 90.0
"""Seconds: longer than a transaction can take."""
_ON_THE_WAY = frozenset({"queued", "rendering"})


def begin(now: datetime) -> Document:
    """Return the fields that a changed group gets, so that the relay finds it."""
    return {"spread": {"token": new_id(), "after": None, "again": False}, "sweep_at": now}


def _never() -> bool:
    return False


def spread_due(context: Context, is_stopping: Callable[[], bool] = _never) -> int:
    """Carry on what is due, of all organisations, and return how many pieces that were."""
    changes, relay = context.store.publishing.group_changes, of_system("relay")
    pieces = 0
    for group in changes.due(relay, context.clock(), _GROUPS_AT_ONCE):
        until = after(context.clock(), context.tools.timing.expander_lease)
        if changes.take(relay, group, until):
            pieces += _spread(context, {**group, "sweep_at": until}, is_stopping)
    return pieces


def _spread(context: Context, group: Document, is_stopping: Callable[[], bool]) -> int:
    """Go through the group's credentials from where it stands; return the number of pieces."""
    pieces = 0
    place: Document | None = group
    while place is not None and not is_stopping():
        try:
            place = _piece(context, place)
        except Conflict:  # the group was changed again, or another relay goes on with it
            break
        pieces += 1
    return pieces


def _piece(context: Context, group: Document) -> Document | None:
    """Do the next fifty; return the group as it stands then, or None when it is through.

    :raises Conflict: it does not stand there any more.
    """
    store, scope, now = context.store, of_message(group["organisation_id"]), context.clock()
    changes = store.publishing.group_changes
    design = store.designs.get(scope, group["content"]["design_id"])
    required = design["required_attributes"] if design else []

    def work(session: Any) -> Document | None:
        found = changes.credentials(scope, group["_id"], group["spread"]["after"], PIECE, session=session)
        again = group["spread"]["again"] or any(one["state"] in _ON_THE_WAY for one in found)
        step = _step(group, found, now, after(now, context.tools.timing.expander_lease), again=again)
        if not changes.advance(scope, group, step, session=session):
            raise Conflict("The group was changed again.")
        _carry(changes, scope, group, found, required, session)
        return {**group, **step} if len(found) == PIECE else None

    return store.transaction(work)


def _step(group: Document, found: list[Document], now: datetime, until: datetime, *, again: bool) -> Document:
    """Return what the group says of its progress after this piece."""
    spread = group["spread"]
    if len(found) == PIECE:
        return {"spread": {**spread, "after": found[-1]["order"], "again": again}, "sweep_at": until}
    if again:
        return {"spread": {**spread, "after": None, "again": False}, "sweep_at": after(now, _SECOND_ROUND)}
    return {"spread": None, "sweep_at": None}


def _carry(
    changes: GroupChanges,
    scope: OrganisationScope,
    group: Document,
    found: list[Document],
    required: list[str],
    session: Any,
) -> None:
    published = [one["_id"] for one in found if one["published_version"] is not None]
    changes.show(scope, published, group["content"]["visibility"], session=session)
    marks: dict[bool, list[str]] = {True: [], False: []}
    for one in found:
        lacking = any(not one["content"].get("attributes", {}).get(key) for key in required)
        if one["state"] in PUBLISHABLE and one["incomplete"] != lacking:
            marks[lacking].append(one["_id"])
    changes.mark(scope, marks[False], marks[True], session=session)
