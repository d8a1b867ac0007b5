"""Text with named slots: compiled once for all recipients, completed once for each.

A marker is ``{{ name }}``. Everything between markers is literal. There are no expressions, so that filling in
can never run anything, and the filling encoder (XML, HTML, JSON, quoted-printable) is chosen by whoever fills in.
"""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Self

from pydantic import StringConstraints

from conferral.contracts.message import Many, Message

SlotName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
_MARKER = re.compile(r"\{\{ ?([a-z][a-z0-9_]*) ?\}\}")


class Template(Message):
    """Literals and slots, alternating: ``literals`` has exactly one item more than ``slots``."""

    literals: Many[str]
    slots: Many[SlotName]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split text at its markers."""
        pieces = _MARKER.split(text)
        return cls(literals=tuple(pieces[0::2]), slots=tuple(pieces[1::2]))

    def fill(self, values: Mapping[str, str], encode: Callable[[str], str] = str) -> str:
        """Complete the template.

        :param values: slot name to text.
        :param encode: makes a value safe for the place where it goes.
        :raises KeyError: a slot has no value.
        """
        pieces = [self.literals[0]]
        for slot, literal in zip(self.slots, self.literals[1:], strict=True):
            pieces += (encode(values[slot]), literal)
        return "".join(pieces)
