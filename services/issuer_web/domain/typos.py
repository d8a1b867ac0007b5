"""Addresses that look mistyped: ``gmail.con`` is a valid domain and nearly always a slip. A hint, never a refusal."""

from functools import lru_cache

from rapidfuzz.distance import OSA

# Providers that most private addresses belong to. Only these are suggested.
_PROVIDERS = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "hotmail.co.uk",
    "yahoo.com",
    "yahoo.co.uk",
    "icloud.com",
    "proton.me",
    "protonmail.com",
    "fastmail.com",
    "zoho.com",
    "yandex.ru",
    "yandex.com",
    "comcast.net",
    "verizon.net",
    "sbcglobal.net",
    "bellsouth.net",
    "t-online.de",
    "freenet.de",
    "mailbox.org",
    "posteo.de",
    "orange.fr",
    "wanadoo.fr",
    "laposte.net",
    "libero.it",
    "virgilio.it",
    "telefonica.net",
    "terra.com.br",
    "naver.com",
    "hanmail.net",
    "rediffmail.com",
    "btinternet.com",
    "virginmedia.com",
]
# Right as they are, though they are close to one of those.
_OTHERS = [
    "mail.com",
    "mail.ru",
    "web.de",
    "web.dev",
    "email.com",
    "ymail.com",
    "rocketmail.com",
    "gmx.de",
    "gmx.net",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "live.com",
    "msn.com",
    "aol.com",
    "me.com",
    "mac.com",
    "qq.com",
    "163.com",
    "126.com",
    "hey.com",
    "pm.me",
    "mail.de",
    "mailbox.com",
    "email.de",
    "bluewin.ch",
    "free.fr",
    "sfr.fr",
    "uol.com.br",
    "gmail.org",
    "hotmail.it",
]
_KNOWN = frozenset([*_PROVIDERS, *_OTHERS])
_LABELS = frozenset(domain.partition(".")[0] for domain in _PROVIDERS)
# No such top-level domain exists, or nobody means it: what was meant.
_ENDINGS = {
    "con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "comm": "com", "cpm": "com", "clm": "com",
    "coom": "com", "ogr": "org", "orgg": "org", "rog": "org", "nte": "net", "ent": "net", "nett": "net", "eud": "edu",
}  # fmt: skip
_COUNTRY_LENGTH = 2
# Country codes that are far more often a slip for .com, where the rest is a provider's name.
_UNLIKELY_COUNTRIES = frozenset({"co", "cm", "om"})
_LONG = 10
"""Characters from which two slips are still recognisable."""


def suggest(address: str) -> str | None:
    """Return the address that was probably meant; None: it looks right."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local:
        return None
    meant = suggest_domain(domain)
    return f"{local}@{meant}" if meant else None


@lru_cache(maxsize=4096)
def suggest_domain(domain: str) -> str | None:
    """Return the domain that was probably meant; None: it looks right."""
    typed = domain.strip().rstrip(".").lower()
    label, _, ending = typed.partition(".")
    if typed in _KNOWN or not label or not typed.isascii():
        return None
    middle, _, country = ending.rpartition(".")
    branch = len(country) == _COUNTRY_LENGTH and country not in _UNLIKELY_COUNTRIES and middle in ("", "co", "com")
    if label in _LABELS and branch:
        return None  # a provider's branch in some country
    ended = _right_ending(typed)
    return _closest(ended) or (ended if ended != typed else None)


def _closest(typed: str) -> str | None:
    distances = {provider: OSA.distance(typed, provider, score_cutoff=2) for provider in _PROVIDERS}
    provider = min(distances, key=lambda one: distances[one])
    most = 2 if len(provider) >= _LONG else 1
    return provider if distances[provider] <= most else None


def _right_ending(typed: str) -> str:
    rest, _, ending = typed.rpartition(".")
    return f"{rest}.{_ENDINGS[ending]}" if rest and ending in _ENDINGS else typed
