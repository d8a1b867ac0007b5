"""The expander: turns a stored publication into queued chunks, one transaction each; it can stop anywhere."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import Counter

from conferral.contracts.commands import CHUNK_SIZE, PublishChunk
from conferral.contracts.errors import Conflict
from conferral.contracts.ids import new_id
from conferral.runtime import correlation
from services.credential_store.domain.publication import (
    NO_COUNTS,
    Change,
    Document,
    Pair,
    Slice,
    cut,
    end_of_day,
    start_of_day,
)
from services.credential_store.domain.scope import OrganisationScope, of_message, of_system
from services.credential_store.domain.states import move_credential
from services.credential_store.domain.text import fold_address
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context

EXPANDED = Counter("conferral_expanded_credentials_total", "Credentials by what the expander did with them", ["result"])

_PUBLICATIONS_AT_ONCE = 10
_MOST_TRIES = 10


class _Changed(Exception):
    """Somebody changed a credential between reading and writing."""


def _never() -> bool:
    return False


def expand_due(context: Context, is_stopping: Callable[[], bool] = _never) -> int:
    """Expand what is due, of all organisations, and return how many chunks were made.

    :param is_stopping: asked between two chunks; what is left then is taken up when the lease has run out.
    """
    publications, relay = context.store.publishing.publications, of_system("relay")
    made = 0
    for publication in publications.due(relay, "expanding", context.clock(), _PUBLICATIONS_AT_ONCE):
        timing = context.tools.timing
        # What is paused is looked at again when it is resumed; the long lease only keeps it from the others' way.
        until = after(context.clock(), timing.longest_redrive if publication.get("hold") else timing.expander_lease)
        if publications.take(relay, publication, until):
            with correlation.bound(publication["correlation_id"]):
                made += expand(context, publication["organisation_id"], publication["_id"], is_stopping)
    return made


def expand(
    context: Context, organisation_id: str, publication_id: str, is_stopping: Callable[[], bool] = _never
) -> int:
    """Make all chunks that are left to make, and return how many. Another expander at the same work does no harm."""
    publications, scope = context.store.publishing.publications, of_message(organisation_id)
    pairs = publications.selection(scope, publication_id)
    made = conflicts = 0
    while not is_stopping() and conflicts < _MOST_TRIES:
        publication = publications.get(scope, publication_id)
        if publication is None or publication["status"] != "expanding" or publication.get("hold"):
            break
        try:
            made += expand_next(context, publication, pairs[publication["expanded"] :])
        except Conflict:  # another expander was here first; go on from where it is
            conflicts += 1
    return made


def expand_next(context: Context, publication: Document, pairs: Sequence[Pair]) -> int:
    """Queue the next chunk in one transaction; return 1, or 0 when nothing of the slice could be published.

    :param pairs: what is left of the selection.
    :raises Conflict: another expander did it.
    """
    scope = of_message(publication["organisation_id"])
    for _ in range(_MOST_TRIES):
        part = pairs[:CHUNK_SIZE]
        found = context.store.publishing.credentials.many(scope, [credential_id for credential_id, _ in part])
        piece = cut(part, found)
        try:
            _store(context, publication, piece, is_last=piece.taken == len(pairs))
        except _Changed:  # read again: what was changed is skipped then
            continue
        EXPANDED.labels("queued").inc(len(piece.ready))
        EXPANDED.labels("skipped").inc(piece.skipped)
        return 1 if piece.ready else 0
    raise Conflict("The credentials kept changing.")


def _store(context: Context, publication: Document, piece: Slice, *, is_last: bool) -> None:
    store, scope, now = context.store, of_message(publication["organisation_id"]), context.clock()
    timing = context.tools.timing
    command = PublishChunk(
        message_id=new_id(),
        correlation_id=publication["correlation_id"],
        organisation_id=publication["organisation_id"],
        publication_id=publication["_id"],
        chunk=publication["chunks"],
    )
    progress = {
        "expanded": publication["expanded"] + piece.taken,
        "skipped": publication["skipped"] + piece.skipped,
        "chunks": publication["chunks"] + (1 if piece.ready else 0),
        "status": "running" if is_last else "expanding",
        "sweep_at": now if is_last else after(now, timing.expander_lease),
    }

    told = _told(context, scope, piece.ready)

    def work(session: Any) -> None:
        if not store.publishing.publications.advance(scope, publication, progress, session=session):
            raise Conflict("Somebody else expands this publication.")
        if not piece.ready:
            return
        indexes = store.status_lists.allocate(scope, len(piece.ready), session=session)
        items = [
            _freeze(context, publication, credential, index, told)
            for credential, index in zip(piece.ready, indexes, strict=True)
        ]
        changes = [_queue(publication, credential, now) for credential in piece.ready]
        if store.publishing.credentials.change(scope, changes, session=session) != len(changes):
            raise _Changed
        chunk = _chunk(publication, piece, command.message_id, now, timing.redrive_at(now, 0))
        store.publishing.chunks.add(scope, chunk, items, session=session)
        store.outbox.add_commands(scope, [command], session=session)

    store.transaction(work)


def _queue(publication: Document, credential: Document, now: datetime) -> Change:
    changes = {
        "state": move_credential(credential["state"], "queued"),
        "version": _next_version(credential),
        "publication_id": publication["_id"],
        "chunk": publication["chunks"],
        "failure": None,
        "updated_at": now,
    }
    return Change(credential, changes)


def _told(context: Context, scope: OrganisationScope, credentials: Sequence[Document]) -> set[tuple[str, str]]:
    """Return pairs of credential and folded address to which an email went or will go, of those published before."""
    before = [one["_id"] for one in credentials if one.get("published_version") is not None]
    if not before:
        return set()
    found = context.store.publishing.deliveries.addresses(scope, before)
    return {(credential_id, fold_address(address)) for credential_id, address in found}


def _freeze(
    context: Context,
    publication: Document,
    credential: Document,
    index: tuple[str, int],
    told: Collection[tuple[str, str]],
) -> Document:
    """Decide everything that a second rendering could otherwise decide differently."""
    frozen = publication["frozen"][credential["group_id"]]
    zone, content = frozen["organisation"]["timezone"], credential["content"]
    awarded = start_of_day(content["issue_date"], zone)
    expiry = content.get("expiry_date")
    return {
        "credential_id": credential["_id"],
        "version": _next_version(credential),
        # The address is for life: whatever PUBLIC_URL says later, the first publication's stays.
        "url": credential.get("url") or f"{context.tools.public_url}/c/{credential['_id']}",
        "language": content.get("language") or frozen["group"]["language"],
        "valid_from": awarded,
        "valid_until": end_of_day(expiry, zone) if expiry else None,
        "awarded_date": awarded,
        "salt": new_id(),
        "status_list_id": index[0],
        "status_list_index": index[1],
        "key_id": publication["key_id"],
        "correction": (credential["_id"], fold_address(content["email"])) in told,
    }


def _next_version(credential: Document) -> int:
    return int(credential.get("published_version") or 0) + 1


def _chunk(publication: Document, piece: Slice, command_id: str, now: datetime, sweep_at: datetime) -> Document:
    return {
        "_id": f"{publication['_id']}:{publication['chunks']}",
        "schema_version": 1,
        "publication_id": publication["_id"],
        "chunk": publication["chunks"],
        "group_id": piece.ready[0]["group_id"],
        "state": "queued",
        "fence": 0,
        "attempts": 0,
        "redrives": 0,
        "command_id": command_id,
        "next_attempt_at": now,
        "sweep_at": sweep_at,
        "size": len(piece.ready),
        "counts": dict(NO_COUNTS),
        "correlation_id": publication["correlation_id"],
    }
