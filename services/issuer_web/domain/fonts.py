"""Which of an edition's font slices the words of its page need, so that they look the same without any fonts."""

import re
from bisect import bisect_right
from collections.abc import Iterable

from conferral.contracts.edition import FontManifest

_RANGE = re.compile(r"U\+([0-9A-Fa-f?]{1,6})(?:-([0-9A-Fa-f]{1,6}))?")
_OWN_FONT_ENDS = 0x250
"""The page's own family covers Latin letters."""
REGULAR = 400


def parse_ranges(unicode_range: str) -> list[tuple[int, int]]:
    """Return first and last code point of each part of a CSS unicode-range."""
    return [
        (int(first.replace("?", "0"), 16), int(last or first.replace("?", "F"), 16))
        for first, last in _RANGE.findall(unicode_range)
    ]


class FontIndex:
    """A manifest by code point: upright slices of regular weight; the first family that has a character wins."""

    def __init__(self, manifest: FontManifest) -> None:
        self._families: dict[str, list[tuple[int, int, str]]] = {}
        for key, piece in manifest.slices.items():
            if piece.style == "normal" and piece.weight == REGULAR:
                ranges = self._families.setdefault(piece.family, [])
                ranges += [(first, last, key) for first, last in parse_ranges(piece.unicode_range)]
        for ranges in self._families.values():
            ranges.sort()

    def slices_for(self, texts: Iterable[str]) -> dict[str, str]:
        """Return slice key to family for the characters that the page's own family does not have."""
        needed = {ord(character) for text in texts for character in text if ord(character) >= _OWN_FONT_ENDS}
        found: dict[str, str] = {}
        for code in sorted(needed):
            for family, ranges in self._families.items():
                if key := _find(ranges, code):
                    found[key] = family
                    break
        return found


def _find(ranges: list[tuple[int, int, str]], code: int) -> str | None:
    at = bisect_right(ranges, (code, 0x110000, "")) - 1
    if at >= 0 and ranges[at][0] <= code <= ranges[at][1]:
        return ranges[at][2]
    return None
