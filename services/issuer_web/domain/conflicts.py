"""Two people amended one credential: field by field, what each of them wants, and which of it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from services.issuer_web.domain import text
from services.issuer_web.domain.recipients import Block

Keep = Literal["", "yours", "theirs"]
CHOOSE = text.marked("Choose which of the two is kept.")


@dataclass(frozen=True)
class Difference:
    """A field that the other person changed, and that does not say what yours says. ``keep``: what is chosen so far."""

    yours: str
    theirs: str
    keep: Keep = ""


def differences(
    before: Mapping[str, str], yours: Mapping[str, str], theirs: Mapping[str, str]
) -> dict[str, Difference]:
    """Return the fields to choose in, by name.

    What only you changed stays as you typed it. What only the other person changed is kept unless you say otherwise.
    What both of you changed has to be chosen.

    :param before: what both of you started from.
    :param yours: what was typed, of the fields that the form has.
    """
    found = {}
    for name in yours:
        mine, other, old = yours[name], theirs.get(name, ""), before.get(name, "")
        if other not in (mine, old):
            found[name] = Difference(mine, other, "theirs" if mine == old else "")
    return found


def sent(
    block: Block, theirs: Mapping[str, str], names: Iterable[str], kept: Mapping[str, str]
) -> dict[str, Difference]:
    """Return the differences of a form that was sent, with what was chosen.

    :param names: the fields in which there was something to choose.
    :param kept: name to ``yours`` or ``theirs``.
    """
    found = {}
    for name in names:
        if name not in block.typed:
            continue
        keep: Keep = "theirs" if kept.get(name) == "theirs" else "yours" if kept.get(name) == "yours" else ""
        found[name] = Difference(block.typed[name], theirs.get(name, ""), keep)
    return found


def chosen(block: Block, found: Mapping[str, Difference]) -> Block:
    """Return the block with the values that are kept."""
    taken = {name: difference.theirs for name, difference in found.items() if difference.keep == "theirs"}
    return Block(block.number, {**block.typed, **taken})


def undecided(found: Mapping[str, Difference]) -> dict[str, str]:
    """Return the problem of each field in which nothing was chosen."""
    return {name: CHOOSE for name, difference in found.items() if not difference.keep}
