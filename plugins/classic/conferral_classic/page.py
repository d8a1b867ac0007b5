"""A sheet: its size, colours and language, and how lines of text are set on it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from conferral_design_api import SERIF, Direction, Fitted, Text, Typeface, direction_of, typeface

from conferral_classic.ornament import INSET

Anchor = Literal["start", "middle", "end"]
_OPPOSITE: Mapping[Anchor, Anchor] = {"start": "end", "middle": "middle", "end": "start"}

# What an A4 sheet has between the upper and the lower inner frame, in round figures.
_INNER_A4 = 630.0

# How much larger a script is set to look as large as Latin letters of the same size.
_OPTICAL = ((re.compile("[\u0590-\u05ff]"), 1.06), (re.compile("[\u0600-\u08ff]"), 1.2))
_JOINED = re.compile("[\u0600-\u109f]")


@dataclass(frozen=True)
class Page:
    """What ``complete`` needs to know of a sheet. JSON-compatible by ``asdict``."""

    width: float
    height: float
    language: str
    direction: Direction
    ink: str
    strong: str
    soft: str
    issuer: str
    achievement: str
    statement: str
    qr: bool
    seal: bool
    display: str = SERIF

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """Read what ``state`` wrote."""
        return cls(**state)

    def state(self) -> dict[str, Any]:
        """Return this page as JSON-compatible data."""
        return asdict(self)

    @property
    def middle(self) -> float:
        """The vertical axis."""
        return self.width / 2

    @property
    def box(self) -> float:
        """How wide a centred line may be."""
        return self.width - 2 * INSET - 108

    def y(self, from_top: float) -> float:
        """Return a height on the sheet for a distance on an A4 sheet."""
        return INSET + from_top * (self.height - 2 * INSET) / _INNER_A4

    def x(self, from_start: float) -> float:
        """Return a place on the sheet for a distance from the side where reading begins."""
        return from_start if self.direction == "ltr" else self.width - from_start

    def face(
        self, text: str, *, weight: int = 400, italic: bool = False, spacing: float = 0, first: str = SERIF
    ) -> Typeface:
        """Return the typeface for a text of this page."""
        style: Literal["normal", "italic"] = "italic" if italic else "normal"
        return typeface(self.language, text, first=first, weight=weight, style=style, letter_spacing=spacing)

    def lines(
        self,
        fitted: Fitted,
        face: Typeface,
        y: float,
        fill: str,
        *,
        x: float | None = None,
        anchor: Anchor = "middle",
        leading: float = 1.2,
    ) -> Iterator[Text]:
        """Return fitted lines as runs, the first one's baseline at ``y``. ``anchor`` is as reading goes."""
        physical = anchor if self.direction == "ltr" else _OPPOSITE[anchor]
        spacing = face.letter_spacing * fitted.size
        for number, line in enumerate(fitted.lines):
            yield Text(
                text=line,
                # The space after the last letter is drawn as well: half of it goes to the other side.
                x=(self.middle if x is None else x) + (spacing / 2 if anchor == "middle" else 0),
                y=y + number * fitted.size * leading,
                size=fitted.size,
                families=face.used_by(line),
                weight=face.weight,
                style=face.style,
                fill=fill,
                anchor=physical,
                direction=direction_of(line, self.direction),
                letter_spacing=spacing,
                language=self.language,
            )


def optical(text: str) -> float:
    """Return the factor by which a text is set larger than Latin letters, to look as large."""
    return next((factor for script, factor in _OPTICAL if script.search(text)), 1.0)


def joined(text: str) -> bool:
    """Tell whether a text has letters of Arabic or Indic scripts, which reach further down than Latin ones."""
    return _JOINED.search(text) is not None


def stands_alone(letter: str) -> bool:
    """Tell whether a letter looks right by itself: not one of the joined scripts, whose letters sit unevenly."""
    return not _JOINED.match(letter)


def overline(text: str, language: str) -> str:
    """Return text in capitals where that is safe: not in Turkic languages, Greek or German with a sharp s."""
    if language.split("-", maxsplit=1)[0] in {"tr", "az", "el", "lt"} or "ß" in text:
        return text
    return text.upper()
