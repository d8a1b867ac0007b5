"""A design's SVG, checked against the allow-list and made a template that may stand inside an HTML page."""

import base64
import binascii
import re

from lxml import etree

from conferral.contracts.canonical import digest_of
from conferral.contracts.edition import Run
from conferral.contracts.template import Template
from conferral.drawing.svg import DRAWING_SLOT, draw, number
from services.publisher.domain import svg_allowed as allowed

_MARKER = re.compile(r"\{\{ ?([a-z][a-z0-9_]*) ?\}\}")
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_PLACE = "<?conferral-drawing?>"
_ONE_MARKER = f"it does not have exactly one marker {{{{ {DRAWING_SLOT} }}}} inside an svg or g element"
_PREFIX_LENGTH = 8


class Refused(ValueError):
    """The SVG is not allowed; the text names element and line."""


def artwork_template(svg: str, width: float, height: float, static_runs: tuple[Run, ...] = ()) -> Template:
    """Return the artwork as a template with the one slot ``drawing``.

    Ids get a prefix of their own, so that several artworks can stand on one page. ``static_runs`` are drawn just
    before the slot. Width, height and view box are those given, whatever the root says.

    :raises Refused: something in it is not on the allow-list.
    """
    root = _parse(svg)
    prefix = f"a{digest_of(svg.encode())[:_PREFIX_LENGTH]}-"
    for count, element in enumerate(root.iter(), start=1):
        if count > allowed.MOST_ELEMENTS:
            raise Refused(f"it has more than {allowed.MOST_ELEMENTS} elements")
        if not isinstance(element.tag, str):
            _check_place(element)
            continue
        _check_element(element)
        _check_attributes(element, prefix)
    root.set("width", number(width))
    root.set("height", number(height))
    root.set("viewBox", root.get("viewBox") or f"0 0 {number(width)} {number(height)}")
    before, *others = etree.tostring(root, encoding="unicode").split(_PLACE)
    if len(others) != 1:
        raise Refused(_ONE_MARKER)
    (after,) = others
    return Template(literals=(before + draw(static_runs), after), slots=(DRAWING_SLOT,))


def _parse(svg: str) -> etree._Element:
    if len(svg.encode(errors="replace")) > allowed.LARGEST_SVG:
        raise Refused(f"it is larger than {allowed.LARGEST_SVG} bytes")
    # Refused before parsing, so that no entity is ever expanded.
    if _DECLARATION.search(svg):
        raise Refused("it has a document type or entities")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, huge_tree=False
    )
    try:
        root = etree.fromstring(_with_place(svg).encode(), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise Refused(f"it is not well-formed XML: {error}") from None
    if root.tag != f"{{{allowed.SVG}}}svg":
        raise Refused(f"its root is not svg in the namespace {allowed.SVG}")
    return root


def _with_place(svg: str) -> str:
    """Put a processing instruction where the marker is: braces that were escaped in the source stay plain text."""
    for match in _MARKER.finditer(svg):
        if match[1] != DRAWING_SLOT:
            line = svg.count("\n", 0, match.start()) + 1
            raise Refused(f"the marker {match[0]} in line {line} is not {{{{ {DRAWING_SLOT} }}}}")
    marked, count = _MARKER.subn(_PLACE, svg)
    if count != 1:
        raise Refused(_ONE_MARKER)
    return marked


def _check_place(instruction: etree._Element) -> None:
    parent = instruction.getparent()
    if parent is None or str(instruction) != _PLACE or _name(parent) not in allowed.MARKER_PARENTS:
        raise Refused(f"a marker or processing instruction in line {instruction.sourceline} is not inside svg or g")


def _check_element(element: etree._Element) -> None:
    name = _name(element)
    if name is None or name not in allowed.ELEMENTS:
        raise _refused(element, "the element is not allowed")
    if name == "svg" and element.getparent() is not None:
        raise _refused(element, "an svg inside the svg is not allowed")
    if name in allowed.LEAVES and len(element):
        raise _refused(element, "it may hold text only")


def _check_attributes(element: etree._Element, prefix: str) -> None:
    for key, value in element.attrib.items():
        attribute, text = str(key), str(value)
        if attribute not in allowed.ATTRIBUTES:
            raise _refused(element, f"the attribute {attribute} is not allowed")
        element.set(attribute, _checked_value(element, attribute, text, prefix))


def _checked_value(element: etree._Element, attribute: str, value: str, prefix: str) -> str:
    """Return the value with ids prefixed."""
    if attribute == "id":
        if not allowed.ID.fullmatch(value):
            raise _refused(element, f"the id {value[:40]!r} is not plain")
        return prefix + value
    if attribute == "href":
        return _checked_reference(element, value, prefix)
    if allowed.DANGEROUS_VALUE.search(allowed.PAINT_SERVER.sub("", value)):
        raise _refused(element, f"the value of {attribute} refers outside, or is no presentation value")
    return allowed.PAINT_SERVER.sub(rf"url(#{prefix}\1)", value)


def _checked_reference(element: etree._Element, value: str, prefix: str) -> str:
    local = allowed.LOCAL_REFERENCE.fullmatch(value)
    if local and _name(element) != "image":
        return f"#{prefix}{local[1]}"
    image = allowed.DATA_IMAGE.fullmatch(value)
    if image and _name(element) == "image":
        try:
            content = base64.b64decode(image[2], validate=True)
        except binascii.Error:
            content = b""
        if content.startswith(allowed.IMAGE_STARTS[image[1]]):
            return value
    raise _refused(element, "it refers to something that is neither in the document nor a PNG or JPEG of its own")


def _name(element: etree._Element) -> str | None:
    """Return the local name; None for what is no SVG element, or would be none in HTML, which knows no prefixes."""
    if not isinstance(element.tag, str) or element.prefix is not None:
        return None
    name = etree.QName(element)
    return name.localname if name.namespace == allowed.SVG else None


def _refused(element: etree._Element, problem: str) -> Refused:
    shown = etree.QName(element).localname if isinstance(element.tag, str) else "node"
    return Refused(f"<{shown}> in line {element.sourceline}: {problem}")
