"""Where things are on the sheet: the fixed texts, and one recipient's runs."""

import re
from collections.abc import Iterable, Iterator, Mapping

from conferral_design_api import (
    Fitted,
    Qr,
    Recipient,
    Text,
    Typeface,
    fit_line,
    fit_lines,
    format_date,
    format_number,
    plain,
)

from conferral_classic.ornament import INSET
from conferral_classic.page import Page, joined, optical, overline
from conferral_classic.words import Words, words_for

# Distances from the inner frame's top, as Page.y takes them.
_OVERLINE, _TITLE, _DIVIDER, _CERTIFIES, _NAME, _COMPLETED = 46.0, 106.0, 136.0, 170.0, 228.0, 300.0
_ABOUT_TOP, _ABOUT_BOTTOM = 312.0, 466.0
_SIGNED, _SEAL = 534.0, 527.0
_QR_SIZE = 58.0
_COLUMN = 206.0
_DISPLAY_SIZE = 40
_COMMAS = {"ar": "\u060c ", "fa": "\u060c ", "ur": "\u060c ", "zh": " ", "ja": " "}

_IDEOGRAPHS = re.compile("[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,5}")


def fixed(page: Page, title: str, initial: str, foil: str) -> tuple[Text, ...]:
    """Return the texts that are the same for everybody."""
    words = words_for(page.language)
    over, title = overline(page.issuer, page.language), plain(title)
    over_face = page.face(over, weight=500, spacing=0.2)
    title_face = page.face(title, weight=500, spacing=_title_spacing(title), first=page.display)
    runs = [
        *_centred(page, over, over_face, _OVERLINE, 16, page.soft),
        *_centred(page, title, title_face, _TITLE, 52, page.strong),
        *_label(page, words.issued, _date_x(page)),
    ]
    for text, y in ((words.certifies, _CERTIFIES), (words.completed, _COMPLETED)):
        runs += _centred(page, text, page.face(text, italic=True), y, 18.5, page.soft)
    if page.seal and initial:
        face = page.face(initial, weight=600)
        size = 36.0
        runs += page.lines(fit_line(initial, face, 46, size, 12), face, page.y(_SEAL) + size * 0.33, foil)
    return tuple(runs)


def drawn(page: Page, words: Words, recipient: Recipient) -> Iterator[Text | Qr]:
    """Return one recipient's runs."""
    yield from _name(page, plain(recipient.name))
    yield from _about(page, words, recipient.attributes)
    yield from _signatures(page, words, recipient)
    yield from _proof(page, words, recipient)


def _title_spacing(title: str) -> float:
    """East Asian titles are short and stand wide apart."""
    return 0.28 if title and ord(title[0]) >= 0x2E80 else 0.015  # noqa: PLR2004 - the first CJK radical


def _centred(page: Page, text: str, face: Typeface, y: float, size: float, fill: str) -> Iterator[Text]:
    # Large titles need less help, and have their descenders above the ornament.
    size *= min(optical(text), 1.06) if size > _DISPLAY_SIZE else optical(text)
    yield from page.lines(fit_line(text, face, page.box, size, size * 0.45), face, page.y(y), fill)


def _name(page: Page, name: str) -> Iterator[Text]:
    """Set the name: large on one line, or smaller on two around the same middle."""
    # A name of a few ideographs is set as wide as it is solemn.
    spacing = 0.14 if _IDEOGRAPHS.fullmatch(name) else 0
    face = page.face(name, weight=500, spacing=spacing, first=page.display)
    scale = min(optical(name), 1.06)
    fitted = fit_lines(name, face, page.box, 62 * scale, 18, most=2, comfortable=42)
    if len(fitted.lines) > 1:
        fitted = fit_lines(name, face, page.box, 41 * scale, 18, most=2)
    leading = 1.14
    first = fitted.size * (0.3 - leading / 2 * (len(fitted.lines) - 1))
    yield from page.lines(fitted, face, page.y(_NAME) + first, page.ink, leading=leading)


