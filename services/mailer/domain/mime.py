"""A MIME message as a template: everything that all recipients share is encoded once, the rest as it is filled in.

``EmailMessage`` makes about 500 messages a second; this makes more than ten thousand, and a property test holds
that the standard library's parser reads back exactly what went in.
"""

import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Self

from conferral.contracts.edition import EmailTemplate
from conferral.contracts.rpc.deliveries import ClaimedDelivery
from conferral.contracts.template import Template
from services.mailer.domain import headers
from services.mailer.domain.quoted_printable import encode_piece, finish

_FIXED_HEADERS = b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"


@dataclass(frozen=True)
class Mail:
    """One finished message with its envelope."""

    sender: str
    recipient: str
    content: bytes
    """With CRLF line ends, lines of at most 998 bytes, and nothing doubled for SMTP's sake."""
    utf8: bool
    """The server has to speak SMTPUTF8; ``content`` is plain ASCII otherwise."""


class MissingValue(Exception):
    """The template has a slot that the delivery has no value for: ``MissingValue(slot)``."""


@dataclass(frozen=True)
class _Part:
    """One body as a quoted-printable template."""

    literals: tuple[bytes, ...]
    slots: tuple[str, ...]
    escape: bool

    @classmethod
    def compile(cls, text: str, *, escape: bool) -> Self:
        template = Template.parse(text)
        return cls(tuple(map(encode_piece, template.literals)), template.slots, escape)

    def complete(self, values: Mapping[str, str]) -> bytes:
        encoded: dict[str, bytes] = {}
        pieces = [self.literals[0]]
        for slot, literal in zip(self.slots, self.literals[1:], strict=True):
            piece = encoded.get(slot)
            if piece is None:
                value = html.escape(values[slot]) if self.escape else values[slot]
                piece = encoded[slot] = encode_piece(value)
            pieces += (piece, literal)
        return finish(b"".join(pieces))


@dataclass(frozen=True)
class MimeTemplate:
    """A design's email, ready to be completed for one recipient after the other."""

    subject: Template
    html: _Part
    text: _Part
    language: bytes

    @classmethod
    def compile(cls, template: EmailTemplate) -> Self:
        """Encode everything that is literal.

        :raises UnsafeHeader: the language is no language tag.
        """
        return cls(
            subject=Template.parse(template.subject),
            html=_Part.compile(template.html, escape=True),
            text=_Part.compile(template.text, escape=False),
            language=headers.content_language(template.language),
        )

    def complete(self, delivery: ClaimedDelivery, moment: datetime) -> Mail:
        """Make the message of one delivery.

        :param moment: when it is sent, in UTC, for the Date header.
        :raises UnsafeHeader: a name or an address that must not go into a header.
        :raises MissingValue: the template asks for a value that the delivery has not.
        """
        sender = headers.sender_mailbox("From", delivery.from_name, delivery.from_address)
        recipient = headers.mailbox("To", delivery.to_name, delivery.to_address)
        reply_to = headers.sender_mailbox("Reply-To", "", delivery.reply_to) if delivery.reply_to else None
        # "=_" cannot occur in quoted-printable text, so no body can contain the boundary
        boundary = b"=_" + hashlib.sha256(delivery.message_id.encode()).hexdigest()[:32].encode()
        try:
            subject = headers.subject(self.subject.fill(delivery.values))
            text, rich = self.text.complete(delivery.values), self.html.complete(delivery.values)
        except KeyError as error:
            raise MissingValue(error.args[0]) from None
        content = b"".join(
            (
                sender.header,
                reply_to.header if reply_to else b"",
                recipient.header,
                subject,
                _date(moment.replace(microsecond=0)),
                headers.message_id(delivery.message_id),
                self.language,
                _FIXED_HEADERS,
                b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n',
                _part_head(boundary, b"plain"),
                text,
                _part_head(boundary, b"html"),
                rich,
                b"\r\n--" + boundary + b"--\r\n",
            )
        )
        utf8 = sender.utf8 or recipient.utf8 or (reply_to is not None and reply_to.utf8)
        return Mail(sender.address, recipient.address, content, utf8)


def _part_head(boundary: bytes, subtype: bytes) -> bytes:
    return (
        b"\r\n--" + boundary + b"\r\nContent-Type: text/" + subtype + b'; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )


@lru_cache(maxsize=8)
def _date(moment: datetime) -> bytes:
    return f"Date: {format_datetime(moment)}\r\n".encode("ascii")
