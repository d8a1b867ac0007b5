"""What a design's SVG may consist of. Everything else is refused, so a new danger needs no new rule."""

import re

SVG = "http://www.w3.org/2000/svg"

_TEXT_CONTENT = frozenset({"text", "tspan", "title", "desc"})
ELEMENTS = _TEXT_CONTENT | {
    "svg", "defs", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "linearGradient",
    "radialGradient", "stop", "clipPath", "mask", "pattern", "symbol", "use", "image",
}  # fmt: skip

LEAVES = frozenset({"title", "desc"})
"""Text only: in an HTML page these would begin HTML again."""

MARKER_PARENTS = frozenset({"svg", "g"})
"""Where runs of text can be drawn."""

_GEOMETRY = {
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "fr", "dx", "dy", "rotate", "width",
    "height", "d", "points", "pathLength", "viewBox", "preserveAspectRatio", "transform", "textLength", "lengthAdjust",
}  # fmt: skip
_PAINT = {
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
    "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "opacity", "color", "display",
    "visibility", "overflow", "clip-path", "clip-rule", "mask", "mask-type", "paint-order", "shape-rendering",
    "text-rendering", "image-rendering", "color-interpolation", "vector-effect", "offset", "stop-color",
    "stop-opacity", "gradientUnits", "gradientTransform", "spreadMethod", "patternUnits", "patternContentUnits",
    "patternTransform", "clipPathUnits", "maskUnits", "maskContentUnits",
}  # fmt: skip
_TEXT = {
    "font-family", "font-size", "font-weight", "font-style", "font-variant", "font-stretch", "letter-spacing",
    "word-spacing", "text-anchor", "text-decoration", "dominant-baseline", "alignment-baseline", "baseline-shift",
    "direction", "unicode-bidi", "writing-mode", "lang",
}  # fmt: skip
_ACCESSIBILITY = {"role", "aria-hidden", "aria-label"}
ATTRIBUTES = frozenset(_GEOMETRY | _PAINT | _TEXT | _ACCESSIBILITY | {"id", "href", "version"})

ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
LOCAL_REFERENCE = re.compile(r"#([A-Za-z_][A-Za-z0-9_.-]{0,63})")
PAINT_SERVER = re.compile(r"url\(#([A-Za-z_][A-Za-z0-9_.-]{0,63})\)(?= |$)")
DANGEROUS_VALUE = re.compile(r"url\s*\(|image-set|javascript:|expression\s*\(|@import|var\s*\(|\\|/\*", re.IGNORECASE)
"""Looked for after references to the document's own paint servers have been taken out."""

DATA_IMAGE = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/]+={0,2})")
IMAGE_STARTS = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}

LARGEST_SVG = 200_000
"""Bytes. A drawing is added to it, and the whole has to fit in one message of 256 kB."""
MOST_ELEMENTS = 5_000
