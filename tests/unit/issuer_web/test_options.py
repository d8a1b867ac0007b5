"""A design's options: what is declared, what is entered, what is wrong."""

import base64

import pytest

from services.issuer_web.domain import options

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()
DECLARED = options.declared_options(
    [
        {"key": "paper", "label": "Paper", "type": "colour", "default": "#ffffff", "group": "Colours"},
        {"key": "title", "label": "Title", "type": "text", "default": "", "group": "Words"},
        {"key": "accent", "label": "Accent", "type": "colour", "default": "#000000", "group": "Colours", "on": "paper"},
        {"key": "size", "label": "Size", "type": "choice", "default": "A4", "choices": ["A4", "Letter"]},
        {"key": "face", "label": "Face", "type": "font", "default": "EB Garamond"},
        {"key": "seal", "label": "Seal", "type": "toggle", "default": True},
        {"key": "lines", "label": "Lines", "type": "number", "default": 3, "minimum": 1, "maximum": 9},
        {"key": "width", "label": "Width", "type": "number", "default": 0.5, "minimum": 0.1},
        {"key": "logo", "label": "Logo", "type": "image", "default": ""},
    ]
)
RIGHT = {
    "paper": "#FFFDF0",
    "title": "شهادة",
    "accent": "#1d3557",
    "size": "Letter",
    "face": "EB Garamond",
    "seal": "on",
    "lines": "4",
    "width": "0.75",
    "logo": PNG,
}


def test_what_is_right_is_taken_in_its_own_type():
    entered = options.check(DECLARED, RIGHT)
    assert entered.problems == {}
    assert entered.values == {**RIGHT, "paper": "#fffdf0", "seal": True, "lines": 4, "width": 0.75}
    assert options.as_typed(DECLARED, entered.values) == {**RIGHT, "paper": "#fffdf0"}


def test_the_defaults_are_right():
    entered = options.check(DECLARED, options.as_typed(DECLARED, {}))
    assert entered.problems == {}
    assert entered.values == {one.key: one.default for one in DECLARED}


def test_a_toggle_that_is_off_sends_nothing():
    assert options.check(DECLARED, {key: RIGHT[key] for key in RIGHT if key != "seal"}).values["seal"] is False


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("paper", "red"),
        ("paper", "#fff"),
        ("paper", "#fffdf0;stroke:url(x)"),
        ("title", "x" * 301),
        ("title", "a\nb"),
        ("title", "a\u202eb\u0000"),
        ("size", "A3"),
        ("size", ""),
        ("face", "Comic Sans"),
        ("lines", "many"),
        ("lines", ""),
        ("lines", "0"),
        ("lines", "10"),
        ("lines", "nan"),
        ("lines", "1e3"),
        ("width", "0.05"),
        ("logo", "https://example.org/logo.png"),
        ("logo", "data:image/svg+xml;base64,PHN2Zy8+"),
        ("logo", PNG.replace("png", "jpeg")),
        ("logo", "data:image/png;base64," + "A" * 60_001),
    ],
)
def test_what_is_wrong_is_said_beside_its_own_field_and_kept_as_it_was_typed(key, typed):
    entered = options.check(DECLARED, {**RIGHT, key: typed})
    assert list(entered.problems) == [key]
    assert key not in entered.values
    assert entered.typed[key] == typed


def test_what_is_not_declared_is_left_out():
    assert "more" not in options.check(DECLARED, {**RIGHT, "more": "x"}).values


@pytest.mark.parametrize(
    "raw",
    [
        {"key": "Paper!", "label": "Paper", "type": "colour", "default": "#ffffff"},
        {"key": "paper", "label": "", "type": "colour", "default": "#ffffff"},
        {"key": "paper", "label": "Paper", "type": "sound", "default": ""},
        {"key": "paper", "label": "Paper", "type": "text", "default": None},
    ],
)
def test_a_plugin_that_declares_something_else_is_told_so(raw):
    with pytest.raises(ValueError):
        options.declared_options([raw])


def test_two_options_of_one_key_are_refused():
    one = {"key": "paper", "label": "Paper", "type": "colour", "default": "#ffffff"}
    with pytest.raises(ValueError, match="same key"):
        options.declared_options([one, one])


def test_options_stand_under_their_headings_in_the_plugins_order():
    assert [(name, [one.key for one in members]) for name, members in options.in_groups(DECLARED)] == [
        ("Colours", ["paper", "accent"]),
        ("Words", ["title"]),
        ("", ["size", "face", "seal", "lines", "width", "logo"]),
    ]


@pytest.mark.parametrize(
    ("accent", "warned"),
    [
        ("#1d3557", []),
        ("#f0e8d0", [("Accent", "Paper", "1.2")]),
        ("#949494", []),
        ("#969696", [("Accent", "Paper", "2.9")]),
    ],
)
def test_a_colour_that_is_hard_to_see_where_it_is_drawn_is_warned_of(accent, warned):
    assert options.contrast_warnings(DECLARED, {"paper": "#ffffff", "accent": accent}) == warned


def test_contrast_is_that_of_the_guidelines():
    assert options.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert options.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
