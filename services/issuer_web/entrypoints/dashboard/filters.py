"""A list's filter, sort and place in its address."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast, get_args

from flask import url_for
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from conferral.contracts.ids import is_id
from conferral.contracts.rpc.credentials import CredentialFilter, DeliveryState, Sort

LONGEST_SEARCH = 200
INCOMPLETE = "incomplete"
STATES = ("draft", INCOMPLETE, "queued", "published", "failed")
DELIVERIES = ("queued", "sent", "failed", "unconfirmed", "cancelled")
SORTS = {
    "newest": _("Newest first"),
    "oldest": _("Oldest first"),
    "name": _("Name, A to Z"),
    "-name": _("Name, Z to A"),
    "-issue_date": _("Issue date, latest first"),
    "issue_date": _("Issue date, earliest first"),
}
FIELDS = ("search", "state", "group", "email", "from", "to")
BY_DAY = ("-issue_date", "issue_date")


@dataclass(frozen=True)
class Asked:
    """What the address asks for. ``typed`` is as it was typed; ``problems`` are by the field's name."""

    filter: CredentialFilter
    sort: Sort
    typed: dict[str, str]
    problems: dict[str, object] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        """Tell whether the list is narrowed by what a person chose."""
        return any(self.typed.get(name) for name in FIELDS)

    @property
    def shows_more(self) -> bool:
        """Tell whether one of the less common filters is in use."""
        return any(self.typed.get(name) for name in ("group", "email", "from", "to")) or self.sort != "newest"


def read(arguments: MultiDict[str, str], **fixed: Any) -> Asked:
    """Read the address; ``fixed``: what the page itself is of, such as ``group_id``."""
    typed = {name: arguments.get(name, "").strip() for name in FIELDS}
    typed = {**typed, "search": typed["search"][:LONGEST_SEARCH]}
    problems: dict[str, object] = {}
    given: dict[str, Any] = {"search": typed["search"], "incomplete": typed["state"] == INCOMPLETE}
    given["state"] = typed["state"] if typed["state"] in STATES and not given["incomplete"] else None
    given["delivery_state"] = typed["email"] if typed["email"] in get_args(DeliveryState) else None
    given["group_id"] = typed["group"] if is_id(typed["group"]) else None
    for name, attribute in (("from", "issued_from"), ("to", "issued_to")):
        try:
            given[attribute] = date.fromisoformat(typed[name]) if typed[name] else None
        except ValueError:
            problems[name] = _("Enter a date as year-month-day, such as 2026-05-31.")
    wanted = CredentialFilter(**{**given, **fixed})
    sort = arguments.get("sort", "")
    by_day = wanted.issued_from is not None or wanted.issued_to is not None
    allowed = BY_DAY if by_day else tuple(SORTS)
    return Asked(wanted, cast("Sort", sort if sort in allowed else allowed[0]), typed, problems)


def kept(arguments: MultiDict[str, str]) -> dict[str, Any]:
    """Return what of an address says how a list is filtered and sorted."""
    return {name: arguments[name] for name in (*FIELDS, "sort") if arguments.get(name)}


def address_of(wanted: CredentialFilter, sort: Sort) -> str:
    """Return where the Credentials Overview shows this."""
    arguments: dict[str, Any] = {
        "search": wanted.search or None,
        "state": INCOMPLETE if wanted.incomplete else wanted.state,
        "group": wanted.group_id,
        "email": wanted.delivery_state,
        "from": wanted.issued_from.isoformat() if wanted.issued_from else None,
        "to": wanted.issued_to.isoformat() if wanted.issued_to else None,
        "sort": sort if sort != "newest" else None,
    }
    return url_for("credentials.index", **arguments)
