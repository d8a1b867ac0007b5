"""What may be typed into a field."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credential_store.domain import text as store
from services.issuer_web.domain import text


@pytest.mark.parametrize(
    "name", ["Zoë Müller-Łęcka", "نادية الزهراء", "王小明", "نمی\u200cخواهم", "O'Neil (née Ross)", "👩\u200d🔬 Ada"]
)
def test_names_of_all_scripts_are_right(name: str) -> None:
    assert text.name_problem(text.tidy(name)) is None


@pytest.mark.parametrize(
    "character",
    ["\x00", "\t", "\n", "\r", "\x7f", "\x85", "\u2028", "\u2029", "\u00ad", "\ufeff", "\u2060", "\U000e0041"],
)
def test_a_name_holds_no_character_that_cannot_be_seen(character: str) -> None:
    assert "invisible" in str(text.name_problem(text.tidy(f"Ana{character}Example")))


def test_bidi_controls_and_blanks_around_are_taken_off_and_letters_composed() -> None:
    assert text.tidy(" \u00a0\u202eAna Zoe\u0308\u202c\u3000") == "Ana Zoë"


def test_a_line_separator_at_the_end_is_refused_and_not_dropped() -> None:
    assert text.name_problem(text.tidy("Ana\u2028")) is not None
    assert text.name_problem(text.tidy("Ana\n")) is not None


def test_the_longest_name_is_counted_in_characters_and_not_in_bytes() -> None:
    assert text.name_problem("王" * 200) is None
    assert "too long" in str(text.name_problem("王" * 201))


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "Cc", "Cf", "Zl", "Zp"]), max_size=250))
def test_what_the_form_accepts_as_a_name_the_store_accepts_or_finds_empty(typed: str) -> None:
    tidied = text.tidy(typed)
    if text.name_problem(tidied) is None and any(unicodedata.category(one)[0] in "LNPS" for one in tidied):
        assert store.name(tidied) == tidied.strip()


@pytest.mark.parametrize("address", ["ana@example.org", "ana.o'neil+x@mail.example.org", "用户@例子.广告"])
def test_addresses_that_are_right(address: str) -> None:
    assert text.email_problem(address) is None


@pytest.mark.parametrize(
    "address",
    ["", "ana", "ana@", "@example.org", "a b@example.org", "ana@example.org, eve@example.org", "Ana <ana@example.org>"],
)
def test_addresses_that_are_none(address: str) -> None:
    assert text.email_problem(address) is not None


@pytest.mark.parametrize("day", ["2026-11-24", "2024-02-29"])
def test_days_that_are_right(day: str) -> None:
    assert text.day_problem(day) is None


@pytest.mark.parametrize(
    "day",
    [
        "",
        "2026-02-29",
        "20261124",
        "2026-W48-2",
        "2026-11-24T00:00",
        "2026-11-24\n",
        "٢٠٢٦-١١-٢٤",
        "26-11-24",
        "2026-1-1",
    ],
)
def test_days_that_are_written_otherwise_are_refused(day: str) -> None:
    assert "year-month-day" in str(text.day_problem(day))


@pytest.mark.parametrize("number", ["0", "-12", "7.5", "123456789012345.0123456789"])
def test_numbers_that_are_right(number: str) -> None:
    assert text.number_problem(number) is None


@pytest.mark.parametrize("number", ["", "1,5", "1e5", "٣", "12\n", "+1", ".5", "1234567890123456", "NaN"])
def test_numbers_that_are_written_otherwise_are_refused(number: str) -> None:
    assert text.number_problem(number) is not None


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=c#d", "http://xn--e1afmkfd.example", "https://例子.example/路"]
)
def test_web_addresses_that_are_right(url: str) -> None:
    assert text.url_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "javascript:alert(1)",
        "https://",
        "https://a b.example",
        "https://[::1",
        "https://e\u2028.example",
        "data:text/html,x",
    ],
)
def test_web_addresses_that_are_none(url: str) -> None:
    assert text.url_problem(url) is not None


def test_other_text_is_bounded_and_printable() -> None:
    assert text.text_problem("with distinction") is None
    assert text.text_problem("x" * 501) is not None
    assert text.text_problem("one\ntwo") is not None
    assert text.text_problem("one\ntwo", 5000, text.JOINERS + "\n") is None
    assert "=?" in str(text.text_problem("=?utf-8?q?x?="))
