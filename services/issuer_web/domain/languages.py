"""Which language a page's own words are in, given the credential's."""

from pathlib import Path

from babel import Locale, UnknownLocaleError

TRANSLATIONS = Path(__file__).parent.parent / "translations"
"""The catalogues of both roles' own words: ``<locale>/LC_MESSAGES/public.mo`` and ``dashboard.mo``."""

SUPPORTED = {"en": "en", "ar": "ar", "de": "de", "es": "es", "zh-Hans": "zh_Hans"}
"""BCP 47 to the catalogue's folder."""
TRADITIONAL = frozenset({"TW", "HK", "MO"})


def locale_of(language: str) -> Locale:
    """Return the locale for dates and numbers; English for a language that Babel does not know."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def interface_language(language: str) -> str:
    """Return the supported language that is closest: ``es-MX`` is Spanish, ``fr`` is none of them, so English."""
    locale = locale_of(language)
    if locale.language == "zh":
        simplified = locale.script in (None, "Hans") and locale.territory not in TRADITIONAL
        return "zh-Hans" if simplified else "en"
    return locale.language if locale.language in SUPPORTED else "en"
