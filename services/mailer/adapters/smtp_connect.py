"""Opening a connection to a mail server: TLS with verified certificates, EHLO, authentication."""

import ipaddress
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Literal

from conferral.runtime.crash_points import reached

_LONGEST_WORDS = 500
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd]+")
_READY = 220

Tls = Literal["none", "starttls", "tls"]


class CannotConnect(Exception):
    """No session could be opened, or the server takes nothing from us: ``CannotConnect(words)``."""


class PrivateHost(OSError):
    """The host leads into a private network."""


@dataclass(frozen=True)
class Endpoint:
    """Where the mail server is and how to talk to it.

    :param public_only: refuse hosts in private networks: whoever named this one may not reach what we can reach.
    :param timeout: seconds for connecting, and for each answer but the last.
    :param final_timeout: seconds for the answer to the final dot.
    """

    host: str
    port: int
    tls: Tls = "none"
    context: ssl.SSLContext | None = None
    user: str = ""
    password: str = ""
    timeout: float = 15.0
    final_timeout: float = 30.0
    public_only: bool = False


def connect(endpoint: Endpoint) -> smtplib.SMTP:
    """Return a connection that takes mail.

    :raises CannotConnect: there is none to be had.
    """
    # a name of our own: smtplib would ask the resolver for it, which can take many seconds
    name = socket.gethostname() or "localhost"
    smtp = (
        smtplib.SMTP_SSL(local_hostname=name, timeout=endpoint.timeout, context=endpoint.context)
        if endpoint.tls == "tls"
        else smtplib.SMTP(local_hostname=name, timeout=endpoint.timeout)
    )
    # certificates are verified against this name, which only the connecting constructor would set
    smtp._host = endpoint.host  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        _greet(smtp, endpoint)
    except (smtplib.SMTPException, OSError) as error:
        smtp.close()
        raise CannotConnect(words_of(error)) from error
    except BaseException:
        smtp.close()
        raise
    return smtp


def _greet(smtp: smtplib.SMTP, endpoint: Endpoint) -> None:
    # resolved once: what was looked at is what is connected to
    host = _public_address(endpoint) if endpoint.public_only else endpoint.host
    reached("smtp.connect")
    _expect(_READY, *smtp.connect(host, endpoint.port))
    reached("smtp.greet")
    smtp.ehlo_or_helo_if_needed()
    if endpoint.tls == "starttls":
        reached("smtp.starttls")
        _expect(_READY, *smtp.starttls(context=endpoint.context))
        smtp.ehlo_or_helo_if_needed()
    if endpoint.user:
        reached("smtp.login")
        smtp.login(endpoint.user, endpoint.password)
    if smtp.sock is not None:
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _public_address(endpoint: Endpoint) -> str:
    """Return the address of a host that anybody can reach.

    :raises OSError: it has none, or one in a private network.
    """
    reached("smtp.resolve")
    found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or any(not _is_public(address) for address in addresses):
        raise PrivateHost("this mail server is in a private network, which this installation does not allow")
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    embedded = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return parsed.is_global and not parsed.is_multicast and (embedded is None or embedded.is_global)


def _expect(wanted: int, code: int, words: bytes) -> None:
    if code != wanted:
        raise smtplib.SMTPResponseException(code, words)


def printable(words: bytes | str, code: int | None = None) -> str:
    """Return a server's words on one line, without control characters, at most 500 characters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return _UNPRINTABLE.sub(" ", f"{code} {text}" if code is not None else text).strip()[:_LONGEST_WORDS]


def words_of(error: BaseException) -> str:
    """Return what an exception of smtplib or of the socket says."""
    if isinstance(error, smtplib.SMTPResponseException):
        return printable(error.smtp_error, error.smtp_code)
    return printable(str(error) if isinstance(error, PrivateHost) else f"{type(error).__name__}: {error}")
