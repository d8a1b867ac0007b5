"""Quoted-printable (RFC 2045 section 6.7) in pieces: literals are encoded once, values as they are filled in.

Every piece begins at the start of a line and, unless it ends with a line break of its own, ends with a soft one.
Pieces can therefore be joined in any order without counting columns, and no line is longer than 76 characters.
"""

import binascii
import re

_SOFT_BREAK = b"=\r\n"
_LINE_BREAKS = re.compile(r"\r\n?")
# short, and nothing in it needs an escape wherever it stands; most names and dates in Latin script
_PLAIN = re.compile(r"[A-Za-z0-9,:;/+_-](?:[ !-<>-~]{0,70}[!-<>-~])?")


def encode_piece(text: str) -> bytes:
    """Encode text of any length; every kind of line break becomes CRLF."""
    if _PLAIN.fullmatch(text):
        return text.encode("ascii") + _SOFT_BREAK
    if not text:
        return b""
    if "\r" in text:
        text = _LINE_BREAKS.sub("\n", text)
    encoded = binascii.b2a_qp(text.encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return encoded if text.endswith("\n") else encoded + _SOFT_BREAK


def finish(body: bytes) -> bytes:
    """Drop a soft break that nothing follows: what comes after is a boundary, not text."""
    return body.removesuffix(_SOFT_BREAK)
