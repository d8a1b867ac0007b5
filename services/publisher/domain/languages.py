"""Which way a language is written."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError

from conferral.contracts.edition import Direction


@lru_cache(maxsize=1024)
def direction_of(language: str) -> Direction:
    """Return the direction of a BCP 47 tag's script; left to right for a language that CLDR does not know."""
    for tag in (language, language.partition("-")[0]):
        try:
            return "rtl" if Locale.parse(tag, sep="-").character_order == "right-to-left" else "ltr"
        except (UnknownLocaleError, ValueError):
            continue
    return "ltr"
