import pytest
from conferral_design_api import (
    Typeface,
    default_families,
    direction_of,
    fit_line,
    fit_lines,
    measure,
    shorten,
    typeface,
)
from conferral_design_api.breaking import segments
from conferral_design_api.testing import SAMPLE_NAMES
from conferral_design_fonts import clusters
from hypothesis import given, settings
from hypothesis import strategies as st

ALPHABETS = "aWi -ÅéßДяЕλωάمحدعبשלקअनत्ाি王小明あン김지ไทย🎓👩\u200d\u0301…,。「」/"
TEXTS = st.text(alphabet=ALPHABETS, min_size=1, max_size=90)
EPSILON = 1e-6


def test_kerning_and_ligatures_count() -> None:
    face = typeface("en")
    apart = measure("A", face, 10) + measure("V", face, 10)
    assert measure("AV", face, 10) < apart


def test_letter_spacing_is_added_after_every_letter() -> None:
    plain, spaced = typeface("en"), typeface("en", letter_spacing=0.1)
    assert measure("HELM", spaced, 20) == pytest.approx(measure("HELM", plain, 20) + 4 * 2)


def test_width_grows_with_size() -> None:
    face = typeface("ar", "محمد")
    assert measure("محمد", face, 40) == pytest.approx(2 * measure("محمد", face, 20))


@given(TEXTS, st.floats(20, 900), st.integers(1, 3), st.booleans())
@settings(max_examples=300, deadline=None)
def test_fitted_text_is_never_wider_than_its_box(text: str, box: float, most: int, spaced: bool) -> None:  # noqa: FBT001
    face = typeface("en", text, letter_spacing=0.1 if spaced else 0)
    fitted = fit_lines(text, face, box, 60, 12, most=most, comfortable=40)
    assert 1 <= len(fitted.lines) <= most
    assert fitted.size <= 60
    for line in fitted.lines:
        assert measure(line, face, fitted.size) <= box + EPSILON


@given(TEXTS, st.floats(100, 900), st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_unless_it_says_so(text: str, box: float, most: int) -> None:
    fitted = fit_lines(text, typeface("en", text), box, 60, 12, most=most)
    shown, meant = "".join("".join(fitted.lines).split()), "".join(text.split())
    if fitted.shortened:
        assert shown == "" or (shown.endswith("…") and meant.startswith(shown[:-1]))
    else:
        assert shown == meant


@given(TEXTS, st.floats(1, 300))
@settings(max_examples=200, deadline=None)
def test_shortening_keeps_whole_characters(text: str, box: float) -> None:
    face = typeface("en", text)
    short = shorten(text, face, box, 20)
    assert short == "" or measure(short, face, 20) <= box
    if short not in {"", text}:
        kept = clusters(short[:-1])
        assert kept == clusters(text)[: len(kept)]


def test_a_line_is_set_smaller_before_it_is_cut() -> None:
    face = typeface("en")
    width = measure("Longish name", face, 40)
    assert fit_line("Longish name", face, width, 40, 10).size == pytest.approx(40)
    assert fit_line("Longish name", face, width / 2, 40, 10).size == pytest.approx(20)
    cut = fit_line("Longish name", face, width / 8, 40, 10)
    assert cut.shortened
    assert cut.lines[0].endswith("…")


def test_lines_are_filled_evenly_and_names_are_not_parted_at_hyphens_if_it_can_be_helped() -> None:
    name = "Maximiliana-Alexandra von Hohenzollern-Sigmaringen y Fernández de Córdoba"
    fitted = fit_lines(name, typeface("es"), 800, 60, 20, most=2)
    assert fitted.lines == ("Maximiliana-Alexandra von", "Hohenzollern-Sigmaringen y Fernández de Córdoba")


def test_a_word_wider_than_the_box_is_broken_as_the_last_resort() -> None:
    fitted = fit_lines("x" * 40, typeface("en"), 120, 20, 12, most=3)
    assert len(fitted.lines) > 1
    assert "".join(fitted.lines) == "x" * 40


def test_a_character_wider_than_the_box_makes_the_size_smaller() -> None:
    face = typeface("zh-Hans", "王")
    assert measure("王", face, fit_line("王", face, 8, 40, 20).size) <= 8 + EPSILON


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("one two", ["one ", "two"]),
        ("non\u00a0stop", ["non\u00a0stop"]),
        ("王小明", ["王", "小", "明"]),
        ("「王」、明", ["「王」、", "明"]),
        ("Müller-Lüden", ["Müller-", "Lüden"]),
        ("e-mail", ["e-mail"]),
    ],
)
def test_lines_end_where_readers_expect_it(text: str, pieces: list[str]) -> None:
    assert segments(text) == pieces


@pytest.mark.parametrize(
    ("text", "direction"),
    [("محمد Ali", "rtl"), ("Ali محمد", "ltr"), ("123 אב", "rtl"), ("🎓 12", "ltr"), ("", "ltr")],
)
def test_the_first_strong_character_decides_the_direction(text: str, direction: str) -> None:
    assert direction_of(text) == direction


@pytest.mark.parametrize(
    ("language", "text", "family"),
    [
        ("ja", "佐藤", "Noto Serif JP"),
        ("zh-Hans", "佐藤", "Noto Serif SC"),
        ("zh-TW", "佐藤", "Noto Serif TC"),
        ("ko", "金", "Noto Serif KR"),
        ("en", "佐藤", "Noto Serif SC"),
        ("en", "さくら 佐藤", "Noto Serif JP"),
        ("zh-Hans", "김민지", "Noto Serif KR"),
    ],
)
def test_han_characters_are_drawn_as_the_language_or_the_name_wants(language: str, text: str, family: str) -> None:
    assert family in Typeface(default_families(language, text)).used_by(text)


def test_a_browser_is_never_asked_to_fake_a_bold_or_an_italic() -> None:
    assert typeface("zh-Hans", "证书", weight=600).weight == 500
    assert typeface("en", "Name", weight=600).weight == 600
    assert typeface("ar", "شهادة", style="italic").style == "normal"
    assert typeface("en", "Name", style="italic").style == "italic"
    assert typeface("en", "Name", first="Inter", style="italic").style == "normal"


def test_joined_letters_are_not_torn_apart() -> None:
    assert typeface("ar", "شهادة", letter_spacing=0.2).letter_spacing == 0


def test_there_is_a_font_for_every_sample_name() -> None:
    for name in SAMPLE_NAMES:
        assert typeface("en", name).used_by(name)
