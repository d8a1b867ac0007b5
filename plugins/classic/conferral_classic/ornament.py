"""The sheet without words: paper, engraved border, watermark, rules and seal."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin

from conferral_design_api import mix

from conferral_classic.engraving import TURN, path, rosette, spirograph, strand

MARGIN = 38.0
"""Paper's edge to the border: 10 mm. Its corners reach 6.5 mm, as far as printers do."""
BAND = 40.0
"""Width of the border."""
INSET = MARGIN + BAND + 8
"""Paper's edge to the innermost line."""

_TILE = 42.0
_STRANDS = 8


@dataclass(frozen=True)
class Inks:
    """The colours of a sheet, all ``#rrggbb``."""

    paper: str
    accent: str
    metal: str

    @property
    def fine(self) -> str:
        """For engraved lines: lighter than the accent, since many of them lie close together."""
        return mix(self.accent, self.paper, 0.38)

    @property
    def faint(self) -> str:
        """For the watermark: seen, but never in the way of words."""
        return mix(self.metal, self.paper, 0.86)


def sheet(width: float, height: float, inks: Inks, *, engraved: bool, seal: str) -> str:
    """Return the sheet as SVG elements, without a root."""
    parts = [f'<rect width="{width:g}" height="{height:g}" fill="{inks.paper}"/>']
    if engraved:
        parts += [_watermark(width / 2, height / 2 - 12, inks), *_border(width, height, inks)]
    else:
        parts += _plain_border(width, height, inks)
    return "".join([*parts, seal])


def divider(x: float, y: float, reach: float, inks: Inks) -> str:
    """Return a thin rule that ends in points, with a lozenge in its middle."""
    return (
        f'<g fill="{inks.metal}"><path d="M{x - reach:g} {y:g}L{x - 12:g} {y - 0.7:g}V{y + 0.7:g}z'
        f'M{x + reach:g} {y:g}L{x + 12:g} {y - 0.7:g}V{y + 0.7:g}z"/>'
        f'<path d="M{x - 5.5:g} {y:g}L{x:g} {y - 3.6:g} {x + 5.5:g} {y:g} {x:g} {y + 3.6:g}z"/></g>'
    )


def _frame(inset: float, width: float, height: float, line: float, colour: str) -> str:
    return (
        f'<rect x="{inset:g}" y="{inset:g}" width="{width - 2 * inset:g}" height="{height - 2 * inset:g}" '
        f'fill="none" stroke="{colour}" stroke-width="{line:g}"/>'
    )


def _border(width: float, height: float, inks: Inks) -> Iterator[str]:
    """Draw a braid along the four sides, rosettes on the corners, rules on both its edges."""
    centre = MARGIN + BAND / 2
    yield "<defs>"
    yield f'<g id="classic-rosette" fill="none">{_corner(inks)}</g>'
    across, along = _Side(width - 2 * centre), _Side(height - 2 * centre)
    yield across.symbol("classic-across", inks) + along.symbol("classic-along", inks)
    yield "</defs>"
    yield _frame(MARGIN, width, height, 1.6, inks.accent) + _frame(MARGIN + 3.6, width, height, 0.5, inks.metal)
    yield f'<g transform="translate({centre:g} {centre:g})">{across.tiles("classic-across")}</g>'
    yield f'<g transform="translate({centre:g} {height - centre:g})">{across.tiles("classic-across")}</g>'
    yield f'<g transform="translate({centre:g} {centre:g}) rotate(90)">{along.tiles("classic-along")}</g>'
    yield f'<g transform="translate({width - centre:g} {centre:g}) rotate(90)">{along.tiles("classic-along")}</g>'
    yield _frame(MARGIN + BAND - 3.6, width, height, 0.5, inks.metal)
    yield _frame(MARGIN + BAND, width, height, 1.1, inks.accent) + _frame(INSET, width, height, 0.6, inks.metal)
    for x in (centre, width - centre):
        for y in (centre, height - centre):
            yield f'<use href="#classic-rosette" x="{x:g}" y="{y:g}"/>'


class _Side:
    """One side of the braid: as many equal tiles as come nearest to the wished length."""

    def __init__(self, length: float) -> None:
        self.count = round(length / _TILE)
        self.tile = length / self.count

    def symbol(self, name: str, inks: Inks) -> str:
        """Return one tile: strands in two inks around a row of eyes."""
        height = BAND - 11
        wide = "".join(path(strand(self.tile, height, 1, TURN * i / _STRANDS, 0.34), 8) for i in range(_STRANDS))
        tight = "".join(path(strand(self.tile, height * 0.52, 2, TURN * i / 4, 0.3), 12) for i in range(4))
        return (
            f'<g id="{name}" fill="none" stroke-width=".5"><path d="{wide}" stroke="{inks.fine}"/>'
            f'<path d="{tight}" stroke="{inks.metal}"/></g>'
        )

    def tiles(self, name: str) -> str:
        """Return the tiles side by side along the x axis."""
        return "".join(f'<use href="#{name}" x="{i * self.tile:.2f}"/>' for i in range(self.count))


