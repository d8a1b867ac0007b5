"""Texts that people enter: what is refused, what is put right. Every function returns the text to store.

Refused characters break something further on: controls and line separators forge header lines and log entries and are
not escaped alike by canonicalisers; invisible format characters make two names look like one; ``=?`` begins an encoded
word, by which a display name can smuggle a header into an email (CVE-2024-6923).
"""

import re
import unicodedata
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

NAME_LENGTH = 200
LINE_LENGTH = 2_000
LONG_TEXT_LENGTH = 10_000
URL_LENGTH = 2_000
ADDRESS_LENGTH = 254

_JOINERS = {"\u200c", "\u200d"}
"""Zero width (non-)joiner: Persian, Indic scripts and emoji are written with them."""
_BIDI_CONTROLS = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_REFUSED_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_PLANE = 0xFFFF
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$")


class Refused(ValueError):
    """A text that a person has to correct; the message tells them what is wrong."""


def line(text: str, *, longest: int = LINE_LENGTH) -> str:
    """Return one line of text, composed (NFC), trimmed, without bidi controls. It may be empty.

    :raises Refused: it holds a character that is not allowed, ``=?``, or is too long.
    """
    # normalised first: a bidi control between a letter and its accent would otherwise hide the pair from NFC
    cleaned = unicodedata.normalize("NFC", text.translate(_BIDI_CONTROLS)).strip()
    if "=?" in cleaned:
        raise Refused("must not contain “=?”.")
    for character in cleaned:
        if _is_refused(character):
            raise Refused(f"contains a character that is not allowed (U+{ord(character):04X}).")
    if len(cleaned) > longest:
        raise Refused(f"is too long: at most {longest} characters.")
    return cleaned


def name(text: str) -> str:
    """Return a name: a line of 1 to 200 characters, at least one of them visible.

    :raises Refused: see ``line``; or nothing of it can be seen.
    """
    cleaned = line(text, longest=NAME_LENGTH)
    if not any(unicodedata.category(character)[0] in "LNPS" for character in cleaned):
        raise Refused("is missing.")
    return cleaned


def long_text(text: str, *, longest: int = LONG_TEXT_LENGTH) -> str:
    """Return text of several lines, each as in ``line``; line ends become line feeds and tabs spaces.

    :raises Refused: see ``line``.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").split("\n")
    cleaned = "\n".join(line(one, longest=longest) for one in lines).strip("\n")
    if len(cleaned) > longest:
        raise Refused(f"is too long: at most {longest} characters.")
    return cleaned


def value(text: str) -> str:
    """Return an attribute's value: one line of up to 2,000 characters, or several of up to 10,000 together.

    :raises Refused: see ``line``.
    """
    cleaned = long_text(text)
    if "\n" not in cleaned and len(cleaned) > LINE_LENGTH:
        raise Refused(f"is too long: at most {LINE_LENGTH} characters without a line break.")
    return cleaned


def address(text: str) -> str:
    """Return an email address as it was typed, but for spaces around it.

    :raises Refused: it is no address, by syntax; nothing is looked up.
    """
    typed = text.strip()
    if "=?" in typed or any(_is_refused(character) for character in typed) or len(typed) > ADDRESS_LENGTH:
        raise Refused("is not an email address.")
    try:
        valid = validate_email(typed, check_deliverability=False, globally_deliverable=False, test_environment=True)
    except EmailNotValidError as error:
        raise Refused("is not an email address.") from error
    if "." not in valid.domain:
        raise Refused("is not an email address: its domain is incomplete.")
    return typed


def fold_address(text: str) -> str:
    """Return the form by which an account's address is found, whatever its case."""
    return unicodedata.normalize("NFKC", text.strip()).casefold()


def url(text: str) -> str:
    """Return a web address.

    :raises Refused: it is none, or not of http(s), or carries a user name.
    """
    cleaned = line(text, longest=URL_LENGTH)
    try:
        parts = urlsplit(cleaned)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        usable = False
    if not usable or " " in cleaned:
        raise Refused("is not a web address that begins with https:// or http://.")
    return cleaned


def language(text: str) -> str:
    """Return a language tag in the usual case: ``zh-Hant``, ``pt-BR``.

    :raises Refused: it does not have the shape of BCP 47.
    """
    if not _LANGUAGE.match(text):
        raise Refused("is not a language tag.")
    first, *others = text.split("-")
    cased = [part.title() if len(part) == 4 else part.upper() if len(part) == 2 else part.lower() for part in others]  # noqa: PLR2004 - lengths of script and region subtags
    return "-".join([first.lower(), *cased])


def _is_refused(character: str) -> bool:
    if character in _JOINERS:
        return False
    noncharacter = ord(character) & _PLANE >= 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF  # noqa: PLR2004 - Unicode 23.7
    return noncharacter or unicodedata.category(character) in _REFUSED_CATEGORIES
