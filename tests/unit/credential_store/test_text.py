import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credential_store.domain import text


@pytest.mark.parametrize(
    "raw",
    [
        "=?utf-8?q?a=0d=0aBcc=3aall@example.com?=",
        "Ann\u2028a",
        "Ann\u2029a",
        "Ann\na",
        "Ann\ra",
        "Ann\ta",
        "Ann\x00a",
        "Ann\x07a",
        "Ann\x08a",
        "Ann\x7fa",
        "Ann\x85a",
        "Ann\u00ada",  # soft hyphen
        "Ann\ufeffa",  # byte order mark
        "Ann\u200ba",  # zero width space
        "Ann\ufffea",  # noncharacter
        "Ann\U000e0041a",  # tag
        "a" * 201,
        "",
        "   ",
        "\u200d",
        "\u0301",
        "\u202e",
    ],
)
def test_a_name_that_could_mislead_a_person_or_a_program_is_refused(raw):
    with pytest.raises(text.Refused):
        text.name(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "Ana María Łukasiewicz",
        "王小明",
        "محمد الأمين",
        "می‌خواهم",  # zero width non-joiner
        "क्‍ष",  # zero width joiner
        "👩‍🔬 Dr. Curie",
        "O’Connor-Ñandú, Jr.",
        "דנה כהן",
        "X",
        "a" * 200,
    ],
)
def test_names_of_all_scripts_pass_unchanged(raw):
    assert text.name(raw) == unicodedata.normalize("NFC", raw)


def test_a_name_is_composed_trimmed_and_free_of_bidi_controls():
    assert text.name(" \u202eJose\u0301\u2069 ") == "José"


def test_a_bidi_control_does_not_keep_a_letter_from_its_accent():
    assert text.name("e\u200e\u0301") == "é"


def test_a_bidi_control_does_not_hide_an_encoded_word():
    with pytest.raises(text.Refused):
        text.name("=\u200e?utf-8?q?x?=")


@given(st.text(max_size=250))
def test_what_passes_once_passes_again_unchanged(raw):
    try:
        clean = text.name(raw)
    except text.Refused:
        return
    assert text.name(clean) == clean
    assert not any(unicodedata.category(one) in {"Cc", "Zl", "Zp", "Cs"} for one in clean)


@pytest.mark.parametrize("raw", ["a@example.com", "Anna.Maria+x@Example.Org", "用户@例子.中国", "o'neil@mail.example"])
def test_addresses_are_passed_on_as_they_were_typed(raw):
    assert text.address(f" {raw} ") == raw


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "a",
        "a@",
        "@b.de",
        "a b@c.de",
        "a@b",
        "a@localhost",
        "=?x?q?y?=@b.de",
        "a@b.de\nBcc: c@d.de",
        "a\u2028@b.de",
        "Anna <a@b.de>",
        f"{'a' * 250}@b.de",
    ],
)
def test_what_is_no_address_is_refused(raw):
    with pytest.raises(text.Refused):
        text.address(raw)


def test_long_text_keeps_its_lines_and_one_line_is_shorter():
    assert text.value("one\r\ntwo\rthree\tfour") == "one\ntwo\nthree four"
    assert text.value("a\n" * 1000 + "b")
    with pytest.raises(text.Refused):
        text.value("a" * 2001)
    with pytest.raises(text.Refused):
        text.value("a\n" * 5001 + "b")


@pytest.mark.parametrize("raw", ["javascript:alert(1)", "//host", "https://", "https://user@host/", "https://a b/"])
def test_what_is_no_web_address_is_refused(raw):
    with pytest.raises(text.Refused):
        text.url(raw)


@pytest.mark.parametrize(("raw", "clean"), [("EN", "en"), ("zh-hant-tw", "zh-Hant-TW"), ("pt-br", "pt-BR")])
def test_language_tags_are_put_into_their_usual_case(raw, clean):
    assert text.language(raw) == clean


@pytest.mark.parametrize("raw", ["", "e", "en_US", "en-", "en<script>"])
def test_what_is_no_language_tag_is_refused(raw):
    with pytest.raises(text.Refused):
        text.language(raw)
