"""One SMTP connection (RFC 5321) that always knows whether the final dot may have left.

Built on smtplib's low-level calls: its ``sendmail`` raises the same exception for a connection lost in mid-DATA,
which is safe to retry, and after the final dot, when the message may have been taken.
"""

import contextlib
import re
import select
import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Literal

from services.mailer.domain.mime import Mail
from services.mailer.ports import Outcome

_LONGEST_WORDS = 500
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd]+")
_CLOSING = 421
_START_MAIL_INPUT = 354
# the server wants other credentials, or TLS: a matter of settings that concerns every message alike (RFC 4954)
_SETTINGS_ARE_WRONG = frozenset({530, 534, 535, 538})

Tls = Literal["none", "starttls", "tls"]


class CannotConnect(Exception):  # noqa: N818 - named for what happened
    """No session could be opened, or the server takes nothing from us: ``CannotConnect(words)``."""


class StaleSession(Exception):  # noqa: N818 - named for what happened
    """A kept connection turned out to be closed before the message began; a fresh one may try."""


@dataclass(frozen=True)
class Endpoint:
    """Where the mail server is and how to talk to it.

    :param timeout: seconds for connecting, and for each answer but the last.
    :param final_timeout: seconds for the answer to the final dot.
    """

    host: str
    port: int
    tls: Tls = "none"
    context: ssl.SSLContext | None = None
    user: str = ""
    password: str = ""
    timeout: float = 30.0
    final_timeout: float = 60.0


class _Rejected(Exception):  # noqa: N818 - never leaves this module
    """The server said no before the message: ``_Rejected(code, words)``."""


