"""Lists of credentials: filters and page positions live in the address."""

from dataclasses import dataclass
from typing import Any, cast, get_args

from flask import request, url_for

from conferral.contracts.rpc.credentials import CredentialState
from services.issuer_web.entrypoints.dashboard.context import today, visitor
from services.issuer_web.handlers.credentials import Filter, list_credentials

LONGEST_SEARCH = 200
LONGEST_CURSOR = 300
MOST_REMEMBERED = 20
"""Pages that "Previous" can go back over; further back it is the first page."""


@dataclass(frozen=True)
class Pages:
    """Where in a list this page is: a keyset page knows the next one only, so the address remembers those before."""

    cursor: str | None
    before: tuple[str, ...]
    next_cursor: str | None = None

    @classmethod
    def of_request(cls) -> "Pages":
        """Read the position from the address."""
        before = tuple(value[:LONGEST_CURSOR] for value in request.args.getlist("before"))[-MOST_REMEMBERED:]
        return cls(request.args.get("cursor", "")[:LONGEST_CURSOR] or None, before)

    def followed_by(self, cursor: str | None) -> "Pages":
        """Return the position with the next page's cursor."""
        return Pages(self.cursor, self.before, cursor)

    @property
    def next_url(self) -> str | None:
        """The address of the next page."""
        if self.next_cursor is None:
            return None
        # An empty entry stands for the first page.
        before = (*self.before, self.cursor or "")[-MOST_REMEMBERED:]
        return self._url(self.next_cursor, before)

    @property
    def previous_url(self) -> str | None:
        """The address of the page before."""
        if self.cursor is None:
            return None
        return self._url(self.before[-1] if self.before else None, self.before[:-1])

    def _url(self, cursor: str | None, before: tuple[str, ...]) -> str:
        kept = {key: value for key, value in request.args.items() if key not in {"cursor", "before", "done"} and value}
        return url_for(
            str(request.endpoint), **{**(request.view_args or {}), **kept, "cursor": cursor, "before": before}
        )


def shown_list(group_id: str | None = None, batch_id: str | None = None, limit: int = 50) -> dict[str, Any]:
    """Return what the list's template needs, filtered as the address says."""
    state = request.args.get("state", "")
    wanted = Filter(
        group_id=group_id,
        batch_id=batch_id,
        state=cast("CredentialState", state) if state in get_args(CredentialState) else None,
        search=request.args.get("search", "")[:LONGEST_SEARCH].strip(),
        cursor=Pages.of_request().cursor,
        limit=limit,
    )
    answer = list_credentials(visitor(), wanted)
    return {
        "credentials": answer.credentials,
        "total": answer.total,
        "wanted": wanted,
        "narrowed": bool(wanted.search or wanted.state or wanted.cursor),
        "pages": Pages.of_request().followed_by(answer.cursor),
        "today": today(),
    }
