"""Two ways to work a page: a keyboard and nothing else, and a finger on a phone. Both look where they go."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from playwright.sync_api import Error, Locator, Page, expect

LEAST_TARGET = 24
"""CSS pixels: WCAG 2.2, 2.5.8."""
MOST_TABS = 200

FOCUSED = """(beside) => {
  const one = document.activeElement;
  const box = one.closest("li, tr, fieldset, [role=group], .block");
  if (beside && !(box && box.textContent.includes(beside))) return "";
  const labels = one.labels && [...one.labels].map((label) => label.innerText || label.textContent).join(" ");
  return (one.getAttribute("aria-label") || labels || one.innerText || one.textContent || one.value || "")
    .replace(/\\s+/g, " ").trim();
}"""
IN_ROW = """(text) => {
  const cell = document.activeElement.closest("td.id");
  return cell !== null && cell.closest("tr").textContent.includes(text);
}"""
UNSEEN = """() => {
  const one = document.activeElement;
  if (one === document.body) return "nothing has the focus";
  const named = one.outerHTML.slice(0, 120);
  const seen = [one, ...(one.labels || [])].map((part) => [part.getBoundingClientRect(), getComputedStyle(part)]);
  if (!seen.some(([box]) => box.width > 1 && box.bottom > 0 && box.top < innerHeight)) return `out of sight: ${named}`;
  const marked = seen.some(([, style]) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none");
  return marked ? "" : `no mark of the focus: ${named}`;
}"""
SMALL = """(least) => {
  const shown = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const small = [];
  for (const one of document.querySelectorAll("a[href], button, select, textarea, input:not([type=hidden]), summary")) {
    if (!shown(one) || one.closest("[aria-hidden=true], [inert], .visually-hidden, .skip")) continue;
    const boxes = [one, ...(one.labels || [])].map((part) => part.getBoundingClientRect());
    if (boxes.some((box) => box.width >= least && box.height >= least)) continue;
    // a link within a sentence is as high as its line (2.5.8, the exception "inline")
    const inline = getComputedStyle(one).display.startsWith("inline") && !one.matches("button, input, select, summary");
    if (inline && one.parentElement.textContent.trim().length > one.textContent.trim().length) continue;
    const box = boxes[0];
    if (box.width) small.push(`${Math.round(box.width)} × ${Math.round(box.height)}: ${one.outerHTML.slice(0, 140)}`);
  }
  return small;
}"""


class Hands(Protocol):
    """How somebody works a page. What they press is named as it is on screen."""

    page: Page
    way: Literal["keyboard", "finger"]

    def press(self, name: str, *, beside: str = "") -> None:
        """Press a button or a link, or tick a box; ``beside``: a text in the same row, item or block."""

    def fill(self, label: str, text: str, *, beside: str = "") -> None:
        """Replace what stands in a field."""

    def choose(self, label: str, option: str) -> None:
        """Choose one of a list."""

    def open_row(self, text: str) -> None:
        """Press the ID in the row of a list that has this text."""

    def dismiss(self) -> None:
        """Leave a dialog without doing anything."""

    def look(self) -> None:
        """Fail when something on this page is not as it should be."""


@dataclass
class Keyboard:
    """Tab, Enter, Space, Escape and letters."""

    page: Page
    way: Literal["keyboard", "finger"] = "keyboard"

    def press(self, name: str, *, beside: str = "") -> None:
        self._tab_to(name, beside, whole=True)
        ticks = _asked(self.page, "document.activeElement.matches('[type=checkbox], [type=radio]')")
        self.page.keyboard.press("Space" if ticks else "Enter")

    def fill(self, label: str, text: str, *, beside: str = "") -> None:
        if not self._is_at(label, beside):
            self._tab_to(label, beside)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, label: str, option: str) -> None:
        self._tab_to(label, "")
        self.page.keyboard.type(option)

    def open_row(self, text: str) -> None:
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if _asked(self.page, IN_ROW, text):
                self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"the Tab key does not reach the row of {text}")

    def dismiss(self) -> None:
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.is_seen()

    def look(self) -> None:
        _no_wider_than_the_screen(self.page)

    def is_seen(self) -> None:
        """Fail when the focus is lost, out of sight or unmarked."""
        assert _asked(self.page, UNSEEN) == "", self.page.url

    def _tab_to(self, name: str, beside: str, *, whole: bool = False) -> None:
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self._is_at(name, beside, whole=whole):
                self.is_seen()
                return
        raise AssertionError(f"the Tab key does not reach {name} on {self.page.url}")

    def _is_at(self, name: str, beside: str, *, whole: bool = False) -> bool:
        focused = str(_asked(self.page, FOCUSED, beside))
        return focused == name if whole else re.match(rf"{re.escape(name)}(?!\w)", focused) is not None


@dataclass
class Finger:
    """Taps on a phone, and its keyboard where it shows one."""

    page: Page
    way: Literal["keyboard", "finger"] = "finger"
    small: set[str] = field(default_factory=set)
    """What was found too small to hit, on whichever page."""

    def press(self, name: str, *, beside: str = "") -> None:
        self._visible(self._named(name, beside), name).tap()

    def fill(self, label: str, text: str, *, beside: str = "") -> None:
        field = self._visible(self._within(beside).get_by_label(re.compile(rf"^{re.escape(label)}(?!\w)")), label)
        field.tap()
        field.fill(text)

    def choose(self, label: str, option: str) -> None:
        self._visible(self._within("").get_by_label(label, exact=True), label).select_option(label=option)

    def open_row(self, text: str) -> None:
        self.page.get_by_role("row").filter(has_text=text).locator("td.id a").first.tap()

    def dismiss(self) -> None:
        self.page.get_by_role("dialog").get_by_text(re.compile("^(Cancel|Back|Close)$")).first.tap()
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def look(self) -> None:
        _no_wider_than_the_screen(self.page)
        self.small |= set(self.page.evaluate(SMALL, LEAST_TARGET))

    def _within(self, beside: str) -> Locator:
        dialog = self.page.get_by_role("dialog")
        whole = dialog if dialog.count() else self.page.locator("body")
        return whole.locator("li, tr, fieldset, .block").filter(has_text=beside) if beside else whole

    def _named(self, name: str, beside: str) -> Locator:
        within, named = self._within(beside), re.compile(rf"^\s*{re.escape(name)}\s*$")
        found = within.locator("summary, label.choice").filter(has_text=named)
        for role in ("button", "link", "checkbox"):
            found = found.or_(within.get_by_role(role, name=named))
        return found

    def _visible(self, found: Locator, name: str) -> Locator:
        expect(found.filter(visible=True).first, name).to_be_visible()
        return found.filter(visible=True).first


def _asked(page: Page, script: str, given: str = "") -> Any:
    """Ask the page; once more where it was being left at that moment."""
    try:
        return page.evaluate(script, given)
    except Error:
        page.wait_for_load_state()
        return page.evaluate(script, given)


def _no_wider_than_the_screen(page: Page) -> None:
    page.wait_for_load_state()
    width, needed = _asked(page, "[innerWidth, document.documentElement.scrollWidth]")
    assert needed <= width, f"{page.url} is {needed} px wide on a screen of {width} px"