class Session:
    """An authenticated connection. Not safe from several threads at once."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Connect, negotiate TLS, authenticate.

        :raises CannotConnect: any of it failed.
        """
        self._endpoint = endpoint
        self._used = False
        try:
            self._smtp = self._open(endpoint)
        except (smtplib.SMTPException, OSError) as error:
            raise CannotConnect(_words_of(error)) from error

    @staticmethod
    def _open(endpoint: Endpoint) -> smtplib.SMTP:
        # a name of our own: smtplib would ask the resolver for it, which can take many seconds
        name = socket.gethostname() or "localhost"
        smtp = (
            smtplib.SMTP_SSL(local_hostname=name, timeout=endpoint.timeout, context=endpoint.context)
            if endpoint.tls == "tls"
            else smtplib.SMTP(local_hostname=name, timeout=endpoint.timeout)
        )
        try:
            # starttls() verifies the certificate against this name, which only the constructor would set
            smtp._host = endpoint.host  # type: ignore[attr-defined]  # noqa: SLF001
            code, words = smtp.connect(endpoint.host, endpoint.port)
            if code != 220:  # noqa: PLR2004 - "service ready"
                raise smtplib.SMTPConnectError(code, words)
            smtp.ehlo_or_helo_if_needed()
            if endpoint.tls == "starttls":
                code, words = smtp.starttls(context=endpoint.context)
                if code != 220:  # noqa: PLR2004 - "ready to start TLS"
                    raise smtplib.SMTPResponseException(code, words)
                smtp.ehlo_or_helo_if_needed()
            if endpoint.user:
                smtp.login(endpoint.user, endpoint.password)
            if smtp.sock is not None:
                smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            smtp.close()
            raise
        return smtp

    @property
    def usable(self) -> bool:
        """Whether another message can be sent on it."""
        return self._smtp.sock is not None

    def close(self, *, politely: bool = False) -> None:
        """Hang up; ``politely`` says QUIT first."""
        if politely and self.usable:
            with contextlib.suppress(smtplib.SMTPException, OSError):
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
        first, self._used = not self._used, True
        try:
            self._envelope(mail, first=first)
        except _Rejected as rejection:
            return self._rejected(*rejection.args)
        except (smtplib.SMTPException, OSError) as error:
            self._smtp.close()
            return Outcome("retry", _words_of(error))
        return self._content(mail.content.replace(b"\r\n.", b"\r\n.."))

    def _refusal(self, mail: Mail) -> str:
        if mail.utf8 and not self._smtp.has_extn("smtputf8"):
            return "the mail server takes no addresses with international characters (SMTPUTF8)"
        limit = self._smtp.esmtp_features.get("size", "")
        if limit.isdecimal() and 0 < int(limit) < len(mail.content):
            return f"the message is larger than the {limit} bytes that the mail server takes"
        return ""

    def _envelope(self, mail: Mail, *, first: bool) -> None:
        """Say MAIL, RCPT and DATA, in one go where the server allows it (RFC 2920)."""
        options = f" SIZE={len(mail.content)}" if self._smtp.has_extn("size") else ""
        options += " BODY=8BITMIME SMTPUTF8" if mail.utf8 else ""
        commands = (f"MAIL FROM:<{mail.sender}>{options}\r\n", f"RCPT TO:<{mail.recipient}>\r\n", "DATA\r\n")
        pipelined = self._smtp.has_extn("pipelining")
        accepted = ({250}, {250, 251}, {_START_MAIL_INPUT})
        refused: _Rejected | None = None
        try:
            if pipelined:
                self._smtp.send("".join(commands).encode())
            for command, codes in zip(commands, accepted, strict=True):
                if not pipelined:
                    self._smtp.send(command.encode())
                code, words = self._smtp.getreply()
                if code == _CLOSING and command is commands[0] and not first:
                    self._smtp.close()
                    raise StaleSession
                if refused and code == _START_MAIL_INPUT:
                    # it waits for a message without a recipient, and any byte would be one: hang up instead
                    self._smtp.close()
                if code not in codes and refused is None:
                    refused = _Rejected(code, words)
                if refused and not pipelined:
                    break
        except (smtplib.SMTPException, OSError) as error:
            self._smtp.close()
            if refused is None:
                if not first and command is commands[0]:
                    raise StaleSession from error
                raise
        if refused:
            raise refused

    def _content(self, content: bytes) -> Outcome:
        """Send the message and, as a step of its own, the dot that ends it."""
        smtp, sock = self._smtp, self._smtp.sock
        dot_may_have_left = False
        try:
            smtp.send(content)
            early = self._early()
            if early is not None:
                smtp.close()
                return Outcome("retry", _printable(early) or "the connection was closed before the end of the message")
            dot_may_have_left = True
            smtp.send(b".\r\n")
            sock.settimeout(self._endpoint.final_timeout)
            code, words = smtp.getreply()
            sock.settimeout(self._endpoint.timeout)
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            return Outcome("unconfirmed" if dot_may_have_left else "retry", _words_of(error))
        if code == _CLOSING:
            smtp.close()
        answer = _printable(words, code)
        kind = code // 100
        if kind == 2:  # noqa: PLR2004 - the reply classes of RFC 5321 section 4.2.1
            return Outcome("sent", answer)
        if kind in {4, 5}:
            return Outcome("retry" if kind == 4 else "failed", answer)  # noqa: PLR2004 - as above
        smtp.close()
        return Outcome("unconfirmed", answer)

    def _early(self) -> bytes | None:
        """Return what the server said before the dot: nothing (None), it hung up (empty), or an early answer.

        Found out here, a lost connection can be retried; found out after the dot, nobody knows.
        """
        sock = self._smtp.sock
        if not select.select([sock], [], [], 0)[0]:
            return None
        sock.settimeout(0)
        try:
            return sock.recv(_LONGEST_WORDS)
        except (BlockingIOError, ssl.SSLWantReadError):
            return None  # TLS's own traffic, no answer
        except OSError:
            return b""
        finally:
            sock.settimeout(self._endpoint.timeout)

    def _rejected(self, code: int, words: bytes) -> Outcome:
        answer = _printable(words, code)
        if code in _SETTINGS_ARE_WRONG:
            self._smtp.close()
            raise CannotConnect(answer)
        if code == _CLOSING or code < 0:
            self._smtp.close()
        elif self.usable:
            try:
                if self._smtp.docmd("RSET")[0] != 250:  # noqa: PLR2004 - "completed"
                    self._smtp.close()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()
        return Outcome("failed" if code // 100 == 5 else "retry", answer)  # noqa: PLR2004 - the class of refusals


def _printable(words: bytes | str, code: int | None = None) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return _UNPRINTABLE.sub(" ", f"{code} {text}" if code is not None else text).strip()[:_LONGEST_WORDS]


def _words_of(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _printable(error.smtp_error, error.smtp_code)
    return _printable(f"{type(error).__name__}: {error}")
