"""One recipient's drawing as SVG that is safe inside an HTML page, whatever the runs hold."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape

import segno

from conferral.contracts.edition import Drawing, QrRun, Run, TextRun
from conferral.contracts.template import Template

# What XML 1.0 section 2.2 leaves out of Char. Dropped rather than refused: a page that is read must not fail.
_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# SVG's start is the end of the line that reading begins at; ours is always the left one.
_MIRRORED = {"start": "end", "middle": "middle", "end": "start"}

DRAWING_SLOT = "drawing"
"""The one slot of an artwork's template."""


def draw(runs: Sequence[Run]) -> str:
    """Return the runs as SVG elements, without a root: they go where the artwork's marker was."""
    return "".join(_text(run) if isinstance(run, TextRun) else _qr(run) for run in runs)


def complete(template: Template, drawing: Drawing) -> str:
    """Return the whole artwork of one recipient as an SVG document.

    :param template: the edition's artwork.
    :raises KeyError: the template has other slots than ``drawing``.
    """
    return template.fill({DRAWING_SLOT: draw(drawing.runs)})


def number(value: float) -> str:
    """Return a coordinate with at most two decimals and no exponent."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def css_string(text: str) -> str:
    """Return text as a CSS string that can end neither itself, nor a style element, nor an attribute."""
    return "'" + re.sub(r"[^A-Za-z0-9 _.,+-]", lambda match: f"\\{ord(match[0]):x} ", _NOT_XML.sub("", text)) + "'"


def _text(run: TextRun) -> str:
    anchor = run.anchor if run.direction == "ltr" else _MIRRORED[run.anchor]
    attributes = [
        ("x", number(run.x)),
        ("y", number(run.y)),
        ("font-family", ",".join(map(css_string, run.families))),
        ("font-size", number(run.size)),
        ("font-weight", str(run.weight)),
        ("fill", run.fill),
        ("text-anchor", anchor),
        # Both are always written: an HTML page around the artwork may have another direction.
        ("direction", run.direction),
        ("unicode-bidi", "isolate"),
    ]
    if run.style != "normal":
        attributes.append(("font-style", run.style))
    if run.letter_spacing:
        attributes.append(("letter-spacing", number(run.letter_spacing)))
    if run.language:
        attributes.append(("lang", run.language))
    return f"<text{_attributes(attributes)}>{_escaped(run.text)}</text>"


def _qr(run: QrRun) -> str:
    path, modules = _qr_path(run.data)
    attributes = [
        ("d", path),
        ("transform", f"translate({number(run.x)} {number(run.y)}) scale({run.size / modules:.5f})"),
        ("fill", run.fill),
        ("shape-rendering", "crispEdges"),
    ]
    if not run.label:
        return f"<path{_attributes([*attributes, ('aria-hidden', 'true')])}/>"
    attributes += [("role", "img"), ("aria-label", run.label)]
    return f"<path{_attributes(attributes)}><title>{_escaped(run.label)}</title></path>"


@lru_cache(maxsize=256)
def _qr_path(data: str) -> tuple[str, int]:
    """Return the dark modules as one path in a grid of modules, and how many modules a side has."""
    code = segno.make(data, micro=False, error="m")
    rows = [bytes(row) for row in code.matrix]
    pieces = [
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for start, length in _dark_stretches(row)
    ]
    return "".join(pieces), len(rows)


def _dark_stretches(row: bytes) -> Iterable[tuple[int, int]]:
    return ((match.start(), match.end() - match.start()) for match in re.finditer(rb"\x01+", row))


def _attributes(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f' {name}="{_escaped(value)}"' for name, value in pairs)


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("", text), quote=True)
