"""Lists of credentials: filters and page positions live in the address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for

from conferral.contracts.ids import is_id
from conferral.contracts.rpc.selections import SavedFilter
from services.issuer_web.entrypoints.dashboard import filters
from services.issuer_web.entrypoints.dashboard.context import look_ahead, seal, today, visitor
from services.issuer_web.handlers import credentials, groups
from services.issuer_web.handlers.visitor import Question

LONGEST_CURSOR = 300
MOST_REMEMBERED = 20
"""Pages that "Previous" can go back over; further back it is the first page."""


@dataclass(frozen=True)
class Pages:
    """Where in a list this page is: a keyset page knows the next one only, so the address remembers those before."""

    cursor: str | None
    before: tuple[str, ...]
    number: int = 1
    next_cursor: str | None = None
    endpoint: str = ""

    @classmethod
    def of_request(cls, endpoint: str | None = None) -> "Pages":
        """Read the position from the address."""
        before = tuple(value[:LONGEST_CURSOR] for value in request.args.getlist("before"))[-MOST_REMEMBERED:]
        cursor = request.args.get("cursor", "")[:LONGEST_CURSOR] or None
        number = request.args.get("page", 1, type=int) if cursor else 1
        return cls(cursor, before, max(number, 1), endpoint=endpoint or str(request.endpoint))

    def followed_by(self, cursor: str | None) -> "Pages":
        """Return the position with the next page's cursor."""
        return replace(self, next_cursor=cursor)

    @property
    def next_url(self) -> str | None:
        """The address of the next page."""
        if self.next_cursor is None:
            return None
        # An empty entry stands for the first page.
        before = (*self.before, self.cursor or "")[-MOST_REMEMBERED:]
        return self._url(self.next_cursor, before, self.number + 1)

    @property
    def previous_url(self) -> str | None:
        """The address of the page before."""
        if self.cursor is None:
            return None
        return self._url(self.before[-1] if self.before else None, self.before[:-1], self.number - 1)

    def _url(self, cursor: str | None, before: tuple[str, ...], number: int) -> str:
        place: dict[str, Any] = {"cursor": cursor or None, "before": before, "page": number if cursor else None}
        return url_for(self.endpoint, **{**(request.view_args or {}), **filters.kept(request.args), **place})


def shown_list(
    group_id: str | None = None, batch_id: str | None = None, limit: int = 50, *, beside: Sequence[Question] = ()
) -> dict[str, Any]:
    """Return what the list's template needs, filtered as the address says.

    :param beside: what the page will ask as well.
    """
    fixed = {name: value for name, value in (("group_id", group_id), ("batch_id", batch_id)) if value}
    endpoint = "credentials.index" if not fixed else str(request.endpoint)
    asked, pages = filters.read(request.args, **fixed), Pages.of_request(endpoint)
    page = credentials.page(asked.filter, asked.sort, pages.cursor, limit)
    if beside:
        look_ahead(page, *beside)
    answer = credentials.list_credentials(visitor(), page)
    kept = filters.kept(request.args)
    first = (pages.number - 1) * limit + 1
    place = request.view_args or {} if fixed else {}
    return {
        "credentials": answer.credentials,
        # a large total may be some seconds old, and the rows are not
        "total": None if answer.total is None else max(answer.total, first - 1 + len(answer.credentials)),
        "more": answer.more,
        "partial": answer.partial,
        "asked": asked,
        "wanted": asked.filter,
        "narrowed": asked.is_filtered or pages.cursor is not None,
        "within": seal("filter", asked.filter.model_dump(mode="json")),
        "pages": pages.followed_by(answer.cursor),
        "first": first,
        "list_url": url_for(endpoint, **place),
        "here": url_for(endpoint, **place, **kept),
        "kept": kept,
        "today": today(),
    }


def choices() -> dict[str, Any]:
    """Return what the Credentials Overview offers besides: groups to filter by, and the person's saved filters."""
    found = groups.find_groups(visitor(), chosen=filter(is_id, request.args.getlist("group")[:1])).groups
    return {"groups": sorted(((one.id, one.name) for one in found), key=lambda pair: pair[1].casefold())}


def with_addresses(saved: Sequence[SavedFilter]) -> list[tuple[SavedFilter, str]]:
    """Return saved filters with the addresses that show them."""
    return [(one, filters.address_of(one.filter, one.sort)) for one in saved]
