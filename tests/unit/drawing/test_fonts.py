import pytest

from conferral.contracts.edition import FontManifest, FontSlice
from conferral.drawing.fonts import css_font_faces

DIGEST = "a" * 64


def manifest(**changes: str) -> FontManifest:
    values = {
        "family": "Noto Serif",
        "weight": 400,
        "style": "normal",
        "unicode_range": "U+0000-00FF,U+2??",
        "digest": DIGEST,
    }
    return FontManifest(slices={"noto-serif/400/normal/latin": FontSlice(**(values | changes))})


def url_for(digest: str) -> str:
    return f"/fonts/{digest}.woff2"


def test_a_slice_is_one_rule_with_its_range() -> None:
    css = css_font_faces(manifest(), ["noto-serif/400/normal/latin"], url_for)
    assert css == (
        "@font-face{font-family:'Noto Serif';font-style:normal;font-weight:400;font-display:swap;"
        f'src:url("/fonts/{DIGEST}.woff2") format("woff2");unicode-range:U+0000-00FF,U+2??;}}'
    )


def test_repeated_and_unknown_keys_add_nothing() -> None:
    key = "noto-serif/400/normal/latin"
    assert css_font_faces(manifest(), [key, key, "gone/400/normal/1"], url_for).count("@font-face") == 1


def test_a_family_cannot_leave_its_string() -> None:
    css = css_font_faces(manifest(family="x'}</style><script>"), ["noto-serif/400/normal/latin"], url_for)
    assert "<" not in css
    assert css.count("}") == 1


@pytest.mark.parametrize("hostile", ["U+0;}body{display:none", "U+0</style>", "all"])
def test_a_range_that_is_none_is_refused(hostile: str) -> None:
    with pytest.raises(ValueError, match="unicode-range"):
        css_font_faces(manifest(unicode_range=hostile), ["noto-serif/400/normal/latin"], url_for)


def test_a_url_that_is_not_plain_is_refused() -> None:
    with pytest.raises(ValueError, match="plain URL"):
        css_font_faces(manifest(), ["noto-serif/400/normal/latin"], lambda _: '") ; }')
