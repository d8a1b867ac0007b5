import hashlib

import pytest
from conferral_design_fonts import (
    clusters,
    families,
    families_covering,
    itemise,
    manifest,
    missing,
    nearest_face,
    slice_bytes,
    slices_for,
)

EVERY = ("EB Garamond", *families())


def test_every_slice_is_the_file_that_its_digest_names() -> None:
    for key, one in manifest().items():
        content = slice_bytes(key)
        assert content[:4] == b"wOF2", key
        assert hashlib.sha256(content).hexdigest() == one.digest, key


def test_the_box_stays_small() -> None:
    assert sum(len(slice_bytes(key)) for key in manifest()) < 30_000_000


def test_keys_say_what_they_are() -> None:
    for key, one in manifest().items():
        _, weight, style, _ = key.split("/")
        assert (int(weight), style) == (one.weight, one.style)


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Zoë Ångström", "EB Garamond"),
        ("Đặng Thị Hương", "EB Garamond"),
        ("Ελένη", "EB Garamond"),
        ("Александра", "EB Garamond"),
        ("محمد", "Amiri"),
        ("אביגיל", "Noto Serif Hebrew"),
        ("अनन्या", "Noto Serif Devanagari"),
        ("অনন্যা", "Noto Serif Bengali"),
        ("அனன்யா", "Noto Serif Tamil"),
        ("อนันยา", "Noto Serif Thai"),
        ("Անահիտ", "Noto Serif Armenian"),
        ("ნინო", "Noto Serif Georgian"),
        ("🎓", "Noto Emoji"),
    ],
)
def test_every_script_has_its_family(text: str, family: str) -> None:
    assert missing(text, EVERY) == ()
    assert family in {manifest()[key].family for key in slices_for(text, EVERY)}


def test_the_first_family_that_has_a_character_draws_it() -> None:
    han = ("EB Garamond", "Noto Serif JP", "Noto Serif SC")
    assert all(key.startswith("noto-serif-jp/") for key in slices_for("佐藤", han))
    assert all(key.startswith("noto-serif-sc/") for key in slices_for("佐藤", han[::-1]))


def test_a_space_is_drawn_by_the_first_family_as_in_a_browser() -> None:
    assert [item.text for item in itemise("عبد الله", ("EB Garamond", "Amiri"))] == ["عبد", " ", "الله"]
    assert [item.text for item in itemise("عبد الله", ("Amiri", "EB Garamond"))] == ["عبد", " ", "الله"]


def test_marks_and_joiners_stay_with_their_base() -> None:
    assert [item.text for item in itemise("न्\u200dया", EVERY)] == ["न्\u200dया"]
    assert len({item.key for item in itemise("x\u0331", ("Inter", "EB Garamond"))}) == 1


def test_what_nobody_has_is_missing_once_and_joiners_never() -> None:
    assert missing("a\U00012000b\U00012000\u200d", ("EB Garamond",)) == ("\U00012000",)
    assert slices_for("\U00012000", ("EB Garamond",)) == ()
    assert slices_for("a", ("No Such Family",)) == ()


def test_families_that_cover_a_text_alone() -> None:
    assert "EB Garamond" in families_covering("Ελένη и Zoë")
    assert "Cormorant Garamond" not in families_covering("Ελένη")


@pytest.mark.parametrize(
    ("family", "weight", "style", "taken"),
    [
        ("EB Garamond", 500, "normal", (500, "normal")),
        ("EB Garamond", 900, "normal", (600, "normal")),
        ("EB Garamond", 300, "normal", (400, "normal")),
        ("EB Garamond", 600, "italic", (400, "italic")),
        ("Amiri", 500, "normal", (400, "normal")),
        ("Amiri", 600, "normal", (700, "normal")),
        ("Inter", 450, "italic", (400, "normal")),
        ("Noto Serif SC", 700, "normal", (400, "normal")),
    ],
)
def test_weights_and_styles_are_matched_as_css_does(family: str, weight: int, style: str, taken: object) -> None:
    assert nearest_face(family, weight, style) == taken  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("e\u0301", 1),
        ("👩\u200d🎓", 1),
        ("👍🏽", 1),
        ("🇵🇹🇪🇸", 2),
        ("न्या", 1),
        ("நி", 1),
        ("கி", 1),
        ("กำ", 1),
        ("abc", 3),
        ("", 0),
    ],
)
def test_clusters_are_what_a_reader_takes_for_one_character(text: str, count: int) -> None:
    assert len(clusters(text)) == count
    assert "".join(clusters(text)) == text
