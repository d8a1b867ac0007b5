"""When credentials of a group expire by default."""

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

from conferral.contracts.rpc.groups import DefaultExpiry

_MONTHS = 12


def default_expiry(rule: DefaultExpiry, issued: date) -> date | None:
    """Return the expiry date for a day of issue; None: never, or beyond what a calendar has.

    A month or a year later is the same day of it, or its last day where it has no such day.
    """
    if rule.kind == "date":
        return rule.day
    if rule.kind == "never":
        return None
    try:
        if rule.unit == "days":
            return issued + timedelta(days=rule.amount)
        months = issued.month - 1 + rule.amount * (_MONTHS if rule.unit == "years" else 1)
        year, month = issued.year + months // _MONTHS, months % _MONTHS + 1
        return date(year, month, min(issued.day, calendar.monthrange(year, month)[1]))
    except (ValueError, OverflowError):
        return None


def prefilled(rule: DefaultExpiry, issued: date) -> dict[str, str]:
    """Return the expiry date that a block of one group begins with, as typed."""
    day = default_expiry(rule, issued)
    return {"expiry_date": day.isoformat()} if day else {}


def following(typed: Mapping[str, str], rule: DefaultExpiry, today: date) -> dict[str, str]:
    """Return a new expiry date where the issue date was changed and the expiry date is still the one of today's."""
    try:
        issued = date.fromisoformat(typed.get("issue_date", "").strip())
    except ValueError:
        return {}
    untouched = prefilled(rule, today)
    if not untouched or typed.get("expiry_date") != untouched["expiry_date"]:
        return {}
    return prefilled(rule, issued)
