"""Passwords by argon2id, with the library's parameters (RFC 9106, low memory)."""

from collections.abc import Callable
from typing import Any

import argon2
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Hasher:
    """See secret_ports.PasswordHasher.

    :param offload: calls a function with arguments and returns its result; on green threads, one that uses a real
        thread, because a hash takes tens of milliseconds of CPU and would stop everybody else.
    """

    def __init__(self, offload: Callable[..., Any] | None = None) -> None:
        self._hasher = argon2.PasswordHasher()
        self._offload = offload or _call
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return an encoded hash with its salt."""
        encoded: str = self._offload(self._hasher.hash, password)
        return encoded

    def verify(self, encoded: str | None, password: str) -> bool:
        """Tell whether they match, in the same time for None as for a wrong password."""
        matches: bool = self._offload(self._verify, encoded or self._nobody, password)
        return matches and encoded is not None

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)
