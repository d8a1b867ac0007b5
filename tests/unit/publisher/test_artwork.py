import base64
import re

import pytest
from lxml import etree

from conferral.contracts.edition import Drawing, TextRun
from conferral.drawing.svg import complete
from services.publisher.domain.artwork import Refused, artwork_template
from services.publisher.domain.svg_allowed import LARGEST_SVG, MOST_ELEMENTS

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">'
PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 30).decode()


def svg(inside: str, marker: str = "{{ drawing }}") -> str:
    return f"{OPEN}\n{inside}\n{marker}</svg>"


def made(inside: str, marker: str = "{{ drawing }}") -> str:
    return "◆".join(artwork_template(svg(inside, marker), 100, 50).literals)


def test_what_designs_draw_with_is_kept() -> None:
    inside = (
        '<title>A frame</title><defs><linearGradient id="g" gradientUnits="userSpaceOnUse"><stop offset="0" '
        'stop-color="#fff"/></linearGradient><clipPath id="c"><rect width="3" height="4" rx="1"/></clipPath></defs>'
        '<g transform="translate(1 2)" fill="url(#g)" clip-path="url(#c)"><path d="M0 0h9v9z" stroke="#123456" '
        'stroke-width="1.5"/><use href="#c" x="4"/></g><text x="1" y="2" font-family="Inter">A<tspan dx="2">B</tspan>'
        f'</text><image href="{PNG}" width="9" height="9"/>'
    )
    result = made(inside)
    prefix = re.search(r'id="(a[0-9a-f]{8}-)g"', result)
    assert prefix is not None
    expected = inside
    for name in ("g", "c"):
        expected = expected.replace(f'id="{name}"', f'id="{prefix[1]}{name}"').replace(
            f"#{name})", f"#{prefix[1]}{name})"
        )
    assert expected.replace('href="#c"', f'href="#{prefix[1]}c"') in result


def test_ids_of_two_artworks_differ_and_those_of_one_do_not() -> None:
    frame = '<rect id="frame"/>'
    ids = [re.findall(r'id="([^"]+)"', made(inside)) for inside in (frame, frame, frame + "<g/>")]
    assert ids[0] == ids[1] != ids[2]


def test_a_reference_keeps_its_fallback_colour() -> None:
    assert re.search(r'fill="url\(#a[0-9a-f]{8}-g\) #fff"', made('<rect fill="url(#g) #fff"/>'))


def test_the_marker_may_stand_in_a_group() -> None:
    assert '<g opacity="0.5">◆</g>' in made("", '<g opacity="0.5">{{ drawing }}</g>')


def test_static_runs_are_drawn_before_the_recipients() -> None:
    def run(text: str) -> TextRun:
        return TextRun(text=text, x=1, y=2, size=3, families=("Inter",))

    template = artwork_template(svg(""), 100, 50, (run("{{ drawing }} <Certificate>"),))
    root = etree.fromstring(complete(template, Drawing(runs=(run("Ana"),), fonts=(), alternative="")))
    assert [element.text for element in root] == ["{{ drawing }} <Certificate>", "Ana"]


def test_size_comes_from_the_design_and_a_missing_view_box_is_made() -> None:
    root = etree.fromstring(
        "".join(artwork_template('<svg xmlns="http://www.w3.org/2000/svg">{{ drawing }}</svg>', 210.5, 99).literals)
    )
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("210.5", "99", "0 0 210.5 99")


def test_braces_that_a_design_escaped_are_text_and_no_marker() -> None:
    result = made("<text>&#123;&#123; drawing &#125;&#125; &#123;&#123; x }}</text>")
    assert "<text>{{ drawing }} {{ x }}</text>" in result
    assert result.count("◆") == 1


def test_comments_vanish() -> None:
    assert "secret" not in made("<!-- secret -->")


