from typing import Any

from lxml import etree

from conferral.contracts.edition import Drawing, QrRun, TextRun
from conferral.contracts.template import Template
from conferral.drawing.svg import complete, draw, number

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</text><script>alert(1)</script>\"' onload='x&amp;\x00\x0b\u2028"


def run(text: str = "Ana", **values: Any) -> TextRun:
    return TextRun(text=text, x=10, y=20.125, size=30, families=("Noto Serif", "Noto Naskh Arabic"), **values)


def parsed(fragment: str) -> etree._Element:
    return etree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{fragment}</svg>')


def test_a_run_is_one_text_element_with_its_look() -> None:
    (element,) = parsed(draw([run(weight=600, style="italic", fill="#123456", letter_spacing=1.5, language="pt")]))
    assert element.tag == SVG + "text"
    assert element.text == "Ana"
    assert dict(element.attrib) == {
        "x": "10",
        "y": "20.12",
        "font-family": "'Noto Serif','Noto Naskh Arabic'",
        "font-size": "30",
        "font-weight": "600",
        "font-style": "italic",
        "fill": "#123456",
        "text-anchor": "middle",
        "direction": "ltr",
        "unicode-bidi": "isolate",
        "letter-spacing": "1.5",
        "lang": "pt",
    }


def test_the_left_end_stays_the_left_end_in_right_to_left_text() -> None:
    anchors = [
        parsed(draw([run(anchor=anchor, direction=direction)]))[0].get("text-anchor")
        for direction in ("ltr", "rtl")
        for anchor in ("start", "middle", "end")
    ]
    assert anchors == ["start", "middle", "end", "end", "middle", "start"]


def test_hostile_text_stays_text() -> None:
    (element,) = parsed(draw([run(HOSTILE)]))
    assert element.text == HOSTILE.replace("\x00", "").replace("\x0b", "")
    assert len(element) == 0


def test_hostile_families_and_languages_cannot_leave_their_attribute() -> None:
    hostile = TextRun(text="x", x=0, y=0, size=1, families=("a'b\"c</style>;}\\",), language='en"><script>')
    (element,) = parsed(draw([hostile]))
    family = element.get("font-family")
    assert family.startswith("'a\\27 b")
    assert not set(family[1:-1]) & set("'\"<>;{}")
    assert element.get("lang") == 'en"><script>'


def test_a_qr_code_is_one_labelled_path_of_the_asked_size() -> None:
    code = QrRun(x=5, y=6, size=100, data="https://example.org/c/abc", label='Open "it" <now>')
    (element,) = parsed(draw([code]))
    assert element.tag == SVG + "path"
    assert element.get("role") == "img"
    assert element.get("aria-label") == 'Open "it" <now>'
    assert element[0].tag == SVG + "title"
    assert element[0].text == 'Open "it" <now>'
    scale = float(element.get("transform").split("scale(")[1].rstrip(")"))
    assert element.get("transform").startswith("translate(5 6)")
    assert round(100 / scale) == 25  # modules of a version 2 code
    assert element.get("d").startswith("M0 0h7v1h-7z")


def test_a_qr_code_without_a_label_is_hidden_from_screen_readers() -> None:
    (element,) = parsed(draw([QrRun(x=0, y=0, size=10, data="x")]))
    assert element.get("aria-hidden") == "true"


def test_completing_puts_the_drawing_where_the_marker_was() -> None:
    template = Template.parse('<svg xmlns="http://www.w3.org/2000/svg"><g>{{ drawing }}</g></svg>')
    drawing = Drawing(runs=(run("{{ drawing }}"),), fonts=(), alternative="")
    root = etree.fromstring(complete(template, drawing))
    assert root[0][0].text == "{{ drawing }}"


def test_numbers_have_no_exponent_and_no_trailing_zeros() -> None:
    assert [number(value) for value in (1, 1.5, 0.004, -0.001, 1e5, 12.346)] == [
        "1",
        "1.5",
        "0",
        "0",
        "100000",
        "12.35",
    ]
