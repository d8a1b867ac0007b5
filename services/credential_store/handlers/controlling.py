"""The relay's part of resuming and cancelling: chunk after chunk, each a transaction; it can stop anywhere.

Where it is, the chunks themselves say: one that is settled is passed over. So a second relay at the same work, or the
same one after a crash, does no harm.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import Conflict
from conferral.contracts.ids import new_id
from conferral.runtime import correlation
from services.credential_store.domain.control import drive, give_up, is_due, is_settled
from services.credential_store.domain.publication import Document
from services.credential_store.domain.publishing import moving
from services.credential_store.domain.scope import OrganisationScope, of_message, of_system
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.deliveries import carry_out
from services.credential_store.handlers.publishing import END_OF_WORK, members, publish_command, requeue_chunk

CANCELLED = Counter("conferral_cancelled_total", "What was given up with a cancelled publication", ["what"])

_PUBLICATIONS_AT_ONCE = 10
_MOST_TRIES = 5
_LOOK_AGAIN = 1.0
"""Seconds until a cancelled publication is looked at again, of which emails are being sent."""


def _never() -> bool:
    return False


def control_due(context: Context, is_stopping: Callable[[], bool] = _never) -> int:
    """Do what was decided about publications of any organisation; return how many chunks were dealt with.

    :param is_stopping: asked between two chunks; what is left then is taken up when the lease has run out.
    """
    publications, relay = context.store.publishing.publications, of_system("relay")
    done = 0
    for publication in publications.to_control(relay, context.clock(), _PUBLICATIONS_AT_ONCE):
        until = after(context.clock(), context.tools.timing.expander_lease)
        if publications.take_control(relay, publication, until):
            with correlation.bound(publication["correlation_id"]):
                done += _carry_on(context, publication, is_stopping)
    return done


def _carry_on(context: Context, publication: Document, is_stopping: Callable[[], bool]) -> int:
    publishing, scope = context.store.publishing, of_message(publication["organisation_id"])
    settle = cancel_chunk if publication["control"] == "cancel" else redrive_chunk
    done = 0
    for chunk in _unsettled(context, scope, publication):
        if is_stopping() or not _is_current(context, scope, publication):
            return done
        settle(context, scope, chunk)
        done += 1
    is_done = publication["control"] == "redrive" or not _unsettled(context, scope, publication)
    again = None if is_done else after(context.clock(), _LOOK_AGAIN)
    publishing.publications.take_control(of_system("relay"), publication, again)
    return done


def _unsettled(context: Context, scope: OrganisationScope, publication: Document) -> list[Document]:
    chunks = context.store.publishing.chunks.of(scope, [publication["_id"]])
    return [chunk for chunk in chunks if not is_settled(chunk)]


def _is_current(context: Context, scope: OrganisationScope, publication: Document) -> bool:
    found = context.store.publishing.publications.get(scope, publication["_id"])
    return found is not None and found["control_revision"] == publication["control_revision"]


def cancel_chunk(context: Context, scope: OrganisationScope, named: Document) -> None:
    """Bring what was not rendered back to draft, and cancel the emails that nobody is sending."""
    chunks = context.store.publishing.chunks
    for _ in range(_MOST_TRIES):
        chunk = chunks.get(scope, named["publication_id"], named["chunk"])
        if chunk is None:
            return
        if chunk["state"] == "done":
            if _cancel_emails(context, scope, chunk):
                return
            continue
        try:
            if chunk["state"] == "rendering":  # taken from the publisher, whose results are refused from now on
                requeue_chunk(context, scope, chunk, {}, wait=context.tools.timing.longest_redrive)
            else:
                _return_to_draft(context, scope, chunk)
        except Conflict:  # the publisher was quicker with one of them
            continue


def redrive_chunk(context: Context, scope: OrganisationScope, named: Document) -> None:
    """Send the commands again that came to nothing while it was paused, and look after the rest as before."""
    chunk = context.store.publishing.chunks.get(scope, named["publication_id"], named["chunk"])
    now = context.clock()
    if chunk is None or chunk["state"] == "rendering":
        return
    if chunk["state"] == "queued":
        _redrive_rendering(context, scope, chunk, now)
    else:
        _redrive_emails(context, scope, chunk, now)


def _return_to_draft(context: Context, scope: OrganisationScope, chunk: Document) -> None:
    store, now = context.store, context.clock()
    changes = moving(members(context, scope, chunk, "queued"), "draft", now)
    counts = {**chunk["counts"], "cancelled": len(changes)}
    # The fence moves on too: whoever rendered it before does not hold it any more, and is told so.
    ended = {"state": "done", "fence": chunk["fence"] + 1, "counts": counts}

    def work(session: Any) -> bool:
        if not store.publishing.chunks.change(scope, chunk, ended, remove=END_OF_WORK, session=session):
            return False
        if store.publishing.credentials.change(scope, changes, session=session) != len(changes):
            raise Conflict("A credential of this chunk was changed by somebody else.")
        store.publishing.chunks.drop_items(scope, chunk, session=session)
        return True

    if store.transaction(work):
        CANCELLED.labels("credential").inc(len(changes))


def _cancel_emails(context: Context, scope: OrganisationScope, chunk: Document) -> bool:
    """Cancel them all, or none: then one moved meanwhile, and they are to be read again."""
    found = context.store.publishing.deliveries.of_chunk(scope, chunk["publication_id"], chunk["chunk"])
    moves = [move for delivery in found if (move := give_up(delivery)) is not None]
    if not carry_out(context, scope, moves, context.clock()):
        return False
    CANCELLED.labels("email").inc(len(moves))
    return True


def _redrive_rendering(context: Context, scope: OrganisationScope, chunk: Document, now: datetime) -> None:
    store, timing, command = context.store, context.tools.timing, publish_command(chunk)
    due = is_due(chunk, now)
    changes: Document = {"redrives": 0, "sweep_at": timing.redrive_at(now, 0) if due else chunk["next_attempt_at"]}
    if due:
        changes["command_id"] = command.message_id

    def work(session: Any) -> None:
        if store.publishing.chunks.change(scope, chunk, changes, session=session) and due:
            store.outbox.add_commands(scope, [command], session=session)

    store.transaction(work)


def _redrive_emails(context: Context, scope: OrganisationScope, chunk: Document, now: datetime) -> None:
    store, timing = context.store, context.tools.timing
    found = store.publishing.deliveries.of_chunk(scope, chunk["publication_id"], chunk["chunk"])
    queued = [delivery for delivery in found if delivery["state"] == "queued"]
    due = [delivery["_id"] for delivery in queued if is_due(delivery, now)]
    command = DeliverEmails(
        message_id=new_id(),
        correlation_id=chunk["correlation_id"],
        organisation_id=scope.organisation_id,
        delivery_ids=tuple(due),
    )
    moves = [drive(delivery, now, timing) for delivery in queued]
    for move in moves:
        if move.delivery["_id"] in due:
            move.changes["command_id"] = command.message_id

    def work(session: Any) -> None:
        # Those that moved meanwhile need no command; that one is a hint, and harmless for them.
        store.publishing.deliveries.move(scope, moves, session=session)
        if due:
            store.outbox.add_commands(scope, [command], session=session)

    if moves:
        store.transaction(work)
