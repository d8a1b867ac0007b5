"""What a mail server's answer means: reply codes (RFC 5321 section 4.2) and enhanced status codes (RFC 3463)."""

import re
from typing import Literal

Meaning = Literal["accepted", "later", "never", "settings", "unknown"]

CLOSING = 421
_ENHANCED = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})(?:\s|$)")
# the server wants other credentials, or TLS: a matter of settings that concerns every message (RFC 4954, RFC 3463)
_SETTINGS = frozenset({530, 534, 535, 538})
_SETTINGS_ENHANCED = frozenset({"7.8", "7.9", "7.10", "7.11", "7.12", "7.13"})


def meaning_of(code: int, words: bytes | str) -> Meaning:
    """Return what an answer says about the message.

    An enhanced code that contradicts its reply code ("550 4.7.1 …", seen of greylisting servers) is believed where it
    says that trying again helps: a wait costs less than a credential whose email is given up.
    """
    if code in _SETTINGS:
        return "settings"
    kind = code // 100
    if kind == 2:  # noqa: PLR2004 - the classes of RFC 5321
        return "accepted"
    text = words.decode("ascii", "replace") if isinstance(words, bytes) else words
    found = _ENHANCED.match(text)
    if kind == 5:  # noqa: PLR2004
        if found and f"{found[2]}.{found[3]}" in _SETTINGS_ENHANCED:
            return "settings"
        return "later" if found and found[1] == "4" else "never"
    return "later" if kind == 4 else "unknown"  # noqa: PLR2004
