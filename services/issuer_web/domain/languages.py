"""The languages that may be chosen for a credential, and which one its page's own words are in."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

TRANSLATIONS = Path(__file__).parent.parent / "translations"
"""The catalogues of both roles' own words: ``<locale>/LC_MESSAGES/public.mo`` and ``dashboard.mo``."""

CHOICES = tuple(
    "en ar zh-Hans zh-Hant cs da nl fi fr de el he hi it ja ko nb fa pl pt ru es sv th tr uk vi".split()  # noqa: SIM905 - legible
)
SUPPORTED = {"en": "en", "ar": "ar", "de": "de", "es": "es", "zh-Hans": "zh_Hans"}
"""BCP 47 to the catalogue's folder."""
TRADITIONAL = frozenset({"TW", "HK", "MO"})


def locale_of(language: str) -> Locale:
    """Return the locale for dates and numbers; English for a language that Babel does not know."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def language_name(code: str) -> str:
    """Return a language's name in English and in itself; the code, where Babel does not know it."""
    try:
        locale = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return code
    own, english = str(locale.get_display_name()), str(locale.get_display_name("en"))
    return english if own == english else f"{english} ({own})"


@cache
def language_choices() -> Sequence[tuple[str, str]]:
    """Return code and name of each language that may be chosen, by name."""
    return sorted(((code, language_name(code)) for code in CHOICES), key=lambda pair: pair[1])


def interface_language(language: str) -> str:
    """Return the supported language that is closest: ``es-MX`` is Spanish, ``fr`` is none of them, so English."""
    locale = locale_of(language)
    if locale.language == "zh":
        simplified = locale.script in (None, "Hans") and locale.territory not in TRADITIONAL
        return "zh-Hans" if simplified else "en"
    return locale.language if locale.language in SUPPORTED else "en"
