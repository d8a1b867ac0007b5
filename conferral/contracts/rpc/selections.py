"""``store.credentials``: selections that a dialog freezes, and filters that people keep."""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Id, NumberedId
from conferral.contracts.message import Day, Many, Record
from conferral.contracts.operation import Answer, Done, Operation, Request
from conferral.contracts.rpc.credentials import SERVICE, CredentialFilter, Sort
from conferral.contracts.rpc.publications import MOST_SELECTED

Purpose = Literal["publish", "delete"]

MOST_SAVED_FILTERS = 50
"""Of one person in one organisation."""


class FreezeSelection(Request):
    """Store what a dialog is about to name: ticked credentials, or with ``filter`` all that match.

    At most MOST_COUNTED can be selected. What is stored is gone after an hour.
    """

    purpose: Purpose
    credentials: Annotated[Many[NumberedId], Field(max_length=MOST_SELECTED)] = ()
    """Pairs of id and the revision that was seen."""
    filter: CredentialFilter | None = None
    publication_id: Id | None = None
    """Instead: all that failed in this publication, and that nobody amended or published since."""


Reason = Literal["published", "moving", "failed", "changed", "gone"]


class Staying(Record):
    """How many of what was ticked stay as they are for one reason."""

    reason: Reason
    """Published once; being published; failed to be; changed since it was looked at; deleted by somebody else."""
    count: int


class Expiries(Record):
    """When what can be published expires: how many never, how many on some day, and the first and last such day."""

    never: int = 0
    dated: int = 0
    first: Day | None = None
    last: Day | None = None


class SelectionFrozen(Answer):
    """What the dialog says. ``selected`` is exact: these credentials in these revisions, and no others."""

    selection_id: Id
    selected: int
    left: int | None
    """Ticked or matching, but nothing that this can be done to; None: nobody counted them."""
    groups: Many[Id]
    """Of the selected ones."""
    incomplete: int = 0
    """Among the selected ones; publishing leaves them as they are."""
    expired: int = 0
    future: int = 0
    unreachable: int = 0
    """To addresses whose last email, about whichever credential, failed."""
    published_before: int = 0
    """New versions, of which their holders could be told."""
    staying: Many[Staying] = ()
    """Of ``left``, where rows were ticked."""
    expiries: Expiries = Expiries()
    """Of those that are complete."""


class CheckSelection(Request):
    """Ask what a dialog should warn of, about ticked credentials."""

    credentials: Annotated[Many[NumberedId], Field(max_length=MOST_SELECTED)]
    """Pairs of id and the revision that was seen."""


class SelectionChecked(Answer):
    """What a dialog warns of."""

    unreachable: int
    """To addresses whose last email, about whichever credential, failed."""
    expiries: Expiries = Expiries()
    """Of those that are complete."""


class DeleteSelection(Request):
    """Delete the next few hundred of a frozen selection. Repeat it until ``done`` is ``selected``."""

    selection_id: Id


class SelectionDeleted(Answer):
    """How far it is: of ``selected``, ``done`` were dealt with; ``deleted`` of them were still as they had been."""

    selected: int
    done: int
    deleted: int


class SaveFilter(Request):
    """Keep a filter for the person who asks, in place of their one of the same name."""

    filter_id: Id
    name: Annotated[str, Field(max_length=200)]
    filter: CredentialFilter
    sort: Sort = "newest"


class SavedFilter(Record):
    """A filter under a name."""

    id: Id
    name: str
    filter: CredentialFilter
    sort: Sort = "newest"


class ListSavedFilters(Request):
    """Those of the person who asks."""


class SavedFilters(Answer):
    """By name."""

    filters: Many[SavedFilter]


class DeleteSavedFilter(Request):
    """Forget one of the person who asks."""

    filter_id: Id


FREEZE_SELECTION = Operation(SERVICE, "freeze_selection", FreezeSelection, SelectionFrozen, "draft", timeout=30.0)
CHECK_SELECTION = Operation(SERVICE, "check_selection", CheckSelection, SelectionChecked, "publish", timeout=10.0)
DELETE_SELECTION = Operation(SERVICE, "delete_selection", DeleteSelection, SelectionDeleted, "draft", timeout=15.0)
SAVE_FILTER = Operation(SERVICE, "save_filter", SaveFilter, SavedFilters, "view")
LIST_SAVED_FILTERS = Operation(SERVICE, "list_saved_filters", ListSavedFilters, SavedFilters, "view")
DELETE_SAVED_FILTER = Operation(SERVICE, "delete_saved_filter", DeleteSavedFilter, Done, "view")

OPERATIONS = (
    FREEZE_SELECTION,
    CHECK_SELECTION,
    DELETE_SELECTION,
    SAVE_FILTER,
    LIST_SAVED_FILTERS,
    DELETE_SAVED_FILTER,
)
