"""What the handlers need to keep secrets; continues ``ports``."""

from typing import Protocol


class PasswordHasher(Protocol):
    """argon2id."""

    def hash(self, password: str) -> str:
        """Return an encoded hash with its salt."""

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether they match, in the same time for None (nobody has this hash) as for a wrong password."""


class KeyVault(Protocol):
    """Whatever depends on the key-encryption key."""

    def create_signing_key(self, organisation_id: str, key_id: str) -> tuple[str, bytes]:
        """Return a new Ed25519 key: its public half as multibase (Multikey) and its private half, wrapped."""

    def create_mail_key(self) -> tuple[str, bytes]:
        """Return a new RSA key for DKIM: its public half in base64 (DER), its private half in PEM."""

    def seal(self, secret: bytes, *bound_to: str) -> bytes:
        """Return a secret encrypted, and bound to what it is for."""

    def open(self, sealed: bytes, *bound_to: str) -> bytes:
        """Return the secret again."""

    def fingerprint(self, *parts: str) -> str:
        """Return a keyed hash in hexadecimal, so that what is counted or compared cannot be guessed back."""

    def derive_id(self, *parts: str) -> str:
        """Return the same unguessable identifier for the same parts."""
