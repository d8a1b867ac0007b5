"""Identifiers: 26 characters of lower-case base32 (RFC 4648 section 6, without padding) from 130 random bits."""

import re
import secrets
from typing import Annotated

from pydantic import Strict, StringConstraints

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
LENGTH = 26
_PATTERN = f"^[a-z2-7]{{{LENGTH}}}$"
_SHAPE = re.compile(_PATTERN)

# The scope of what belongs to no organisation: account mail, for instance. Not a possible output of new_id().
INSTALLATION = "installation"

Id = Annotated[str, StringConstraints(pattern=_PATTERN)]
"""A value made by new_id(), checked on decoding."""

NumberedId = Annotated[tuple[Id, int], Strict(strict=False)]
"""An id with its revision or fence. JSON has no tuples, so this conversion is lax; what is inside it is not."""

OrganisationId = Annotated[str, StringConstraints(pattern=rf"^([a-z2-7]{{{LENGTH}}}|{INSTALLATION})$")]

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of the content, in lower-case hexadecimal: the name of a blob."""


def new_id() -> str:
    """Return a fresh unguessable identifier."""
    bits = secrets.randbits(LENGTH * 5)
    return "".join(ALPHABET[(bits >> shift) & 31] for shift in range(0, LENGTH * 5, 5))


def is_id(text: str) -> bool:
    """Tell whether text has the shape of an identifier."""
    return _SHAPE.fullmatch(text) is not None
