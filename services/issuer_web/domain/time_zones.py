"""The time zones that are offered, with how far each is from UTC."""

import unicodedata
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
"""Others are old names and abbreviations of these."""


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names that are offered, in order."""
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(_REGIONS)))


def known_zone(typed: str) -> str | None:
    """Return the zone that was meant: whatever its case, and with blanks for underscores."""
    folded = "_".join(typed.split()).casefold()
    return next((name for name in (*time_zones(), *available_timezones()) if name.casefold() == folded), None)


def of_city(typed: str) -> list[str]:
    """Return the zones whose city this is, or else begins with: "zürich" is Europe/Zurich."""
    wanted = _plain(typed)
    if not wanted:
        return []
    cities = [(name, _plain(name.rpartition("/")[2])) for name in time_zones()]
    return [name for name, city in cities if city == wanted] or [
        name for name, city in cities if city.startswith(wanted)
    ]


def _plain(text: str) -> str:
    """Return text without case, accents, and what stands between words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


def offset(name: str, now: datetime | None = None) -> str:
    """Return how far a zone is from UTC now, such as ``UTC+05:45``."""
    shift = (now or datetime.now(UTC)).astimezone(ZoneInfo(name)).strftime("%z")
    return f"UTC{shift[:3]}:{shift[3:5]}"
