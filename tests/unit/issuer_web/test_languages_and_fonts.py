"""The language of a page's own words, and the families that it borrows from the artwork."""

import pytest

from conferral.contracts.edition import FontManifest, FontSlice
from services.issuer_web.domain.fonts import families_for, parse_ranges
from services.issuer_web.domain.languages import SUPPORTED, interface_language, locale_of


@pytest.mark.parametrize(
    ("language", "interface"),
    [
        ("en", "en"), ("de", "de"), ("de-AT", "de"), ("es-MX", "es"), ("ar-EG", "ar"), ("fr", "en"), ("zh", "zh-Hans"),
        ("zh-Hans", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-Hant", "en"), ("zh-TW", "en"), ("zh-HK", "en"),
        ("xx-nonsense", "en"), ("", "en"), ("de_AT", "en"),
    ],
)  # fmt: skip
def test_the_closest_supported_language_is_used(language: str, interface: str) -> None:
    assert interface_language(language) == interface
    assert interface in SUPPORTED


def test_a_language_that_nobody_knows_has_english_dates() -> None:
    assert str(locale_of("qqq")) == "en"
    assert str(locale_of("pt-BR")) == "pt_BR"


def test_unicode_ranges_of_css_are_read() -> None:
    assert parse_ranges("U+26, U+0-7F,U+0025-00FF, u+4??") == [(0x26, 0x26), (0, 0x7F), (0x25, 0xFF)]
    assert parse_ranges("U+4??") == [(0x400, 0x4FF)]


def manifest(**ranges: str) -> FontManifest:
    return FontManifest(
        slices={
            key: FontSlice(family=key.title(), weight=400, style="normal", unicode_range=value, digest="0" * 64)
            for key, value in ranges.items()
        }
    )


def test_only_families_with_characters_that_the_page_s_own_lacks_are_used() -> None:
    fonts = manifest(latin="U+0000-00FF", arabic="U+0600-06FF", han="U+4E00-9FFF")
    assert families_for(fonts, ["latin", "arabic", "han"], ["Zoë", "ليلى"]) == ["Arabic"]
    assert families_for(fonts, ["latin", "han"], ["ليلى"]) == [], "what the artwork does not load is not borrowed"
    assert families_for(fonts, ["gone", "han", "han"], ["王", "李"]) == ["Han"]
    assert families_for(fonts, ["latin"], ["Zoë"]) == []
