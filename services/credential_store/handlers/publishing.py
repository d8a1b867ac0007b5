"""The publisher's side of a chunk: load it, record it, or hand it back."""

from datetime import datetime
from typing import Any

from conferral.contracts.commands import DeliverEmails, PublishChunk
from conferral.contracts.errors import Conflict, DesignNotInstalled, NotFound
from conferral.contracts.events import CredentialsPublished
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Done
from conferral.contracts.rpc import publishing as contract
from services.credential_store.domain.publication import Document
from services.credential_store.domain.publishing import (
    Results,
    Surroundings,
    failing,
    moving,
    results_of,
    to_chunk,
)
from services.credential_store.domain.scope import OrganisationScope
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context, Handlers

DESIGN_MISSING = "The design is not installed on any publisher."
END_OF_WORK = ("sweep_at", "waiting_since")


def load_chunk(context: Context, request: contract.LoadChunk) -> contract.Chunk:
    """Take a chunk that is queued and due; otherwise it is answered without items, and there is nothing to do.

    While its publication is paused, or once it is cancelled, there is nothing to do.

    :raises NotFound: there is no such chunk in this organisation.
    """
    publishing, scope = context.store.publishing, context.organisation
    chunk, publication = _find(context, request.publication_id, request.chunk)
    now = context.clock()
    if chunk["state"] != "queued" or chunk["next_attempt_at"] > now or publication.get("hold"):
        return to_chunk(publication, chunk, ())
    held = {
        "state": "rendering",
        "fence": chunk["fence"] + 1,
        "attempts": chunk["attempts"] + 1,
        "sweep_at": after(now, context.tools.timing.chunk_lease),
    }

    queued = members(context, scope, chunk, "queued")
    changes = moving(queued, "rendering", now)

    def work(session: Any) -> bool:
        if not publishing.chunks.change(scope, chunk, held, session=session):
            return False
        _all(publishing.credentials.change(scope, changes, session=session), len(changes))
        return True

    if not context.store.transaction(work):
        return to_chunk(publication, chunk, ())
    return to_chunk(publication, {**chunk, **held}, queued)


def record_published(context: Context, request: contract.RecordPublished) -> Done:
    """Store a chunk's results, all of them or none. The same call again changes nothing and is answered alike.

    :raises Conflict: the fence is stale: somebody else has the chunk, or had it since.
    :raises NotFound: there is no such chunk in this organisation.
    """
    chunk, publication = _find(context, request.publication_id, request.chunk)
    if chunk["state"] == "done" and chunk["fence"] == request.fence:
        return Done()
    if chunk["state"] != "rendering" or chunk["fence"] != request.fence:
        raise Conflict("This chunk is no longer yours.")
    now = context.clock()
    group = context.store.groups.get(context.organisation, chunk["group_id"])
    around = Surroundings(
        context.organisation.organisation_id,
        publication["frozen"][chunk["group_id"]],
        now,
        context.tools.timing,
        tell_again=publication.get("tell_again", True),
        visibility=group["content"].get("visibility") if group else None,
    )
    results = results_of(
        around, members(context, context.organisation, chunk, "rendering"), request.published, request.failed
    )
    command = DeliverEmails(
        message_id=new_id(),
        correlation_id=chunk["correlation_id"],
        organisation_id=context.organisation.organisation_id,
        delivery_ids=tuple(delivery["_id"] for delivery in results.deliveries),
    )
    for delivery in results.deliveries:
        delivery["command_id"] = command.message_id
    context.store.transaction(lambda session: _finish(context, chunk, results, command, now, session))
    return Done()


def hand_back_chunk(context: Context, request: contract.HandBackChunk) -> Done:
    """Queue a chunk again: at once for ``seconds`` 0, else after them or the backoff, whichever is longer.

    A chunk whose design nobody has had for an hour fails with that reason. A stale fence changes nothing.

    :raises NotFound: there is no such chunk in this organisation.
    """
    chunk, _ = _find(context, request.publication_id, request.chunk)
    if chunk["state"] != "rendering" or chunk["fence"] != request.fence:
        return Done()
    now, timing = context.clock(), context.tools.timing
    changes: Document = {}
    if request.reason.startswith(DesignNotInstalled.code):
        since = chunk.get("waiting_since", now)
        if (now - since).total_seconds() >= timing.design_wait:
            fail_chunk(context, context.organisation, chunk, DesignNotInstalled.code, DESIGN_MISSING)
            return Done()
        changes["waiting_since"] = since
    wait = 0.0
    if request.seconds > 0:
        wait = max(request.seconds, (timing.retry_at(now, chunk["attempts"]) - now).total_seconds())
    requeue_chunk(context, context.organisation, chunk, changes, wait=wait)
    return Done()


