"""One SMTP session (RFC 5321) that always knows whether the final dot may have left.

Built on smtplib's low-level calls: its ``sendmail`` raises the same exception for a connection lost in mid-DATA,
which is safe to retry, and after the final dot, when the message may have been taken.
"""

import contextlib
import select
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence

from conferral.runtime.crash_points import reached
from services.mailer.adapters.smtp_connect import CannotConnect, Endpoint, connect, printable, words_of
from services.mailer.domain.answers import CLOSING, Meaning, meaning_of
from services.mailer.domain.mime import Mail
from services.mailer.ports import Ending, Outcome

_BROKEN = (smtplib.SMTPException, OSError)
_OK = 250
_START_MAIL_INPUT = 354
_ACCEPTED = (frozenset({_OK}), frozenset({_OK, 251}), frozenset({_START_MAIL_INPUT}))
"""To MAIL, RCPT and DATA."""
_ENDINGS: dict[Meaning, Ending] = {"accepted": "sent", "later": "retry", "never": "failed", "settings": "failed"}
"""What the answer to the final dot makes of a message; where it means nothing, nobody knows."""


class StaleSession(Exception):
    """A kept connection turned out to be closed before the message began; a fresh one may try."""


class _Rejected(Exception):
    """The server said no before the message: ``_Rejected(code, words)``."""


class Session:
    """An authenticated connection. Not safe from several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Connect.

        :raises CannotConnect: no connection, no TLS, or not authenticated.
        """
        self._endpoint = endpoint
        self._kept = False
        self._smtp = connect(endpoint)

    @property
    def usable(self) -> bool:
        """Whether another message can be sent on it."""
        return self._smtp.sock is not None

    def close(self, *, politely: bool = False) -> None:
        """Hang up; ``politely`` says QUIT first."""
        if politely and self.usable:
            reached("smtp.quit")
            with contextlib.suppress(*_BROKEN):
                self._smtp.docmd("QUIT")
        self._smtp.close()

    def deliver(self, mail: Mail) -> Outcome:
        """Send one message to its one recipient.

        :raises StaleSession: the connection was gone before anything of this message was taken.
        :raises CannotConnect: the server refuses us, not this message; the settings are wrong.
        """
        refusal = self._refusal(mail)
        if refusal:
            return Outcome("failed", refusal)
        kept, self._kept = self._kept, True
        try:
            self._envelope(mail, kept=kept)
        except _Rejected as rejection:
            return self._rejected(*rejection.args)
        except _BROKEN as error:
            self._smtp.close()
            return Outcome("retry", words_of(error))
        sock = self._smtp.sock
        if sock is None:
            return Outcome("retry", "the connection was closed")
        return self._content(sock, mail.content.replace(b"\r\n.", b"\r\n.."))

    def _refusal(self, mail: Mail) -> str:
        if mail.utf8 and not self._smtp.has_extn("smtputf8"):
            return "the mail server takes no addresses with international characters (SMTPUTF8)"
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdecimal() and 0 < int(limit) < len(mail.content):
            return f"the message is larger than the {limit} bytes that the mail server takes"
        return ""

    def _envelope(self, mail: Mail, *, kept: bool) -> None:
        """Say MAIL, RCPT and DATA, in one go where the server allows it (RFC 2920)."""
        options = f" SIZE={len(mail.content)}" if self._smtp.has_extn("size") else ""
        options += " BODY=8BITMIME SMTPUTF8" if mail.utf8 else ""
        commands = (f"MAIL FROM:<{mail.sender}>{options}\r\n", f"RCPT TO:<{mail.recipient}>\r\n", "DATA\r\n")
        pipelined = self._smtp.has_extn("pipelining")
        replies = self._replies(commands, pipelined=pipelined)
        for number, accepted in enumerate(_ACCEPTED):
            stale = kept and number == 0
            try:
                code, words = next(replies)
            except _BROKEN as error:
                self._smtp.close()
                if stale:
                    raise StaleSession from error
                raise
            if code in accepted:
                continue
            if pipelined:
                self._read_away(replies)
            if stale and code == CLOSING:
                self._smtp.close()
                raise StaleSession
            raise _Rejected(code, words)

    def _replies(self, commands: Sequence[str], *, pipelined: bool) -> Iterator[tuple[int, bytes]]:
        reached("smtp.envelope")
        if pipelined:
            self._smtp.send("".join(commands).encode())
        for command in commands:
            if not pipelined:
                self._smtp.send(command.encode())
            reached("smtp.envelope_said")
            yield self._smtp.getreply()

    def _read_away(self, replies: Iterator[tuple[int, bytes]]) -> None:
        """Read the answers to what was said after a refused command."""
        try:
            codes = [code for code, _ in replies]
        except _BROKEN:
            codes = [CLOSING]
        if _START_MAIL_INPUT in codes or CLOSING in codes:
            # after 354 it waits for a message that has no recipient, and any byte would be one: hang up instead
            self._smtp.close()

    def _content(self, sock: socket.socket, content: bytes) -> Outcome:
        """Send the message and, as a step of its own, the dot that ends it."""
        smtp = self._smtp
        dot_may_have_left = False
        try:
            reached("smtp.content")
            smtp.send(content)
            reached("smtp.content_sent")
            early = self._early(sock)
            if early is not None:
                smtp.close()
                return Outcome("retry", printable(early) or "the connection was closed before the end of the message")
            sock.settimeout(self._endpoint.final_timeout)
            dot_may_have_left = True
            reached("smtp.dot")
            smtp.send(b".\r\n")
            reached("smtp.dot_sent")
            code, words = smtp.getreply()
            reached("smtp.answered")
        except _BROKEN as error:
            smtp.close()
            return Outcome("unconfirmed" if dot_may_have_left else "retry", words_of(error))
        sock.settimeout(self._endpoint.timeout)
        outcome = _ENDINGS.get(meaning_of(code, words), "unconfirmed")
        if code == CLOSING or outcome == "unconfirmed":
            smtp.close()
        return Outcome(outcome, printable(words, code))

    def _early(self, sock: socket.socket) -> bytes | None:
        """Return what the server said before the dot: nothing (None), it hung up (empty), or an early answer.

        Found out here, a lost connection can be retried; found out after the dot, nobody knows.
        """
        if not select.select([sock], [], [], 0)[0]:
            return None
        sock.settimeout(0)
        reached("smtp.early_answer")
        try:
            return sock.recv(1024)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None  # TLS's own traffic, no answer
        except OSError:
            return b""
        finally:
            sock.settimeout(self._endpoint.timeout)

    def _rejected(self, code: int, words: bytes) -> Outcome:
        answer, meaning = printable(words, code), meaning_of(code, words)
        if meaning == "settings":
            self._smtp.close()
            raise CannotConnect(answer)
        if code == CLOSING or code < 0:
            self._smtp.close()
        elif self.usable:
            reached("smtp.reset")
            try:
                if self._smtp.docmd("RSET")[0] != _OK:
                    self._smtp.close()
            except _BROKEN:
                self._smtp.close()
        return Outcome("failed" if meaning == "never" else "retry", answer)