def _corner(inks: Inks) -> str:
    """Draw a medallion that covers the place where two sides meet."""
    radius = BAND * 0.74
    rings = "".join(
        f'<path d="{path(rosette(radius * 0.97, 16, 0.34, TURN * i / 5), 64, closed=True)}"/>' for i in range(5)
    )
    inner = path(spirograph(radius * 0.62, radius * 0.2, 7, 24), 96, closed=True)
    return (
        f'<path d="{path(rosette(radius + 3.6, 16, 0.075), 64, closed=True)}" fill="{inks.paper}" '
        f'stroke="{inks.accent}" stroke-width="1.1"/>'
        f'<g stroke="{inks.fine}" stroke-width=".45">{rings}</g>'
        f'<circle r="{radius * 0.645:g}" fill="{inks.paper}" stroke="{inks.accent}" stroke-width=".8"/>'
        f'<path d="{inner}" stroke="{inks.metal}" stroke-width=".5"/>'
        f'<circle r="{radius * 0.16:g}" fill="{inks.accent}"/>'
        f'<circle r="{radius * 0.07:g}" fill="{inks.paper}"/>'
    )


def _watermark(x: float, y: float, inks: Inks) -> str:
    """Draw a large rosette behind the words."""
    rings = ((246, 150, 11, 48, 240), (150, 58, 7, 36, 144))
    lines = "".join(path(spirograph(*ring), pieces, closed=True) for *ring, pieces in rings)
    return f'<path transform="translate({x:g} {y:g})" d="{lines}" fill="none" stroke="{inks.faint}" stroke-width=".6"/>'


def _plain_border(width: float, height: float, inks: Inks) -> Iterator[str]:
    """Two rules, the inner one with indented corners."""
    yield _frame(MARGIN + 8, width, height, 2.4, inks.accent) + _frame(MARGIN + 13, width, height, 0.6, inks.accent)
    near, notch = MARGIN + 24, 16.0
    right, bottom = width - near, height - near
    yield (
        f'<path fill="none" stroke="{inks.metal}" stroke-width=".9" d="M{near + notch:g} {near:g}H{right - notch:g}'
        f"A{notch:g} {notch:g} 0 0 0 {right:g} {near + notch:g}V{bottom - notch:g}"
        f"A{notch:g} {notch:g} 0 0 0 {right - notch:g} {bottom:g}H{near + notch:g}"
        f"A{notch:g} {notch:g} 0 0 0 {near:g} {bottom - notch:g}V{near + notch:g}"
        f'A{notch:g} {notch:g} 0 0 0 {near + notch:g} {near:g}z"/>'
    )
    for x in (near + 1, right - 1):
        for y in (near + 1, bottom - 1):
            yield f'<circle cx="{x:g}" cy="{y:g}" r="3.2" fill="{inks.metal}"/>'


SEAL_RADIUS = 52.0


def seal(x: float, y: float, inks: Inks, *, star: bool) -> str:
    """Return the seal."""
    return "".join(_seal(x, y, inks, star=star))


def _seal(x: float, y: float, inks: Inks, *, star: bool) -> Iterator[str]:
    """Draw a foil seal with ribbons; the initial in its middle is a text of the caller's, a star stands in for it."""
    light, dark = mix(inks.metal, "#ffffff", 0.5), mix(inks.metal, "#000000", 0.28)
    radius = SEAL_RADIUS
    yield (
        '<defs><linearGradient id="classic-foil" x1="0" y1="0" x2="1" y2="1">'
        f'<stop offset="0" stop-color="{mix(inks.metal, "#ffffff", 0.3)}"/><stop offset=".38" stop-color="{light}"/>'
        f'<stop offset=".62" stop-color="{inks.metal}"/><stop offset="1" stop-color="{dark}"/>'
        f'</linearGradient></defs><g transform="translate({x:g} {y:g})">'
    )
    for angle, shade in ((19, 0.0), (-19, 0.16)):
        yield (
            f'<path transform="rotate({angle})" fill="{mix(inks.accent, "#000000", shade)}" '
            f'd="M-15 {radius - 14:g}H15V{radius + 40:g}L0 {radius + 29:g}-15 {radius + 40:g}z"/>'
        )
    yield f'<path d="{_star(radius, radius * 0.915, 40)}" fill="url(#classic-foil)" stroke="{dark}" stroke-width=".5"/>'
    yield f'<circle r="{radius * 0.84:g}" fill="none" stroke="{dark}" stroke-width=".7"/>'
    lines = "".join(path(rosette(radius * 0.81, 24, 0.26, TURN * i / 6), 96, closed=True) for i in range(6))
    yield f'<path d="{lines}" fill="none" stroke="{dark}" stroke-opacity=".62" stroke-width=".42"/>'
    yield (
        f'<circle r="{radius * 0.585:g}" fill="url(#classic-foil)" stroke="{dark}" stroke-width="1"/>'
        f'<circle r="{radius * 0.53:g}" fill="none" stroke="{light}" stroke-width=".8"/>'
    )
    if star:
        yield f'<path transform="rotate(-90)" d="{_star(radius * 0.33, radius * 0.135, 5)}" fill="{dark}"/>'
    yield "</g>"


def _star(outer: float, inner: float, points: int) -> str:
    """Return a star; with many points it is the pinked edge of a foil seal."""
    corners = (
        (radius * cos(pi * i / points), radius * sin(pi * i / points))
        for i, radius in ((i, inner if i % 2 else outer) for i in range(2 * points))
    )
    return "M" + " ".join(f"{x:.2f} {y:.2f}" for x, y in corners) + "z"
