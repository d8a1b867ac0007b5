"""The issuer's words in place of the design's own: text in which ``{{ slot }}`` stands for a recipient's value."""

import re

from conferral_design_api.directions import direction_of
from conferral_design_api.markup import escape
from conferral_design_api.types import Direction

_MARKER = re.compile(r"(\{\{ ?[a-z][a-z0-9_]* ?\}\})")


def worded(words: str, *, isolate: bool = False) -> str:
    """Return words for MJML: what is no slot is escaped, and a line end becomes ``<br />``.

    :param isolate: put each slot into ``<bdi>``, so that a name in another script keeps the order of what is around
        it. For the content of elements; not for ``mj-title`` and ``mj-preview``, which hold text alone.

    .. versionadded:: 1.0
    """
    slot = r"<bdi>\1</bdi>" if isolate else r"\1"
    pieces = _MARKER.split(words)
    return "".join(
        _MARKER.sub(slot, piece) if number % 2 else escape(piece).replace("\n", "<br />")
        for number, piece in enumerate(pieces)
    )


def direction_of_words(words: str, default: Direction = "ltr") -> Direction:
    """Return the direction of words, slots aside.

    .. versionadded:: 1.0
    """
    return direction_of(_MARKER.sub("", words), default)
