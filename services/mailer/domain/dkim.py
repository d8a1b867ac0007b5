"""DKIM signatures (RFC 6376), relaxed for the header and simple for the body: our bodies have no white space to lose.

The body's hash is over bytes that differ for each recipient, so there is nothing to prepare but the key.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.mailer.domain.mime import Mail

_SIGNED = ("from", "reply-to", "to", "subject", "date", "message-id", "mime-version", "content-type")
_BLANKS = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_LINE = 72

Sign = Callable[[Mail], Mail]


def unsigned(mail: Mail) -> Mail:
    """Return the message as it is."""
    return mail


def signer(domain: str, selector: str, private_key: str) -> Sign:
    """Return what signs messages of a domain, and leaves those of others as they are.

    :param private_key: RSA, in PEM.
    :raises ValueError: it is no such key.
    """
    key = load_pem_private_key(private_key.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("DKIM needs an RSA key")
    ending = f"@{domain}".lower()
    start = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={selector};".encode()

    def sign(mail: Mail) -> Mail:
        if not mail.sender.lower().endswith(ending):
            return mail
        return replace(mail, content=_signature(key, start, mail.content) + mail.content)

    return sign


def _signature(key: rsa.RSAPrivateKey, start: bytes, content: bytes) -> bytes:
    head, _, body = content.partition(b"\r\n\r\n")
    fields = {name: line for line in _FOLD.sub(b"", head).split(b"\r\n") if (name := _name(line)) in _SIGNED}
    body_hash = b64encode(hashlib.sha256(body.rstrip(b"\r\n") + b"\r\n").digest())
    names = ":".join(fields).encode()
    value = start + b"\r\n h=" + names + b";\r\n bh=" + body_hash + b";\r\n b="
    signed = b"".join(_relaxed(line) + b"\r\n" for line in fields.values())
    signed += _relaxed(b"dkim-signature:" + _FOLD.sub(b"", value))
    signature = b64encode(key.sign(signed, padding.PKCS1v15(), SHA256()))
    folded = b"\r\n ".join(signature[at : at + _LINE] for at in range(0, len(signature), _LINE))
    return b"DKIM-Signature: " + value + folded + b"\r\n"


def _name(line: bytes) -> str:
    return line.partition(b":")[0].decode("ascii", "replace").lower()


def _relaxed(line: bytes) -> bytes:
    """Return an unfolded header field in its relaxed form, without a line end (RFC 6376, section 3.4.2)."""
    name, _, value = line.partition(b":")
    return name.lower().strip() + b":" + _BLANKS.sub(b" ", value).strip()
