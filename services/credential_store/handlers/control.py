"""Pause, resume and cancel a publication. The request is answered at once; the relay moves what there is to move."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.rpc import publications as contract
from services.credential_store.domain import control
from services.credential_store.domain.publication import Document, counts_of, status_of
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.publications import answer

Decide = Callable[[Document, datetime], Document | None]
_MOST_TRIES = 10


class _Changed(Exception):
    """Somebody changed the publication between reading and writing."""


def pause_publication(context: Context, request: contract.PausePublication) -> contract.PublicationAnswer:
    """Hold it: nothing more of it is rendered or mailed. What is held already, or over, stays as it is.

    :raises NotFound: the organisation has none of this id.
    """
    return _decide(context, request.publication_id, "pause_publication", control.pause)


def resume_publication(context: Context, request: contract.ResumePublication) -> contract.PublicationAnswer:
    """Let go of what was paused. What is not paused stays as it is.

    :raises NotFound: the organisation has none of this id.
    :raises Conflict: it was cancelled.
    """
    return _decide(context, request.publication_id, "resume_publication", control.resume)


def cancel_publication(context: Context, request: contract.CancelPublication) -> contract.PublicationAnswer:
    """Give up what is left. What is cancelled already, or over, stays as it is.

    :raises NotFound: the organisation has none of this id.
    """
    return _decide(context, request.publication_id, "cancel_publication", control.cancel)


def _decide(context: Context, publication_id: str, action: str, decide: Decide) -> contract.PublicationAnswer:
    store, scope = context.store, context.organisation
    for _ in range(_MOST_TRIES):
        publication = store.publishing.publications.get(scope, publication_id)
        if publication is None:
            raise NotFound("There is no such publication.")
        changes = decide(publication, context.clock())
        if changes is None or _is_over(context, publication):
            break
        try:
            store.transaction(_writing(context, publication, changes, action))
        except _Changed:
            continue
        break
    else:
        raise Conflict("This publication kept changing. Please try again.")
    return answer(context, publication_id)


def _writing(context: Context, publication: Document, changes: Document, action: str) -> Callable[[Any], None]:
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        if not store.publishing.publications.control(scope, publication, changes, session=session):
            raise _Changed
        store.audit.add(scope, context.actor_id, action, publication["_id"], {}, session=session)

    return work


def _is_over(context: Context, publication: Document) -> bool:
    """Tell whether all of it has come to its end, though nobody has written that down yet."""
    chunks = context.store.publishing.chunks.of(context.organisation, [publication["_id"]])
    return status_of(publication, counts_of(publication, chunks)) == "finished"


HANDLERS: Handlers = {
    contract.PAUSE_PUBLICATION: pause_publication,
    contract.RESUME_PUBLICATION: resume_publication,
    contract.CANCEL_PUBLICATION: cancel_publication,
}
