"""The sweeper: finds what a dead process held or a lost message left behind, and sets it going again.

It works under a lease, moves by compare-and-set only, and counts each move.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from prometheus_client import Counter

from conferral.contracts.commands import CHUNK_SIZE, DeliverEmails
from conferral.contracts.ids import new_id
from services.credential_store.domain.control import put_off
from services.credential_store.domain.deliveries import Move, end, requeue
from services.credential_store.domain.publication import Document, counts_of, status_of
from services.credential_store.domain.scope import of_message, of_system
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.creating import finish_abandoned
from services.credential_store.handlers.deliveries import carry_out
from services.credential_store.handlers.publishing import fail_chunk, publish_command, requeue_chunk

MOVES = Counter("conferral_sweeper_moves_total", "What the sweeper moved", ["move"])

LEASE = "sweeper"
_CHUNKS_AT_ONCE = 100
_DELIVERIES_AT_ONCE = 500
_PUBLICATIONS_AT_ONCE = 20
_LOOK_AGAIN = 2.0
"""Seconds until a running publication is looked at again."""
_LOOK_AGAIN_AT_PAUSED = 60.0
NO_ANSWER = "Drawing it was tried many times, and each time the publisher stopped without an answer."
UNKNOWN_END = "Nobody recorded whether the mail server took it."


def sweep(context: Context, holder: str) -> int:
    """Do one round if the lease is free or ours, and return the number of moves."""
    now = context.clock()
    until = after(now, context.tools.timing.sweeper_lease)
    if not context.store.publishing.leases.take(LEASE, holder, now, until):
        return 0
    moved = sweep_chunks(context) + sweep_deliveries(context) + sweep_publications(context)
    return moved + _count("create_call_finished", finish_abandoned(context))


def sweep_chunks(context: Context) -> int:
    """Queue chunks again whose lease ran out, and send commands again that got lost."""
    publishing, sweeper = context.store.publishing, of_system("sweeper")
    due = publishing.chunks.due(sweeper, context.clock(), _CHUNKS_AT_ONCE)
    queued = [chunk for chunk in due if chunk["state"] == "queued"]
    waiting = publishing.outbox.waiting(sweeper, [chunk["command_id"] for chunk in queued]) if queued else set()
    moved = 0
    for chunk in due:
        if chunk["state"] == "rendering":
            moved += _count("chunk_lease_out", _take_back(context, chunk))
        elif chunk["state"] == "queued":
            moved += _count("chunk_redriven", _redrive_chunk(context, chunk, waiting=chunk["command_id"] in waiting))
    return moved


def sweep_deliveries(context: Context) -> int:
    """Expired claims go back to the queue; stale ``sending`` is unconfirmed; forgotten ones get a new command."""
    publishing, sweeper = context.store.publishing, of_system("sweeper")
    due = publishing.deliveries.due(sweeper, context.clock(), _DELIVERIES_AT_ONCE)
    moved = 0
    for organisation_id, group in groupby(sorted(due, key=_by_organisation), key=_by_organisation):
        deliveries = list(group)
        for state, settle in _SETTLERS.items():
            these = [delivery for delivery in deliveries if delivery["state"] == state]
            for start in range(0, len(these), CHUNK_SIZE):
                moved += settle(context, organisation_id, these[start : start + CHUNK_SIZE])
    return moved


def sweep_publications(context: Context) -> int:
    """Write down which publications are finished, so that nobody looks at them again."""
    publications, sweeper = context.store.publishing.publications, of_system("sweeper")
    moved = 0
    for publication in publications.due(sweeper, "running", context.clock(), _PUBLICATIONS_AT_ONCE):
        scope = of_message(publication["organisation_id"])
        counts = counts_of(publication, context.store.publishing.chunks.of(scope, [publication["_id"]]))
        if status_of(publication, counts) == "finished":
            changes: Document = {"status": "finished", "finished_at": context.clock(), "sweep_at": None}
            moved += _count("publication_finished", publications.advance(scope, publication, changes))
        else:
            wait = _LOOK_AGAIN_AT_PAUSED if publication.get("hold") == "paused" else _LOOK_AGAIN
            publications.take(sweeper, publication, after(context.clock(), wait))
    return moved


def _take_back(context: Context, chunk: Document) -> bool:
    scope, timing = of_message(chunk["organisation_id"]), context.tools.timing
    if chunk["attempts"] >= timing.most_renderings:
        return fail_chunk(context, scope, chunk, "no_answer", NO_ANSWER)
    # The first time at once: most often it was the process that died, not the work that kills.
    wait = 0.0
    if chunk["attempts"] > 1:
        now = context.clock()
        wait = (timing.retry_at(now, chunk["attempts"] - 1) - now).total_seconds()
    return requeue_chunk(context, scope, chunk, {}, wait=wait)


def _redrive_chunk(context: Context, chunk: Document, *, waiting: bool) -> bool:
    """Send the command again, unless the last one has not even left: then only look again later."""
    store, scope, now = context.store, of_message(chunk["organisation_id"]), context.clock()
    redrives = chunk["redrives"] + 1
    changes: Document = {"redrives": redrives, "sweep_at": context.tools.timing.redrive_at(now, redrives)}
    if store.publishing.publications.holds(scope, [chunk["publication_id"]]):
        # No command while it is held: resuming sends one.
        return store.publishing.chunks.change(scope, chunk, {"sweep_at": put_off(now, context.tools.timing)}) and False
    if waiting:
        return store.publishing.chunks.change(scope, chunk, changes) and False
    command = publish_command(chunk)

    def work(session: Any) -> bool:
        changed = {**changes, "command_id": command.message_id}
        if not store.publishing.chunks.change(scope, chunk, changed, session=session):
            return False
        store.outbox.add_commands(scope, [command], session=session)
        return True

    return store.transaction(work)


def _release_claims(context: Context, organisation_id: str, deliveries: Sequence[Document]) -> int:
    now = context.clock()
    moves = [requeue(delivery, now, 0.0) for delivery in deliveries]
    return _one_by_one(context, organisation_id, moves, "claim_expired")


def _give_up_sending(context: Context, organisation_id: str, deliveries: Sequence[Document]) -> int:
    moves = [end(delivery, "unconfirmed", UNKNOWN_END) for delivery in deliveries]
    return _one_by_one(context, organisation_id, moves, "sending_unconfirmed")


def _one_by_one(context: Context, organisation_id: str, moves: Sequence[Move], name: str) -> int:
    """Move all at once; if one was moved by somebody else meanwhile, each for itself."""
    scope, now = of_message(organisation_id), context.clock()
    if carry_out(context, scope, moves, now):
        return _count(name, len(moves))
    return sum(_count(name, carry_out(context, scope, [move], now)) for move in moves)


def _redrive_deliveries(context: Context, organisation_id: str, deliveries: Sequence[Document]) -> int:
    """Send a command for those whose last one has left, and look again later at all."""
    store, scope, now = context.store, of_message(organisation_id), context.clock()
    deliveries = _without_held(context, organisation_id, deliveries)
    if not deliveries:
        return 0
    commands = [delivery["command_id"] for delivery in deliveries if "command_id" in delivery]
    waiting = store.publishing.outbox.waiting(of_system("sweeper"), commands) if commands else set()
    lost = [delivery for delivery in deliveries if delivery.get("command_id") not in waiting]
    command = DeliverEmails(
        message_id=new_id(),
        correlation_id=new_id(),
        organisation_id=organisation_id,
        delivery_ids=tuple(delivery["_id"] for delivery in lost),
    )
    moves = []
    for delivery in deliveries:
        redrives = delivery.get("redrives", 0) + 1
        changes: Document = {"redrives": redrives, "sweep_at": context.tools.timing.redrive_at(now, redrives)}
        if delivery in lost:
            changes["command_id"] = command.message_id
        moves.append(Move(delivery, "queued", changes))

    def work(session: Any) -> None:
        # Those that moved meanwhile need no command; that one is a hint, and harmless for them.
        store.publishing.deliveries.move(scope, moves, session=session)
        if lost:
            store.outbox.add_commands(scope, [command], session=session)

    store.transaction(work)
    return _count("delivery_redriven", len(lost))


def _without_held(context: Context, organisation_id: str, deliveries: Sequence[Document]) -> list[Document]:
    """Put those off whose publication is held, without a command: resuming sends one, cancelling ends them."""
    publishing, scope = context.store.publishing, of_message(organisation_id)
    made_by = {delivery["publication_id"] for delivery in deliveries if "publication_id" in delivery}
    holds = publishing.publications.holds(scope, made_by)
    held = [delivery for delivery in deliveries if delivery.get("publication_id") in holds]
    later = put_off(context.clock(), context.tools.timing)
    publishing.deliveries.move(scope, [Move(delivery, "queued", {"sweep_at": later}) for delivery in held])
    return [delivery for delivery in deliveries if delivery.get("publication_id") not in holds]


_SETTLERS: dict[str, Callable[[Context, str, Sequence[Document]], int]] = {
    "claimed": _release_claims,
    "sending": _give_up_sending,
    "queued": _redrive_deliveries,
}


def _by_organisation(delivery: Document) -> str:
    return str(delivery["organisation_id"])


def _count(move: str, number: int) -> int:
    if number:
        MOVES.labels(move).inc(number)
    return int(number)
