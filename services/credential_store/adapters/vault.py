"""Keys that are made and wrapped here, and hashes that depend on the key-encryption key."""

import base64
import hmac
import secrets

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conferral.contracts.ids import LENGTH

_NONCE_BYTES = 12
_MAIL_KEY_BITS = 2048
"""A longer one does not fit into one DNS string everywhere (RFC 8301, section 3.2)."""
_ED25519_PUBLIC = b"\xed\x01"
"""Multicodec prefix: Multikey of Controlled Identifiers 1.0."""
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class FileKeyVault:
    """See secret_ports.KeyVault.

    :param key: the key-encryption key, 32 bytes. It never signs or hashes itself: each use has a key derived from it.
    """

    def __init__(self, key: bytes) -> None:
        self._wrapping = AESGCM(_derive(key, b"conferral/wrap-signing-keys"))
        self._sealing = AESGCM(_derive(key, b"conferral/seal-secrets"))
        self._hashing = _derive(key, b"conferral/fingerprints")
        self._naming = _derive(key, b"conferral/identifiers")

    def create_signing_key(self, organisation_id: str, key_id: str) -> tuple[str, bytes]:
        """Return a new Ed25519 key: its public half as multibase and its private half, wrapped."""
        private = Ed25519PrivateKey.generate()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        wrapped = self._wrapping.encrypt(nonce, private.private_bytes_raw(), _bound_to(organisation_id, key_id))
        return multibase(_ED25519_PUBLIC + private.public_key().public_bytes_raw()), nonce + wrapped

    def unwrap(self, organisation_id: str, key_id: str, wrapped: bytes) -> Ed25519PrivateKey:
        """Return the private key.

        :raises cryptography.exceptions.InvalidTag: it was wrapped under another key, for another organisation or id.
        """
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        return Ed25519PrivateKey.from_private_bytes(
            self._wrapping.decrypt(nonce, sealed, _bound_to(organisation_id, key_id))
        )

    def create_mail_key(self) -> tuple[str, bytes]:
        """Return a new RSA key for DKIM: its public half in base64 (DER), its private half in PEM.

        Not Ed25519 (RFC 8463): large mailbox providers do not check it yet.
        """
        private = rsa.generate_private_key(public_exponent=65_537, key_size=_MAIL_KEY_BITS)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(public).decode(), private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )

    def seal(self, secret: bytes, *bound_to: str) -> bytes:
        """Return a secret encrypted, and bound to what it is for."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, secret, _joined(bound_to))

    def open(self, sealed: bytes, *bound_to: str) -> bytes:
        """Return the secret again.

        :raises cryptography.exceptions.InvalidTag: it was sealed under another key, or for something else.
        """
        return self._sealing.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _joined(bound_to))

    def fingerprint(self, *parts: str) -> str:
        """Return a keyed hash in hexadecimal."""
        return hmac.digest(self._hashing, _joined(parts), "sha256").hex()

    def derive_id(self, *parts: str) -> str:
        """Return the same unguessable identifier for the same parts."""
        digest = hmac.digest(self._naming, _joined(parts), "sha256")
        return base64.b32encode(digest).decode().lower()[:LENGTH]


def multibase(content: bytes) -> str:
    """Return base58btc with its multibase prefix ``z``."""
    number, text = int.from_bytes(content), ""
    while number:
        number, digit = divmod(number, len(_BASE58))
        text = _BASE58[digit] + text
    zeros = len(content) - len(content.lstrip(b"\0"))
    return "z" + _BASE58[0] * zeros + text


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)


def _joined(parts: tuple[str, ...]) -> bytes:
    return b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)


def _bound_to(organisation_id: str, key_id: str) -> bytes:
    return _joined((organisation_id, key_id))
