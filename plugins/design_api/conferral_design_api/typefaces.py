"""A typeface: families in order of preference, and how text is set in them."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, Self

from conferral_design_fonts import Style, itemise, manifest, missing, nearest_face

SERIF = "EB Garamond"
SANS = "Inter"

_SCRIPTS = (
    "Amiri",
    "Noto Serif Hebrew",
    "Noto Serif Devanagari",
    "Noto Serif Bengali",
    "Noto Serif Tamil",
    "Noto Serif Thai",
    "Noto Serif Armenian",
    "Noto Serif Georgian",
)
_HAN = {"JP": "Noto Serif JP", "KR": "Noto Serif KR", "TC": "Noto Serif TC", "SC": "Noto Serif SC"}
_EMOJI = "Noto Emoji"
# A wish for 600 or more makes a browser thicken a lighter font (CSS Fonts 4, section 7.2).
_NEVER_FAKED = 500
_KANA = re.compile("[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_BOPOMOFO = re.compile("[\u3105-\u312f]")
_HAN_CHARACTER = re.compile("[\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Typeface:
    """How a text is set, whatever its size.

    :param families: in order of preference; each character is drawn by the first one that has it.
    :param letter_spacing: in em; 0 for joined scripts, which letter spacing would tear apart.
    :param language: BCP 47; chooses local letter forms.
    """

    families: tuple[str, ...]
    weight: int = 400
    style: Style = "normal"
    letter_spacing: float = 0
    language: str | None = None

    def but(self, weight: int | None = None, style: Style | None = None, letter_spacing: float | None = None) -> Self:
        """Return this typeface with some things changed."""
        return replace(
            self,
            weight=self.weight if weight is None else weight,
            style=self.style if style is None else style,
            letter_spacing=self.letter_spacing if letter_spacing is None else letter_spacing,
        )

    def used_by(self, text: str) -> tuple[str, ...]:
        """Return the families that a text really needs, so that a run stores no more. Never empty."""
        keys = {item.key for item in itemise(text, self.families, self.weight, self.style)}
        drawn = {manifest()[key].family for key in keys if key is not None}
        return tuple(family for family in self.families if family in drawn) or self.families[:1]


@lru_cache(maxsize=4096)
def default_families(language: str, text: str = "", first: str = SERIF) -> tuple[str, ...]:
    """Return a chain of families that draws every script we have fonts for.

    :param language: BCP 47. Han characters look different in Chinese, Japanese and Korean: it decides.
    :param text: kana, hangul or bopomofo in it decide before the language does (a Japanese name in a German frame).
    :param first: the family for Latin, Greek and Cyrillic: ``SERIF``, ``SANS`` or another of the fonts package.
    """
    latin = (first,) if first == SERIF else (first, SERIF)
    region = _han_region(language, text)
    han = (_HAN[region], *(family for name, family in _HAN.items() if name != region))
    return (*latin, *_SCRIPTS, *han, _EMOJI)


def typeface(
    language: str,
    text: str = "",
    *,
    first: str = SERIF,
    weight: int = 400,
    style: Literal["normal", "italic"] = "normal",
    letter_spacing: float = 0,
) -> Typeface:
    """Return a typeface with the chain of ``default_families``.

    Letter spacing is dropped where it would tear joined letters apart, and what a browser would have to fake is not
    asked for: italics that the first family has not for the whole text, a bold that some of its fonts have not.
    """
    families = default_families(language, text, first)
    nearest = nearest_face(first, weight, style)
    slanted = (
        style == "italic" and nearest is not None and nearest[1] == style and not missing(text, (first,), weight, style)
    )
    drawn: Style = "italic" if slanted else "normal"
    spacing = 0 if _JOINED.search(text) else letter_spacing
    return Typeface(families, _real_weight(text, families, weight, drawn), drawn, spacing, language)


def _real_weight(text: str, families: tuple[str, ...], weight: int, style: Style) -> int:
    """Return the weight, or the boldest below it that a browser draws without smearing lighter letters."""
    if weight <= _NEVER_FAKED:
        return weight
    lightest = min(
        (manifest()[item.key].weight for item in itemise(text, families, weight, style) if item.key), default=weight
    )
    return weight if lightest > _NEVER_FAKED else _NEVER_FAKED


_JOINED = re.compile("[\u0600-\u08ff\u0900-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc]")


def _han_region(language: str, text: str) -> str:
    if _KANA.search(text):
        return "JP"
    if _BOPOMOFO.search(text):
        return "TC"
    if _HANGUL.search(text) and not _HAN_CHARACTER.search(text):
        return "KR"
    tag = language.lower().replace("_", "-").split("-")
    by_language = {"ja": "JP", "ko": "KR"}
    if tag[0] in by_language:
        return by_language[tag[0]]
    if tag[0] == "yue" or (tag[0] == "zh" and {"hant", "tw", "hk", "mo"} & set(tag[1:])):
        return "TC"
    return "KR" if _HANGUL.search(text) else "SC"
