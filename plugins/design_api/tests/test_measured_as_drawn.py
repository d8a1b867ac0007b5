"""Our widths against a browser's, with the same fonts."""

import base64
import shutil
from collections.abc import Iterator
from html import escape

import pytest
from conferral_design_api import Typeface, measure, typeface
from conferral_design_fonts import manifest, slice_bytes, slices_for
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.e2e
CHROMIUM = shutil.which("chromium")

SAMPLES = [
    ("en", "Zoë Ångström-Nakamura", 500, 0.0),
    ("en", "AVATAR To. Office fjord", 400, 0.0),
    ("en", "HARBOUR LIGHT fi", 500, 0.2),
    ("vi", "Đặng Thị Hương", 400, 0.0),
    ("ru", "Александра Невская", 600, 0.0),
    ("el", "Ελένη Παπαδοπούλου", 500, 0.0),
    ("ar", "محمد عبد الرحمن الخوارزمي", 500, 0.0),
    ("fa", "پژمان گلچین (2026)", 400, 0.0),
    ("he", "אביגיל כהן", 600, 0.0),
    ("hi", "अनन्या शर्मा, प्रमाणपत्र", 400, 0.0),
    ("bn", "অনন্যা ভট্টাচার্য", 400, 0.0),
    ("ta", "அனன்யா கிருஷ்ணன்", 400, 0.0),
    ("th", "อนันยา น้ำใส", 400, 0.0),
    ("hy", "Անահիտ Սարգսյան", 400, 0.0),
    ("ka", "ნინო ბერიძე", 400, 0.0),
    ("zh-Hans", "王小明，2026年11月23日", 400, 0.0),  # noqa: RUF001 - a Chinese comma
    ("zh-Hant", "頒發機構 陳", 400, 0.28),
    ("ja", "さくら 佐藤「修了証」", 400, 0.0),
    ("ko", "김민지 수료증", 400, 0.0),
    ("en", "Sam 🎓 Rivera 👩\u200d🎓", 500, 0.0),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def font_face(key: str) -> str:
    one = manifest()[key]
    data = base64.b64encode(slice_bytes(key)).decode()
    return (
        f"@font-face{{font-family:'{one.family}';font-weight:{one.weight};font-style:{one.style};"
        f"src:url(data:font/woff2;base64,{data}) format('woff2');unicode-range:{one.unicode_range}}}"
    )


def drawn_width(page: Page, text: str, face: Typeface, size: float) -> float:
    faces = "".join(font_face(key) for key in slices_for(text, face.families, face.weight, face.style))
    names = ",".join(f"'{family}'" for family in face.families)
    page.set_content(
        f'<meta charset="utf-8"><style>{faces}</style><svg text-rendering="geometricPrecision"><text '
        f'font-size="{size}" font-family="{names}" font-weight="{face.weight}" lang="{face.language}" '
        f'letter-spacing="{face.letter_spacing * size}">{escape(text)}</text></svg>'
    )
    page.evaluate("document.fonts.ready")
    width: float = page.evaluate("document.querySelector('text').getComputedTextLength()")
    return width


@pytest.mark.parametrize(("language", "text", "weight", "spacing"), SAMPLES)
def test_a_text_is_as_wide_as_a_browser_draws_it(
    page: Page, language: str, text: str, weight: int, spacing: float
) -> None:
    face = typeface(language, text, weight=weight, letter_spacing=spacing)
    assert measure(text, face, 48) == pytest.approx(drawn_width(page, text, face, 48), rel=0.015)
