"""Which way a text runs."""

import unicodedata
from functools import lru_cache

from conferral_design_api.types import Direction

_RIGHT_TO_LEFT_LANGUAGES = frozenset(("ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"))
_RIGHT_TO_LEFT_SCRIPTS = frozenset(("arab", "hebr", "syrc", "thaa", "nkoo"))


@lru_cache(maxsize=8192)
def direction_of(text: str, default: Direction = "ltr") -> Direction:
    """Return the direction of the first strong character (Unicode Standard Annex 9, rule P2), or the default."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind == "L":
            return "ltr"
        if kind in {"R", "AL"}:
            return "rtl"
    return default


def direction_of_language(language: str) -> Direction:
    """Return the direction of a BCP 47 language tag."""
    tag = language.lower().replace("_", "-").split("-")
    scripts = [part for part in tag[1:] if len(part) == 4]  # noqa: PLR2004 - a script subtag has four letters
    if scripts:
        return "rtl" if scripts[0] in _RIGHT_TO_LEFT_SCRIPTS else "ltr"
    return "rtl" if tag[0] in _RIGHT_TO_LEFT_LANGUAGES else "ltr"
