"""Adding and removing blocks, and taking suggestions, where the browser runs no scripts.

Each is a button that sends the form and means: ``add``, ``remove-<number>``, ``undo``, ``suggest-<number>``, or
``complete-<number>``, which shows the fields that were left out (see ``MOST_WHOLE``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conferral.contracts.rpc.credentials import MOST_ROWS
from services.issuer_web.domain.recipients import Block, blank, groups_of, is_untouched
from services.issuer_web.domain.shapes import FormShape
from services.issuer_web.domain.typos import suggest

MOST_WHOLE = 25
"""Blocks of a page that have every field each. Of more, only fields that hold something are on the page: five hundred
whole ones are three megabytes. What is left out is added where somebody looks at it."""


@dataclass(frozen=True)
class Removed:
    """The block that was removed last. ``position``: 1 for the first on the page."""

    number: int
    position: int
    typed: dict[str, str]
    groups: list[str]

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Removed":
        """Return what ``plain`` wrote."""
        return cls(**plain)

    def plain(self) -> dict[str, Any]:
        """Return it as data."""
        return {"number": self.number, "position": self.position, "typed": self.typed, "groups": self.groups}


def apply(
    action: str, blocks: list[Block], shape: FormShape, removed: Removed | None
) -> tuple[list[Block], Removed | None]:
    """Do what a button means; return the blocks then, and what can be undone."""
    kind, _, number = action.partition("-")
    if kind == "add":
        return _added(blocks, shape), removed
    if kind == "undo" and removed:
        back = Block(removed.number, dict(removed.typed), groups=list(removed.groups))
        return sorted([*blocks, back], key=lambda block: block.number), None
    found = next((at for at, block in enumerate(blocks) if str(block.number) == number), None)
    if found is None:
        return blocks, removed
    if kind == "complete":
        blocks[found].complete = True
    if kind == "suggest":
        blocks[found].typed["email"] = suggest(blocks[found].typed.get("email", "")) or blocks[found].typed["email"]
    if kind == "remove":
        gone = blocks[found]
        kept = [*blocks[:found], *blocks[found + 1 :]] or [blank(gone.number + 1, shape)]
        undoable = None if is_untouched(gone, shape) else Removed(gone.number, found + 1, gone.typed, gone.groups)
        return kept, undoable or removed
    return blocks, removed


def _added(blocks: list[Block], shape: FormShape) -> list[Block]:
    """Return the blocks with one more, for the groups of the last one; as many as before where the form is full."""
    if credentials_in(blocks, shape) >= MOST_ROWS:
        return blocks
    added = blank(blocks[-1].number + 1, shape, blocks[-1])
    added.complete = True
    return [*blocks, added]


def credentials_in(blocks: Sequence[Block], shape: FormShape) -> int:
    """Return how many credentials the blocks would make: a recipient counts once for each group."""
    return sum(len(groups_of(block, shape)) for block in blocks)
