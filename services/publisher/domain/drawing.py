"""A design's completion, checked and given the font slices that it needs."""

import math
import re
from collections.abc import Iterable
from functools import lru_cache

from conferral_design_fonts import Style, manifest, slices_for
from conferral_design_fonts import families as font_families

from conferral.contracts.edition import Drawing, QrRun, Run, TextRun
from services.publisher.domain.design import Completion

_LONGEST_TEXT = 500
_LONGEST_QR = 1_000
_LARGEST = 20_000
"""User units: beyond it nothing can be seen, and browsers lose precision."""
_MOST_CHARACTERS = 8_000
"""Of one recipient's texts: every published version keeps them."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")


class Refused(ValueError):
    """The drawing is not allowed; the text says why."""


def checked_drawing(completion: Completion, static_fonts: tuple[str, ...]) -> Drawing:
    """Return the drawing with the keys of all slices that it and the artwork need.

    :raises Refused: a run is out of bounds, or in a family that is not shipped.
    """
    for run in completion.runs:
        check_run(run)
    if sum(len(_text_of(run)) for run in completion.runs) > _MOST_CHARACTERS:
        raise Refused(f"its texts are longer than {_MOST_CHARACTERS} characters together")
    if has_controls(completion.alternative):
        raise Refused("its alternative text has a control character")
    return Drawing(
        runs=tuple(map(_slim, completion.runs)),
        fonts=tuple(dict.fromkeys((*static_fonts, *fonts_of(completion.runs)))),
        alternative=completion.alternative,
    )


def _slim(run: Run) -> Run:
    """Leave out what draws nothing: families without a character of the text, decimals beyond a hundredth."""
    slim: dict[str, object] = {"x": round(run.x, 2), "y": round(run.y, 2), "size": round(run.size, 2) or run.size}
    if isinstance(run, TextRun):
        slim["families"] = _used(run.text, run.families, run.weight, run.style)
    changes = {name: value for name, value in slim.items() if getattr(run, name) != value}
    return run.model_copy(update=changes) if changes else run


@lru_cache(maxsize=16384)
def _used(text: str, families: tuple[str, ...], weight: int, style: Style) -> tuple[str, ...]:
    drawing = {manifest()[key].family for key in slices_for(text, families, weight, style)}
    return tuple(family for family in families if family in drawing) or families[:1]


def check_run(run: Run) -> None:
    """Check one run's bounds.

    :raises Refused: a number, text or family is not one.
    """
    for value in (run.x, run.y, run.size, run.letter_spacing if isinstance(run, TextRun) else 0.0):
        if not math.isfinite(value) or abs(value) > _LARGEST:
            raise Refused(f"a run has {value!r} where a length of at most {_LARGEST} belongs")
    text = _text_of(run)
    if len(text) > (_LONGEST_QR if isinstance(run, QrRun) else _LONGEST_TEXT):
        raise Refused(f"a run has {len(text)} characters")
    if has_controls(text):
        raise Refused("a run has a control character in its text")
    if isinstance(run, TextRun):
        unknown = set(run.families) - _shipped()
        if unknown or not run.families:
            raise Refused(f"a run asks for the font family {min(unknown, default='')!r}, which is not shipped")


def has_controls(text: str) -> bool:
    """Tell whether text has what XML, a mail header or a line of its own cannot hold; line feeds included."""
    return _CONTROLS.search(text) is not None


def fonts_of(runs: Iterable[Run]) -> tuple[str, ...]:
    """Return the keys of the font slices that runs need, in the order of use."""
    keys: dict[str, None] = {}
    for run in runs:
        if isinstance(run, TextRun):
            keys.update(dict.fromkeys(slices_for(run.text, run.families, run.weight, run.style)))
    return tuple(keys)


def _text_of(run: Run) -> str:
    return run.text if isinstance(run, TextRun) else run.data + run.label


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    return frozenset(font_families())
