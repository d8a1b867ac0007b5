"""Parts of a received message as text; nothing that a mail contains makes these raise."""

import email
import email.policy
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser

_headers = BytesHeaderParser(policy=email.policy.compat32)


@dataclass(frozen=True)
class Bodies:
    """A message's readable parts; empty where it has none."""

    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    """Names and decoded values, in the message's order."""


def header_texts(message: bytes, *names: str) -> tuple[str, ...]:
    """Return headers, decoded, each on one line; empty where there is none."""
    parsed = _headers.parsebytes(message.partition(b"\r\n\r\n")[0])
    return tuple(_decoded(parsed.get(name, "")) for name in names)


def bodies(message: bytes) -> Bodies:
    """Parse a whole message."""
    # compat32 is the policy that never raises over broken mail, and three times as fast as the modern one
    parsed = email.message_from_bytes(message, policy=email.policy.compat32)
    found: dict[str, str] = {}
    for part in parsed.walk():
        kind = part.get_content_type()
        if kind in {"text/html", "text/plain"} and part.get_content_disposition() != "attachment":
            found.setdefault(kind, _text(part))
    headers = tuple((name, _decoded(value)) for name, value in parsed.items())
    return Bodies(found.get("text/html", ""), found.get("text/plain", ""), headers)


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        text = content.decode(part.get_content_charset("utf-8"), "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _decoded(value: object) -> str:
    """Return a header's text. Malformed encoded words stay as they are."""
    line = " ".join(str(value).splitlines())
    try:
        pieces = decode_header(line)
        text = "".join(
            piece.decode(charset or "utf-8", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    except (LookupError, ValueError, email.errors.HeaderParseError):
        text = line
    return " ".join(text.split())
