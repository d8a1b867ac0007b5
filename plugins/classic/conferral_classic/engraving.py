"""Engraved lines: the curves of banknotes and share certificates, computed and written as SVG paths.

A curve is sampled with its derivative and joined by cubic Bezier pieces (Hermite form), so that a few points give a
smooth line and a border stays small.
"""

from collections.abc import Callable
from math import cos, pi, sin

Curve = Callable[[float], tuple[float, float]]
"""A parameter from 0 to 1 to a point."""

TURN = 2 * pi
_STEP = 1e-5


def path(curve: Curve, pieces: int, *, closed: bool = False) -> str:
    """Write a curve as path data of that many Bezier pieces, with relative coordinates of two decimals."""
    points = [curve(i / pieces) for i in range(pieces + 1)]
    slopes = [_slope(curve, i / pieces) for i in range(pieces + 1)]
    written_x, written_y = round(points[0][0], 2), round(points[0][1], 2)
    data = [f"M{_number(written_x)} {_number(written_y)}c"]
    for i in range(pieces):
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        (dx0, dy0), (dx1, dy1) = slopes[i], slopes[i + 1]
        third = 1 / (3 * pieces)
        corners = ((x0 + dx0 * third, y0 + dy0 * third), (x1 - dx1 * third, y1 - dy1 * third), (x1, y1))
        numbers = [value for x, y in corners for value in (round(x - written_x, 2), round(y - written_y, 2))]
        data.append(_joined(numbers))
        # Relative to what was written, not to what was meant: rounding must not add up.
        written_x, written_y = written_x + numbers[4], written_y + numbers[5]
    return "".join(data) + ("z" if closed else "")


def rosette(radius: float, lobes: int, depth: float, phase: float = 0) -> Curve:
    """Return a circle whose radius swings ``lobes`` times between ``radius`` and ``radius * (1 - depth)``."""

    def curve(t: float) -> tuple[float, float]:
        angle = TURN * t
        distance = radius * (1 - depth / 2 + depth / 2 * cos(lobes * angle + phase))
        return distance * cos(angle), distance * sin(angle)

    return curve


def spirograph(radius: float, inner: float, turns: int, petals: int) -> Curve:
    """Return a line that goes round ``turns`` times between two circles, touching the outer one ``petals`` times.

    ``turns`` and ``petals`` should have no common divisor, else the line repeats itself.
    """
    middle, swing = (radius + inner) / 2, (radius - inner) / 2

    def curve(t: float) -> tuple[float, float]:
        angle = TURN * turns * t
        distance = middle + swing * cos(TURN * petals * t)
        return distance * cos(angle), distance * sin(angle)

    return curve


def strand(length: float, height: float, waves: int, phase: float, waist: float) -> Curve:
    """Return one strand of a braid along the x axis that repeats after ``length``.

    :param waves: of the strand within the length; whole, so that repetitions join.
    :param waist: how narrow the braid becomes between two repetitions, 0 (not at all) to 1.
    """

    def curve(t: float) -> tuple[float, float]:
        envelope = height / 2 * (1 - waist * (1 + cos(TURN * t)) / 2)
        return length * t, envelope * sin(TURN * waves * t + phase)

    return curve


def _slope(curve: Curve, t: float) -> tuple[float, float]:
    (x0, y0), (x1, y1) = curve(t - _STEP), curve(t + _STEP)
    return (x1 - x0) / (2 * _STEP), (y1 - y0) / (2 * _STEP)


def _joined(numbers: list[float]) -> str:
    """Join numbers as path data allows: no space is needed before a minus sign."""
    text = ""
    for number in numbers:
        written = _number(number)
        text += written if written.startswith("-") or not text else f" {written}"
    return text if text.startswith("-") else f" {text}"


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if text in {"-0", ""}:
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
