"""Dates, numbers and the right translation for a language."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Literal, TypeVar

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.numbers import format_decimal

T = TypeVar("T")

DEFAULT_LANGUAGE = "en"


@lru_cache(maxsize=4096)
def format_date(day: str, language: str, length: Literal["long", "medium", "short"] = "long") -> str:
    """Write a day as a language does: ``2026-11-23`` in ``de`` is ``23. November 2026``.

    :param day: ``YYYY-MM-DD``.
    :raises ValueError: it is none.
    """
    return str(babel_date(date.fromisoformat(day), length, locale=_locale(language)))


@lru_cache(maxsize=4096)
def format_number(value: str, language: str) -> str:
    """Write a number as a language does; what is no number is returned as it is."""
    try:
        return str(format_decimal(value, locale=_locale(language)))
    except (ArithmeticError, ValueError):
        return value


def best_match(language: str, offered: Mapping[str, T], default: str = DEFAULT_LANGUAGE) -> T:
    """Return the entry for a language, else for the same language elsewhere, else the default's.

    ``zh-TW``, ``zh-HK`` and ``zh-MO`` are ``zh-Hant``; other ``zh`` is ``zh-Hans``.
    """
    parts = language.replace("_", "-").split("-")
    if parts[0].lower() == "zh":
        traditional = {"hant", "tw", "hk", "mo"} & {part.lower() for part in parts[1:]}
        return offered.get("zh-Hant" if traditional else "zh-Hans", offered[default])
    for length in range(len(parts), 0, -1):
        tag = "-".join(parts[:length])
        if tag in offered:
            return offered[tag]
    return offered.get(parts[0].lower(), offered[default])


@lru_cache(maxsize=256)
def _locale(language: str) -> Locale:
    for tag in (language, language.replace("_", "-").split("-")[0]):
        try:
            return Locale.parse(tag.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse("en")