REFUSED = {
    "script": ("<script>alert(1)</script>", "<script> in line 2"),
    "style element": ("<style>*{fill:red}</style>", "<style> in line 2"),
    "foreign object": ("<foreignObject/>", "<foreignObject>"),
    "animation": ('<rect><animate attributeName="href" to="x"/></rect>', "<animate>"),
    "link": ('<a href="https://evil.example"><rect/></a>', "<a>"),
    "filter": ("<filter/>", "<filter>"),
    "html": ('<p xmlns="http://www.w3.org/1999/xhtml">x</p>', "<p>"),
    "prefixed": ('<s:g xmlns:s="http://www.w3.org/2000/svg"/>', "<g>"),
    "no namespace": ('<g xmlns="">x</g>', "<g>"),
    "nested svg": ("<svg/>", "an svg inside the svg"),
    "element in title": ("<title><g/></title>", "it may hold text only"),
    "handler": ('\n<rect onclick="x()"/>', "<rect> in line 3: the attribute onclick"),
    "style attribute": ('<rect style="fill:red"/>', "the attribute style"),
    "class": ('<rect class="btn"/>', "the attribute class"),
    "xlink": ('<use xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a"/>', "xlink"),
    "outer paint": ('<rect fill="url(https://evil.example/#x)"/>', "the value of fill"),
    "spaced url": ('<rect fill="url( #x )"/>', "the value of fill"),
    "escaped url": ('<rect fill="u\\72l(//evil.example)"/>', "the value of fill"),
    "second url": ('<rect fill="url(#a) url(//evil.example)"/>', "the value of fill"),
    "javascript": ('<rect fill="javascript:x"/>', "the value of fill"),
    "outer use": ('<use href="https://evil.example/a.svg#b"/>', "it refers to something"),
    "outer image": ('<image href="https://evil.example/a.png"/>', "it refers to something"),
    "svg image": ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "it refers to something"),
    "false png": ('<image href="data:image/png;base64,PHN2Zy8+"/>', "it refers to something"),
    "bad base64": ('<image href="data:image/png;base64,iVBOR"/>', "it refers to something"),
    "data use": (f'<use href="{PNG}"/>', "it refers to something"),
    "odd id": ('<rect id="a b"/>', "the id 'a b'"),
    "instruction": ('<?xml-stylesheet href="x"?>', "processing instruction in line 2"),
    "our instruction": ("<?conferral-drawing?>", "exactly one marker"),
    "other marker": ("<text>{{ name }}</text>", r"the marker {{ name }} in line 2"),
    "second marker": ("{{ drawing }}", "exactly one marker"),
    "unclosed": ("<g>", "not well-formed"),
    "control character": ("<text>\x01</text>", "not well-formed"),
    "lone surrogate": ("<text>\ud800</text>", "not well-formed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_on_the_list_is_refused_with_element_and_line(name: str) -> None:
    inside, problem = REFUSED[name]
    with pytest.raises(Refused, match=re.escape(problem)):
        made(inside)


@pytest.mark.parametrize(
    "marker",
    ["", "<text>{{ drawing }}</text>", "<defs>{{ drawing }}</defs>", '<g id="{{ drawing }}"/>',
     "<g><![CDATA[{{ drawing }}]]></g>", "<!-- {{ drawing }} -->"],
)  # fmt: skip
def test_a_marker_where_nothing_can_be_drawn_is_refused(marker: str) -> None:
    with pytest.raises(Refused):
        made("", marker)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + svg("<text>&b;</text>"),
        '<!doctype svg SYSTEM "file:///etc/passwd">' + svg(""),
    ],
)
def test_entities_and_document_types_are_refused_unread(document: str) -> None:
    with pytest.raises(Refused, match="document type or entities"):
        artwork_template(document, 1, 1)


def test_too_much_is_refused() -> None:
    with pytest.raises(Refused, match=f"larger than {LARGEST_SVG} bytes"):
        made("<title>" + "é" * (LARGEST_SVG // 2) + "</title>")
    with pytest.raises(Refused, match=f"more than {MOST_ELEMENTS} elements"):
        made("<g/>" * MOST_ELEMENTS)


def test_a_root_that_is_no_svg_is_refused() -> None:
    with pytest.raises(Refused, match="its root is not svg"):
        artwork_template("<svg>{{ drawing }}</svg>", 1, 1)
