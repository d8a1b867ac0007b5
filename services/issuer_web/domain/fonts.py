"""Which families of a credential's artwork its page uses too, so that a name looks right on a machine without fonts."""

import re
from collections.abc import Iterable

from conferral.contracts.edition import FontManifest

_RANGE = re.compile(r"U\+([0-9A-Fa-f?]{1,6})(?:-([0-9A-Fa-f]{1,6}))?")
_OWN_FONT_ENDS = 0x250
"""The page's own family covers Latin letters."""


def parse_ranges(unicode_range: str) -> list[tuple[int, int]]:
    """Return first and last code point of each part of a CSS unicode-range."""
    return [
        (int(first.replace("?", "0"), 16), int(last or first.replace("?", "F"), 16))
        for first, last in _RANGE.findall(unicode_range)
    ]


def families_for(manifest: FontManifest, drawn: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Return families that have characters which the page's own family lacks.

    :param drawn: keys of the slices that the artwork needs, and which the page therefore loads anyhow.
    """
    needed = {ord(character) for text in texts for character in text if ord(character) >= _OWN_FONT_ENDS}
    found: dict[str, None] = {}
    for key in drawn:
        piece = manifest.slices.get(key)
        if piece is None or piece.family in found:
            continue
        ranges = parse_ranges(piece.unicode_range)
        if any(first <= code <= last for code in needed for first, last in ranges):
            found[piece.family] = None
    return list(found)
