"""Publish, Confirm, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from conferral.contracts.rpc import publications
from services.issuer_web.domain.selection import Selection
from services.issuer_web.handlers.groups import get_group
from services.issuer_web.handlers.visitor import Visitor

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


def prepare(visitor: Visitor, publication_id: str, selection: Selection) -> Confirmation:
    """Gather what the dialog names.

    :param publication_id: made once per dialog, so that confirming twice publishes once.
    """
    answers = [get_group(visitor, group_id) for group_id in selection.groups[:MOST_NAMED]]
    return Confirmation(
        publication_id=publication_id,
        selection=selection,
        group_names=[answer.group.content.name for answer in answers],
        unnamed_groups=len(selection.groups) - len(answers),
        sender_name=answers[0].organisation.sender_name,
        sender_address=answers[0].organisation.sender_address,
    )


def request(visitor: Visitor, publication_id: str, selection: Selection) -> publications.PublicationSummary:
    """Publish what was ticked, in the revisions that were seen, or what the store froze."""
    answer = visitor.ask(
        publications.REQUEST_PUBLICATION,
        publication_id=publication_id,
        credentials=selection.credentials,
        selection_id=selection.frozen_id or None,
    )
    return answer.publication


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
    settled = counts.emails_sent + counts.emails_failed + counts.emails_unconfirmed
    return max(0, counts.published - settled)


def progress(counts: publications.Counts) -> int:
    """Return how far it is, of two steps for each selected credential: published, and emailed."""
    given_up = counts.failed + counts.skipped
    return 2 * given_up + 2 * counts.published - awaiting_email(counts)


def is_moving(publication: publications.PublicationSummary) -> bool:
    """Tell whether the counts may still change by themselves."""
    return publication.status != "finished" or awaiting_email(publication.counts) > 0
