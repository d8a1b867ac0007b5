"""Walking through all ids in bounded ranges. Ids are random, so that equal ranges hold about equally many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_PLACES = 8
_ALL = len(_DIGITS) ** _PLACES
_FIRST_STEP = _ALL // 256
_FEW, _MANY = 150, 600
"""Records that a range should hold: fewer, and the next is twice as wide; more, and it is half as wide."""


@dataclass(frozen=True)
class Span:
    """What sorts after ``low`` and before ``high``, neither of them an id itself."""

    low: str
    high: str

    @classmethod
    def of(cls, identifier: str) -> "Span":
        """Return the range of one id, and of what begins with it."""
        return cls(f"{identifier[:-1]}{chr(ord(identifier[-1]) - 1)}~", f"{identifier}~")


def walk(read: Callable[[Span], Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Read range after range until all ids are covered."""
    start, step = 0, _FIRST_STEP
    while start < _ALL:
        end = min(start + step, _ALL)
        found = read(Span(_bound(start), _bound(end)))
        yield found
        start = end
        if len(found) < _FEW:
            step *= 2
        elif len(found) > _MANY:
            step = max(step // 2, 1)


def _bound(position: int) -> str:
    """Return the text at a position: shorter than any id, so that none equals it."""
    if position == 0:
        return ""
    if position == _ALL:
        return "~"
    digits = []
    for _ in range(_PLACES):
        position, digit = divmod(position, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
