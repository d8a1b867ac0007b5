"""Selections that a dialog froze, and saved filters."""

from collections.abc import Sequence

from conferral.contracts.rpc import selections
from conferral.contracts.rpc.credentials import CredentialFilter, Sort
from services.issuer_web.handlers.visitor import Question, Visitor


def freeze(
    visitor: Visitor,
    purpose: selections.Purpose,
    credentials: Sequence[tuple[str, int]] = (),
    wanted: CredentialFilter | None = None,
    publication_id: str | None = None,
) -> selections.SelectionFrozen:
    """Store what a dialog names: these credentials, or all that match, or all that failed in a publication.

    :raises LimitExceeded: more match than can be selected.
    """
    return visitor.ask(
        selections.FREEZE_SELECTION,
        purpose=purpose,
        credentials=tuple(credentials),
        filter=wanted,
        publication_id=publication_id,
    )


def delete_some(visitor: Visitor, selection_id: str) -> selections.SelectionDeleted:
    """Delete the next few hundred of a frozen selection, and tell how far it is."""
    return visitor.ask(selections.DELETE_SELECTION, selection_id=selection_id)


SAVED_FILTERS = Question(selections.LIST_SAVED_FILTERS)


def saved_filters(visitor: Visitor) -> Sequence[selections.SavedFilter]:
    """Return the person's saved filters."""
    return visitor.ask(selections.LIST_SAVED_FILTERS).filters


def save_filter(visitor: Visitor, filter_id: str, name: str, wanted: CredentialFilter, sort: Sort) -> None:
    """Keep a filter under a name.

    :raises InvalidInput: the name has to be corrected.
    """
    visitor.ask(selections.SAVE_FILTER, filter_id=filter_id, name=name, filter=wanted, sort=sort)


def delete_saved_filter(visitor: Visitor, filter_id: str) -> None:
    """Forget a saved filter."""
    visitor.ask(selections.DELETE_SAVED_FILTER, filter_id=filter_id)
