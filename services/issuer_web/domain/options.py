"""A design's options: what a plugin declares of them, and what somebody entered.

A form sends text, ``option-<key>`` for each; a toggle that is off sends nothing. Images are data addresses: they are
part of the design, and are drawn by its plugin into the artwork.
"""

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from pydantic import Field, ValidationError

from conferral.contracts.message import Many, Record
from services.issuer_web.domain import text

FIELD = "option-"
LONGEST_TEXT = 300
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_IMAGE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/]{1,60000}={0,2})")
_EASY_TO_SEE = 3.0
"""Contrast of graphics, WCAG 2.2, 1.4.11."""

OptionValue = str | float | bool


class Option(Record):
    """An option as the design API declares it; see there."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    label: str = Field(min_length=1, max_length=200)
    type: Literal["colour", "font", "image", "text", "choice", "toggle", "number"]
    default: bool | int | float | str
    group: str = Field(default="", max_length=200)
    help: str = Field(default="", max_length=500)
    choices: Many[str] = ()
    minimum: float | None = None
    maximum: float | None = None
    on: str = ""

    @property
    def name(self) -> str:
        """The form field's name."""
        return FIELD + self.key

    @property
    def allowed(self) -> tuple[str, ...]:
        """What may be chosen."""
        return self.choices or (str(self.default),)


@dataclass
class Options:
    """What was entered, as the form shows it, and what it means."""

    typed: dict[str, str]
    values: dict[str, OptionValue] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def declared_options(raw: Sequence[Mapping[str, Any]]) -> tuple[Option, ...]:
    """Read a plugin's declarations.

    :raises ValueError: one is not as the design API says; the text names it.
    """
    try:
        found = tuple(Option.model_validate({**one, "choices": tuple(one.get("choices") or ())}) for one in raw)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    if len({one.key for one in found}) < len(found):
        raise ValueError("two options have the same key")
    return found


def in_groups(options: Sequence[Option]) -> list[tuple[str, list[Option]]]:
    """Return the options under their headings, both in the order of the plugin."""
    order = list(dict.fromkeys(one.group for one in options))
    ordered = sorted(options, key=lambda one: order.index(one.group))
    return [(name, list(members)) for name, members in groupby(ordered, key=lambda one: one.group)]


def as_typed(options: Sequence[Option], values: Mapping[str, Any]) -> dict[str, str]:
    """Return stored values, or the defaults, as the form shows them."""
    typed = {}
    for one in options:
        value = values.get(one.key, one.default)
        if one.type == "toggle":
            typed[one.key] = "on" if value is True else ""
        else:
            typed[one.key] = f"{value:g}" if isinstance(value, float) else str(value)
    return typed


def check(options: Sequence[Option], typed: Mapping[str, str]) -> Options:
    """Compare what was entered with what is declared."""
    entered = Options({one.key: typed.get(one.key, "") for one in options})
    for one in options:
        value, problem = _CHECKS[one.type](one, entered.typed[one.key])
        if problem:
            entered.problems[one.key] = problem
        else:
            entered.values[one.key] = value
    return entered


def contrast_warnings(options: Sequence[Option], values: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return label, label of what it is drawn on, and contrast, for each colour that is hard to see there."""
    colours = {one.key: one for one in options if one.type == "colour"}
    found = []
    for one in colours.values():
        below = colours.get(one.on)
        mine, its = values.get(one.key), values.get(one.on)
        if below and isinstance(mine, str) and isinstance(its, str):
            ratio = contrast(mine, its)
            if ratio < _EASY_TO_SEE:
                # rounded down: 2.96 is not the 3 that is asked for
                found.append((one.label, below.label, f"{math.floor(ratio * 10) / 10:.1f}"))
    return found


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours written ``#rrggbb``, 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004 - sRGB's own constants
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


Checked = tuple[OptionValue, str | None]


def _colour(_: Option, typed: str) -> Checked:
    wrong = text.marked("Enter a colour as # and six digits or letters from a to f, such as #1d3557.")
    return typed.lower(), None if _COLOUR.fullmatch(typed) else wrong


def _text(_: Option, typed: str) -> Checked:
    clean = text.tidy(typed)
    return clean, text.text_problem(clean, LONGEST_TEXT)


def _choice(option: Option, typed: str) -> Checked:
    return typed, None if typed in option.allowed else text.marked("Choose one of the listed values.")


def _toggle(_: Option, typed: str) -> Checked:
    return typed == "on", None


def _number(option: Option, typed: str) -> Checked:
    clean = text.tidy(typed)
    if problem := text.number_problem(clean):
        return 0.0, problem
    value = float(clean)
    if option.minimum is not None and value < option.minimum:
        return value, text.marked("This number is too small.")
    if option.maximum is not None and value > option.maximum:
        return value, text.marked("This number is too large.")
    return int(value) if isinstance(option.default, int) and value.is_integer() else value, None


def _image(option: Option, typed: str) -> Checked:
    if typed in {"", str(option.default)}:
        return typed, None
    matched = _IMAGE.fullmatch(typed)
    starts = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
    try:
        right = matched is not None and base64.b64decode(matched[2], validate=True).startswith(starts[matched[1]])
    except ValueError:
        right = False
    return typed, None if right else text.marked("This is not a picture that can be used.")


_CHECKS = {
    "colour": _colour,
    "font": _choice,
    "choice": _choice,
    "image": _image,
    "text": _text,
    "toggle": _toggle,
    "number": _number,
}