def requeue_chunk(context: Context, scope: OrganisationScope, chunk: Document, extra: Document, *, wait: float) -> bool:
    """Queue a rendering chunk again, due after ``wait`` seconds; with 0 its command leaves at once.

    Return False, and change nothing, if somebody else moved it.
    """
    store, now = context.store, context.clock()
    due = after(now, wait)
    command = publish_command(chunk)
    queued = {"state": "queued", "next_attempt_at": due, "sweep_at": due, "redrives": 0, **extra}
    if wait <= 0:
        queued |= {"command_id": command.message_id, "sweep_at": context.tools.timing.redrive_at(now, 0)}

    changes = moving(members(context, scope, chunk, "rendering"), "queued", now)

    def work(session: Any) -> bool:
        if not store.publishing.chunks.change(scope, chunk, queued, session=session):
            return False
        _all(store.publishing.credentials.change(scope, changes, session=session), len(changes))
        if wait <= 0:
            store.outbox.add_commands(scope, [command], session=session)
        return True

    return store.transaction(work)


def fail_chunk(context: Context, scope: OrganisationScope, chunk: Document, code: str, message: str) -> bool:
    """Fail all of a chunk's credentials, and say why. Return False if somebody else moved it."""
    store, now = context.store, context.clock()
    changes = [failing(one, code, message, now) for one in members(context, scope, chunk, chunk["state"])]
    ended = {
        "state": "done",
        "counts": {**chunk["counts"], "failed": len(changes)},
        "failed_ids": [change.credential["_id"] for change in changes],
    }

    def work(session: Any) -> bool:
        if not store.publishing.chunks.change(scope, chunk, ended, remove=END_OF_WORK, session=session):
            return False
        _all(store.publishing.credentials.change(scope, changes, session=session), len(changes))
        store.publishing.chunks.drop_items(scope, chunk, session=session)
        return True

    return store.transaction(work)


def publish_command(chunk: Document) -> PublishChunk:
    """Return a new command to publish this chunk."""
    return PublishChunk(
        message_id=new_id(),
        correlation_id=chunk["correlation_id"],
        organisation_id=chunk["organisation_id"],
        publication_id=chunk["publication_id"],
        chunk=chunk["chunk"],
    )


def _finish(
    context: Context, chunk: Document, results: Results, command: DeliverEmails, now: datetime, session: Any
) -> None:
    """Write everything that a recorded chunk leaves behind."""
    store, scope = context.store, context.organisation
    publishing = store.publishing
    counts = {
        **chunk["counts"],
        "published": len(results.published),
        "failed": len(results.failed),
        "not_told": results.not_told,
    }
    ended = {"state": "done", "counts": counts, "failed_ids": results.failed}
    if not publishing.chunks.change(scope, chunk, ended, remove=END_OF_WORK, session=session):
        raise Conflict("This chunk is no longer yours.")
    _all(publishing.credentials.change(scope, results.changes, session=session), len(results.changes))
    publishing.chunks.drop_items(scope, chunk, session=session)
    if not results.published:
        return
    publishing.versions.add(scope, results.versions, session=session)
    publishing.versions.supersede(scope, results.superseded, now, session=session)
    publishing.public.put(scope, results.public, first=results.first, session=session)
    publishing.deliveries.add(scope, results.deliveries, session=session)
    if first := len(results.first):
        store.counters.add(scope, chunk["group_id"], drafts=-first, published=first, session=session)
    if results.deliveries:
        store.outbox.add_commands(scope, [command], session=session)
    event = CredentialsPublished(
        event_id=new_id(),
        correlation_id=chunk["correlation_id"],
        organisation_id=scope.organisation_id,
        happened_at=now,
        publication_id=chunk["publication_id"],
        chunk=chunk["chunk"],
        credential_ids=tuple(results.published),
    )
    store.outbox.add_events(scope, [event], session=session)


def _all(changed: int, expected: int) -> None:
    if changed != expected:  # only a chunk's holder moves its credentials; the transaction is given up
        raise Conflict("A credential of this chunk was changed by somebody else.")


def _find(context: Context, publication_id: str, number: int) -> tuple[Document, Document]:
    publishing, scope = context.store.publishing, context.organisation
    chunk = publishing.chunks.get(scope, publication_id, number)
    publication = publishing.publications.get(scope, publication_id)
    if chunk is None or publication is None:
        raise NotFound("There is no such chunk.")
    return chunk, publication


def members(context: Context, scope: OrganisationScope, chunk: Document, state: str) -> list[Document]:
    """Return a chunk's credentials that are in this state, each with what was frozen of it under ``frozen``."""
    publishing = context.store.publishing
    items = {item["credential_id"]: item for item in publishing.chunks.items(scope, chunk)}
    found = publishing.credentials.many(scope, list(items))
    return [
        {**credential, "frozen": items[credential_id]}
        for credential_id in items
        if (credential := found.get(credential_id)) is not None
        and credential["state"] == state
        and credential["publication_id"] == chunk["publication_id"]
        and credential["chunk"] == chunk["chunk"]
    ]


HANDLERS: Handlers = {
    contract.LOAD_CHUNK: load_chunk,
    contract.RECORD_PUBLISHED: record_published,
    contract.HAND_BACK_CHUNK: hand_back_chunk,
}
