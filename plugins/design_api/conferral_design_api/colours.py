"""Colours written ``#rrggbb``."""

import re

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_AA_NORMAL_TEXT = 4.5


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue from 0 to 255.

    :raises ValueError: it is not written ``#rrggbb``.
    """
    if not _COLOUR.fullmatch(colour):
        raise ValueError(f"not a colour: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(one: str, other: str, share: float) -> str:
    """Return ``one`` with a share (0 to 1) of ``other`` in it."""
    mixed = (round(a + (b - a) * share) for a, b in zip(rgb(one), rgb(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def legible(colour: str, background: str, least: float = _AA_NORMAL_TEXT) -> str:
    """Return the colour, moved towards black or white as far as its contrast with the background needs."""
    end = "#000000" if contrast("#000000", background) > contrast("#ffffff", background) else "#ffffff"
    for step in range(21):
        moved = mix(colour, end, step / 20)
        if contrast(moved, background) >= least:
            return moved
    return end


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own constant