def _about(page: Page, words: Words, values: Mapping[str, str]) -> Iterator[Text]:
    """Say what it was awarded for: one to three blocks, in the middle of their place."""
    course = plain(values.get("course", "")) or page.achievement
    other = page.achievement if course != page.achievement else ""
    blocks: list[tuple[Fitted, Typeface, str, float, float]] = []
    face = page.face(course, weight=600)
    fitted = fit_lines(course, face, page.box - 60, 30 * optical(course), 15, most=2, comfortable=25)
    # Arabic and Indic letters reach further down than Latin ones.
    blocks.append((fitted, face, page.strong, 1.34 if joined(course) else 1.16, 0))
    statement = page.statement if not other else " \u2014 ".join(filter(None, (other, page.statement)))
    if statement:
        face = page.face(statement)
        fitted = fit_lines(statement, face, page.box - 150, 16 * optical(statement), 11, most=4 - len(fitted.lines))
        blocks.append((fitted, face, page.ink, 1.34, 9))
    details = _details(page, words, values)
    if details:
        face = page.face(details, spacing=0.03)
        blocks.append((fit_line(details, face, page.box - 60, 15 * optical(details), 9), face, page.soft, 1.3, 12))
    height = sum(one.size * leading * len(one.lines) + gap for one, _, _, leading, gap in blocks)
    top, bottom = page.y(_ABOUT_TOP), page.y(_ABOUT_BOTTOM)
    y = top + max(0.0, (bottom - top - height) * 0.42)
    for one, face, fill, leading, gap in blocks:
        y += gap
        yield from page.lines(one, face, y + one.size * 0.86, fill, leading=leading)
        y += one.size * leading * len(one.lines)


def _details(page: Page, words: Words, values: Mapping[str, str]) -> str:
    hours = values.get("hours", "")
    pairs = (
        (words.grade, values.get("grade", "")),
        (words.hours, format_number(hours, page.language) if hours else ""),
        (words.instructor, values.get("instructor", "")),
    )
    return "  \u00b7  ".join(f"{label}: {plain(value)}" for label, value in pairs if value).strip()


def _signatures(page: Page, words: Words, recipient: Recipient) -> Iterator[Text]:
    values = recipient.attributes
    place, day = plain(values.get("place", "")), format_date(recipient.issue_date, page.language)
    comma = _COMMAS.get(page.language.partition("-")[0], ", ")
    yield from _value(page, comma.join(filter(None, (place, day))), _date_x(page), italic=False)
    if recipient.expiry_date:
        until = f"{words.valid_until}: {format_date(recipient.expiry_date, page.language)}"
        yield from _label(page, until, _date_x(page), line=1)
    name = plain(values.get("signatory_name", ""))
    title = plain(values.get("signatory_title", ""))
    yield from _value(page, name or page.issuer, _signature_x(page), italic=bool(name))
    yield from _label(page, title or (page.issuer if name else words.issuer), _signature_x(page))
    if title:
        yield from _label(page, page.issuer, _signature_x(page), line=1)


def _proof(page: Page, words: Words, recipient: Recipient) -> Iterator[Text | Qr]:
    """Show the way to the live page, small, in the corner where reading begins."""
    edge, bottom = INSET + 17, page.height - INSET - 17
    beside = edge
    if page.qr:
        left = edge if page.direction == "ltr" else page.width - edge - _QR_SIZE
        yield Qr(left, bottom - _QR_SIZE, _QR_SIZE, recipient.url, fill=page.ink)
        beside += _QR_SIZE + 11
    address = plain(recipient.url.partition("://")[2] or recipient.url)
    label = f"{words.credential_id} {recipient.credential_id}"
    for text, up in ((label, 12.0), (address, 0.0)):
        face = page.face(text, first="Inter")
        fitted = fit_line(text, face, 270, 7.8, 4.6)
        yield from page.lines(fitted, face, bottom - up - 1, page.soft, x=page.x(beside), anchor="start")


def rules(page: Page, colour: str) -> str:
    """Return the lines that the date and the signature stand on."""
    y = page.y(_SIGNED) + 8
    lines: Iterable[str] = (f"M{x - _COLUMN / 2:g} {y:.1f}h{_COLUMN:g}" for x in (_date_x(page), _signature_x(page)))
    return f'<path d="{"".join(lines)}" stroke="{colour}" stroke-width=".8" fill="none"/>'


def seal_place(page: Page) -> tuple[float, float]:
    """Return the seal's centre."""
    return page.middle, page.y(_SEAL)


def divider_place(page: Page) -> tuple[float, float]:
    """Return the middle of the ornament below the title."""
    return page.middle, page.y(_DIVIDER)


def _date_x(page: Page) -> float:
    return page.x(page.width * 0.27)


def _signature_x(page: Page) -> float:
    return page.x(page.width * 0.73)


def _value(page: Page, text: str, x: float, *, italic: bool) -> Iterator[Text]:
    face = page.face(text, italic=italic)
    size = (21.0 if italic else 18.0) * optical(text)
    yield from page.lines(fit_line(text, face, _COLUMN, size, 9), face, page.y(_SIGNED), page.ink, x=x)


def _label(page: Page, text: str, x: float, *, line: int = 0) -> Iterator[Text]:
    face = page.face(text, spacing=0.02)
    y = page.y(_SIGNED) + 25 + 16 * min(optical(text), 1.1) * line
    yield from page.lines(
        fit_line(plain(text), face, _COLUMN, 13 * min(optical(text), 1.12), 7.5), face, y, page.soft, x=x
    )
