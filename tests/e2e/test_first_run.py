"""The first three minutes: from an empty installation to a live page, by what each page itself says comes next."""

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.gallery import PASSWORD, PUBLICATION, Walk, Words, make_organisation

MOST_PRESSES = 12
"""From signing in to the live page. Each is on the page before, as its one prominent button or the only thing to do."""


class Newcomer:
    """Somebody who has only the page in front of them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    def press(self, name: str) -> None:
        """Press what is prominent, and there only once."""
        button = self.page.locator("main .button.primary, dialog .button.primary").filter(visible=True)
        named = button.filter(has_text=re.compile(rf"^\s*{name}\s*$"))
        expect(named).to_have_count(1)
        named.click()
        self.presses += 1

    def is_told(self, text: str) -> None:
        expect(self.page.locator("main").get_by_text(text).first).to_be_visible()


def test_an_empty_installation_leads_to_the_first_live_page(page: Page, system: dict[str, Any]) -> None:
    words = Words("First Steps Academy", "Fia First", "Knots", (), "")
    walk = Walk(page, system, words, eye=lambda _: None)
    make_organisation(walk)
    newcomer = Newcomer(page)
    page.goto(walk.dashboard)
    page.get_by_label("Email").fill(f"owner@{walk.host}")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    newcomer.press("Sign In")
    newcomer.is_told("Begin with a group")
    page.goto(page.url.replace("/groups", "/credentials"))  # who looks there first is led to the same place
    newcomer.is_told("A credential belongs to a group")
    page.locator("main .empty .button.primary").click()
    newcomer.presses += 1
    page.get_by_label("Name", exact=True).fill("Knots for Beginners")
    newcomer.press("Create Group")
    newcomer.is_told("Create its first credentials now.")
    page.locator("main .empty .button.primary").click()
    newcomer.presses += 1
    newcomer.is_told("Nothing is sent")
    page.get_by_label("Recipient Name").fill("Ana Example")
    page.get_by_label("Recipient Email").fill(f"ana@{walk.host}")
    newcomer.press("Create Credentials")
    newcomer.is_told("Nothing has been sent.")
    newcomer.press("Review Unpublished Credentials")
    newcomer.is_told("Tick those that are right, and publish them.")
    page.get_by_label("Tick Ana Example").check()
    newcomer.presses += 1
    newcomer.press("Publish")
    newcomer.press("Confirm")
    page.wait_for_url(PUBLICATION)
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    newcomer.is_told("Each published credential has its page, and is in the Credentials Overview.")
    page.get_by_role("link", name="Credentials Overview").click()
    page.locator("td.id a").click()
    page.get_by_role("link", name="Open Live Page").click()
    page.wait_for_url("**/c/*")
    expect(page.locator("h1")).to_have_text("Knots for Beginners")
    assert newcomer.presses + 3 <= MOST_PRESSES
