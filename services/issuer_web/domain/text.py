"""What may be typed into a field. The store checks again; this is so that the form can answer beside the field."""

import re
import unicodedata
from datetime import date
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

LONGEST_NAME = 200
LONGEST_TEXT = 500
LONGEST_LONG_TEXT = 5000
# Joiners are part of words in Persian, Hindi and emoji.
JOINERS = "\u200c\u200d"
BIDI_CONTROLS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
BLANKS = " \t\u00a0\u3000"
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Of ISO 8601's ways to write a day the one that browsers send; Python reads week dates too."""


def marked(text: str) -> str:
    """Mark text for translation where it is defined; templates translate it where it is shown."""
    return text


def tidy(text: str) -> str:
    """Return text in NFC, without bidi controls and without blanks around it.

    Only blanks are taken off, so that a line separator at the end is refused and not silently dropped.
    """
    return unicodedata.normalize("NFC", text.translate(BIDI_CONTROLS)).strip(BLANKS)


def unprintable(text: str, allowed: str = JOINERS) -> bool:
    """Tell whether text holds control, format or line-separator characters."""
    return any(unicodedata.category(character) in REFUSED_CATEGORIES for character in text if character not in allowed)


def name_problem(name: str) -> str | None:
    """Say what is wrong with a recipient's name."""
    if not name:
        return marked("Enter the recipient's name.")
    if unprintable(name):
        return marked("This name holds an invisible character that is not allowed. Delete it and type the name again.")
    if "=?" in name:
        return marked("A name cannot contain the characters “=?”.")
    if len(name) > LONGEST_NAME:
        return marked("This name is too long. 200 characters are the most.")
    return None


def email_problem(address: str) -> str | None:
    """Say what is wrong with an address."""
    if not address:
        return marked("Enter an email address.")
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return marked("This is not an email address. It should look like name@example.org.")
    return None


def day_problem(text: str) -> str | None:
    """Say what is wrong with a day."""
    try:
        right = DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        right = False
    return None if right else marked("Enter a date as year-month-day, such as 2026-05-31.")


def number_problem(text: str) -> str | None:
    """Say what is wrong with a number."""
    return None if NUMBER.fullmatch(text) else marked("Enter a number, such as 12 or 7.5.")


def url_problem(text: str) -> str | None:
    """Say what is wrong with a web address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or unprintable(text) or " " in text:
        return marked("Enter a web address that begins with https://.")
    return None


def text_problem(text: str, longest: int = LONGEST_TEXT, allowed: str = JOINERS) -> str | None:
    """Say what is wrong with other text."""
    if unprintable(text, allowed):
        return marked("This holds an invisible character that is not allowed.")
    if "=?" in text:
        return marked("This cannot contain the characters “=?”.")
    if len(text) > longest:
        return marked("This is too long.")
    return None
