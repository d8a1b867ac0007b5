"""Reading lists of credentials by their plans: pages, totals, and everything that matches."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from conferral.contracts.rpc.credentials import MOST_COUNTED, CredentialFilter, Sort
from services.credential_store.domain import listing
from services.credential_store.domain.listing import Plan, Range
from services.credential_store.handlers.context import Context

Document = dict[str, Any]
_AT_ONCE = 2500


@dataclass(frozen=True)
class Page:
    """Part of a list. ``narrow``: the range that the rest of the list is looked through in, if there is one."""

    found: list[Document]
    cursor: str | None
    partial: bool
    plan: Plan
    narrow: Range | None
    is_first: bool = False

    @property
    def is_whole(self) -> bool:
        """Tell whether it is the whole list."""
        return self.is_first and self.cursor is None


def read_page(context: Context, wanted: CredentialFilter, sort: Sort, cursor: str | None, limit: int) -> Page:
    """Return a page.

    :raises InvalidInput: the cursor is none of this list's.
    """
    return replace(_read_page(context, wanted, sort, cursor, limit), is_first=cursor is None)


def _read_page(context: Context, wanted: CredentialFilter, sort: Sort, cursor: str | None, limit: int) -> Page:
    plan = listing.plan(wanted, sort)
    cursor = listing.read_cursor(plan.sort_key, cursor)
    if plan.nothing:
        return Page([], None, partial=False, plan=plan, narrow=None)
    if plan.walk.is_exact:
        return _cut(_ordered(context, plan, cursor, limit + 1), limit, plan, None)
    if narrow := _narrowest(context, plan):
        return _cut(_looked_through(context, plan, narrow, cursor, limit + 1), limit, plan, narrow)
    return _walked(context, plan, cursor, limit)


def count(context: Context, wanted: CredentialFilter, page: Page) -> tuple[int | None, bool]:
    """Return how many match, and whether it is more than MOST_COUNTED; None: nobody knows without reading more."""
    store, scope = context.store, context.organisation
    if page.plan.nothing or page.is_whole:
        return len(page.found), False
    if page.plan.walk.is_exact:
        fields = {name for name, value in wanted if value} & set(CredentialFilter.model_fields)
        if fields <= {"group_id"}:
            groups = [wanted.group_id] if wanted.group_id else None
            return sum(sum(pair) for pair in store.counters.of_groups(scope, groups).values()), False
        number = store.listing.count(scope, page.plan.walk, MOST_COUNTED)
    elif page.narrow:
        number = store.listing.count_wanted(scope, page.narrow, MOST_COUNTED)
    else:
        return None, False
    return (None, True) if number > MOST_COUNTED else (number, False)


def pages(context: Context, wanted: CredentialFilter) -> Iterator[Page]:
    """Yield all that match in large pages: newest first, or by issue date where the filter has days."""
    cursor = None
    while True:
        page = read_page(context, wanted, "newest", cursor, _AT_ONCE)
        yield page
        cursor = page.cursor
        if cursor is None:
            return


def _ordered(context: Context, plan: Plan, cursor: str | None, limit: int) -> list[Document]:
    store, scope = context.store, context.organisation
    left = listing.after(plan.walk, plan.direction, cursor)
    return store.listing.read(scope, left, plan.direction, limit)


def _narrowest(context: Context, plan: Plan) -> Range | None:
    """Return the first range that is small enough to be looked through whole."""
    store, scope = context.store, context.organisation
    for range_ in plan.narrower:
        if store.listing.count(scope, range_, MOST_COUNTED) <= MOST_COUNTED:
            return range_
    return None


def _looked_through(context: Context, plan: Plan, narrow: Range, cursor: str | None, limit: int) -> list[Document]:
    order = listing.after(plan.walk, plan.direction, cursor)
    return context.store.listing.look_through(context.organisation, narrow, order, plan.direction, limit)


def _walked(context: Context, plan: Plan, cursor: str | None, limit: int) -> Page:
    """Look at the next MOST_COUNTED records in the list's order; the page may be short, and the list go on."""
    store, scope = context.store, context.organisation
    left = listing.after(plan.walk, plan.direction, cursor)
    found = store.listing.walk(scope, left, plan.direction, limit + 1, MOST_COUNTED)
    page = _cut(found, limit, plan, None)
    if page.cursor is not None:
        return page
    last = store.listing.place(scope, left, plan.direction, MOST_COUNTED)
    return Page(page.found, last, partial=last is not None, plan=plan, narrow=None)


def _cut(found: list[Document], limit: int, plan: Plan, narrow: Range | None) -> Page:
    """Split off the one record too many that tells whether there is another page."""
    more = len(found) > limit
    cursor = str(found[limit - 1][plan.sort_key]) if more else None
    return Page(found[:limit], cursor, partial=False, plan=plan, narrow=narrow)
