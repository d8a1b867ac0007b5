"""Header fields of an email as bytes, safe for any text that a person or a spreadsheet brings in.

Nothing here uses ``email.headerregistry``: it decodes encoded words found *inside* a name, so that
``=?utf-8?q?a=0d=0aBcc=3a…?=`` as a name adds a header of its own (CVE-2024-6923). Names with control
characters or ``=?`` are refused before anything is built.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import idna

LINE = 78
"""Characters in a line, without its end (RFC 5322 section 2.1.1, SHOULD)."""

_PREFIX, _SUFFIX = "=?utf-8?b?", "?="
_WORD_OVERHEAD = len(_PREFIX) + len(_SUFFIX)
_LONGEST_WORD = 75  # RFC 2047 section 2
_FOLD = "\r\n "

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PRINTABLE = re.compile(r"[!-~]+(?: [!-~]+)*")
_ADDRESS = re.compile(r'([^\s"(),:;<>@\[\\\]\x00-\x1f\x7f-\x9f]{1,64})@([^\s"(),:;<>@\[\\\]\x00-\x1f\x7f-\x9f]{1,255})')
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{3,250}>")
_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,6}")


class UnsafeHeader(Exception):
    """A name, address or identifier that must not go into a header. The text says which field, never its content."""


@dataclass(frozen=True)
class Mailbox:
    """An address as the envelope needs it, and the same with its display name as a header shows it."""

    address: str
    """With the domain in its ASCII form; the local part may hold other characters: then ``utf8``."""
    header: bytes
    utf8: bool
    """The server has to speak SMTPUTF8 (RFC 6531)."""


def mailbox(field: str, name: str, address: str) -> Mailbox:
    """Return the header line ``field: name <address>`` with the mailbox it names.

    :raises UnsafeHeader: control characters or ``=?`` in the name, or an address of a shape that needs quoting.
    """
    ascii_address = envelope_address(field, address)
    shown = name.strip(" ")
    if "=?" in shown or any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in shown):
        raise UnsafeHeader(f"the name in {field} holds characters that are not allowed")
    words = _phrase(shown, LINE - len(field) - 2)
    # always on a line of its own when the two might not fit: folding is free, long lines are not
    gap = "" if not words else _FOLD if len(field) + len(words) + len(ascii_address) + 5 > LINE else " "
    line = f"{field}: {words}{gap}<{ascii_address}>\r\n"
    return Mailbox(ascii_address, line.encode(), not ascii_address.isascii())


# the same few senders for thousands of messages; recipients are not kept
sender_mailbox = lru_cache(maxsize=256)(mailbox)


def envelope_address(field: str, address: str) -> str:
    """Return the address with an ASCII domain (IDNA 2008, UTS 46 mapping); the local part is passed on verbatim.

    :raises UnsafeHeader: it is not an address, or one that only a quoted string can write.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None or "=?" in address:
        raise UnsafeHeader(f"the address in {field} cannot be written in a header")
    local, domain = match.groups()
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise UnsafeHeader(f"the domain in {field} has no ASCII form") from error


def subject(text: str) -> bytes:
    """Return the Subject line, folded. White space and control characters become single spaces."""
    clean = "".join(" " if unicodedata.category(c) in _REFUSED_CATEGORIES else c for c in text)
    clean = " ".join(part for part in clean.split(" ") if part)
    return f"Subject: {_unstructured(clean, LINE - len('Subject: '))}\r\n".encode("ascii")


def message_id(text: str) -> bytes:
    """Return the Message-ID line.

    :raises UnsafeHeader: it is no message id in angle brackets.
    """
    if not _MESSAGE_ID.fullmatch(text):
        raise UnsafeHeader("the message id cannot be written in a header")
    return f"Message-ID: {text}\r\n".encode("ascii")


def content_language(tag: str) -> bytes:
    """Return the Content-Language line for a BCP 47 tag.

    :raises UnsafeHeader: it has not the shape of one.
    """
    if not _LANGUAGE.fullmatch(tag):
        raise UnsafeHeader("the language cannot be written in a header")
    return f"Content-Language: {tag}\r\n".encode("ascii")


def _phrase(text: str, room: int) -> str:
    """Return a display name as atoms, a quoted string or encoded words, whichever is the plainest that is right."""
    if not text or (len(text) <= room and _ATOMS.fullmatch(text)):
        return text
    if len(text) < room - 2 and _PRINTABLE.fullmatch(text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        if len(escaped) <= room - 2:
            return f'"{escaped}"'
    return _encoded_words(text, room)


def _unstructured(text: str, room: int) -> str:
    if "=?" in text or not _PRINTABLE.fullmatch(text):
        return _encoded_words(text, room)
    if len(text) <= room:
        return text
    words = text.split(" ")
    if max(map(len, words)) > room:
        return _encoded_words(text, room)
    lines, line = [], words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > room:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}"
    return _FOLD.join((*lines, line))


def _encoded_words(text: str, room: int) -> str:
    return _FOLD.join(
        f"{_PREFIX}{b64encode(part).decode('ascii')}{_SUFFIX}" for part in _parts(text, min(room, _LONGEST_WORD))
    )


def _parts(text: str, room: int) -> Iterator[bytes]:
    """Cut UTF-8 into pieces for one encoded word each, between characters as RFC 2047 section 5 demands."""
    limit = (room - _WORD_OVERHEAD) // 4 * 3
    part = bytearray()
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(part) + len(encoded) > limit:
            yield bytes(part)
            part.clear()
            limit = (_LONGEST_WORD - _WORD_OVERHEAD) // 4 * 3
        part += encoded
    if part:
        yield bytes(part)
