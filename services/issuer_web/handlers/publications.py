"""Publish, Confirm, and how far it is."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from conferral.contracts.errors import Conflict
from conferral.contracts.operation import Operation
from conferral.contracts.rpc import publications
from conferral.contracts.rpc.selections import CHECK_SELECTION
from services.issuer_web.domain.selection import Selection, with_unreachable
from services.issuer_web.handlers.groups import get_group
from services.issuer_web.handlers.visitor import Question, Visitor

Phase = Literal["publishing", "paused", "cancelling", "cancelled", "finished"]
CONTROLS: dict[str, Operation[Any, Any]] = {
    "pause": publications.PAUSE_PUBLICATION,
    "resume": publications.RESUME_PUBLICATION,
    "cancel": publications.CANCEL_PUBLICATION,
}
MOST_NAMED = 5
"""Groups that the dialog names; of more it gives the number."""


@dataclass(frozen=True)
class Confirmation:
    """What the Confirm dialog says."""

    publication_id: str
    selection: Selection
    group_names: Sequence[str]
    unnamed_groups: int
    sender_name: str
    sender_address: str
    tell_again: bool = False
    """Whether holders are to be told of new versions: ticked in the dialog."""


def prepare(visitor: Visitor, publication_id: str, selection: Selection) -> Confirmation:
    """Gather what the dialog names.

    :param publication_id: made once per dialog, so that confirming twice publishes once.
    """
    if selection.credentials:
        checked = visitor.ask(CHECK_SELECTION, credentials=selection.credentials)
        selection = replace(with_unreachable(selection, checked.unreachable), expiries=checked.expiries)
    answers = [get_group(visitor, group_id) for group_id in selection.groups[:MOST_NAMED]]
    return Confirmation(
        publication_id=publication_id,
        selection=selection,
        group_names=[answer.group.content.name for answer in answers],
        unnamed_groups=len(selection.groups) - len(answers),
        sender_name=answers[0].organisation.sender_name,
        sender_address=answers[0].organisation.sender_address,
    )


def request(
    visitor: Visitor, publication_id: str, selection: Selection, *, tell_again: bool = False
) -> publications.PublicationSummary:
    """Publish what was ticked, in the revisions that were seen, or what the store froze.

    :param tell_again: holders of credentials that were published before get an email too.
    """
    answer = visitor.ask(
        publications.REQUEST_PUBLICATION,
        publication_id=publication_id,
        credentials=selection.credentials,
        tell_again=tell_again,
        selection_id=selection.frozen_id or None,
    )
    return answer.publication


def control(visitor: Visitor, action: str, publication_id: str) -> None:
    """Pause, resume or cancel. What cannot be done any more is shown by the page that follows.

    :param action: a key of ``CONTROLS``.
    """
    with suppress(Conflict):
        visitor.ask(CONTROLS[action], publication_id=publication_id)


def problems(visitor: Visitor, publication_id: str, from_chunk: int) -> publications.Problems:
    """Return a page of what failed, each with its reason."""
    return visitor.ask(publications.LIST_PROBLEMS, publication_id=publication_id, from_chunk=from_chunk)


def on_the_way(group_id: str | None = None) -> Question:
    """Return the question for what is being published, of one group or of all."""
    return Question(publications.LIST_PUBLICATIONS, {"limit": 20, "moving": True, "group_id": group_id})


def moving(visitor: Visitor, group_id: str | None) -> Sequence[publications.PublicationSummary]:
    """Return those of the latest publications, of one group or of all, that are not finished."""
    answer = visitor.ask(publications.LIST_PUBLICATIONS, **on_the_way(group_id).fields)
    return [publication for publication in answer.publications if is_moving(publication)]


def phase(publication: publications.PublicationSummary) -> Phase:
    """Return where it stands, in one word."""
    if publication.status == "finished":
        return "cancelled" if publication.hold == "cancelled" else "finished"
    if publication.hold is None:
        return "publishing"
    return "paused" if publication.hold == "paused" else "cancelling"


def troubles(counts: publications.Counts) -> int:
    """Return how many credentials and emails are worth a look."""
    return counts.failed + counts.emails_failed + counts.emails_unconfirmed + counts.emails_cancelled


def get_publication(visitor: Visitor, publication_id: str) -> publications.PublicationSummary:
    """Return where a publication stands.

    :raises NotFound: unknown, or another organisation's.
    """
    return visitor.ask(publications.GET_PUBLICATION, publication_id=publication_id).publication


def latest(visitor: Visitor, limit: int = 10) -> Sequence[publications.PublicationSummary]:
    """Return the latest publications, newest first."""
    return visitor.ask(publications.LIST_PUBLICATIONS, limit=limit).publications


def awaiting_email(counts: publications.Counts) -> int:
    """Return how many published credentials' emails are still on their way."""
    settled = counts.emails_sent + counts.emails_failed + counts.emails_unconfirmed + counts.emails_cancelled
    return max(0, counts.published - counts.not_told - settled)


def progress(counts: publications.Counts) -> int:
    """Return how far it is, of two steps for each selected credential: published, and emailed."""
    given_up = counts.failed + counts.skipped + counts.cancelled
    return 2 * given_up + 2 * counts.published - awaiting_email(counts)


def is_moving(publication: publications.PublicationSummary) -> bool:
    """Tell whether the counts may still change by themselves."""
    return publication.status != "finished" or awaiting_email(publication.counts) > 0
