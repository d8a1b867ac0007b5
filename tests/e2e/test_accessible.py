"""Every page, dialog and mistake of the flow, in light and dark, wide and on a phone: axe finds nothing to object to,
and nothing is wider than the screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.local_systems import standing_still

WIDE, PHONE = 1280, 360
AXE = Axe()
LONG = "Wolfeschlegelsteinhausenbergerdorff-Österreicher-" * 3 + "Ü"


@dataclass
class Walk:
    """A walk through the system; what is wrong on the way is told at its end."""

    page: Page
    dashboard: str
    public: str
    dark: bool
    problems: list[str] = field(default_factory=list)

    def look(self, where: str) -> None:
        """Look at the page as it is now."""
        self.page.wait_for_load_state()
        for width in (PHONE, WIDE):
            self.page.set_viewport_size({"width": width, "height": 900})
            needed = self.page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                self.problems.append(f"{where}, {width}: is {needed} px wide")
            if self.dark and width == PHONE:
                continue  # narrow or dark, the colours are the same, and so is what is read aloud
            for violation in AXE.run(self.page).response["violations"]:
                nodes = "; ".join(f"{node['html'][:160]} {node['failureSummary'][:300]}" for node in violation["nodes"])
                self.problems.append(f"{where}, {width}: {violation['id']}: {nodes}")

    def go(self, path: str, where: str, status: int = 200) -> None:
        answer = self.page.goto(self.dashboard + path)
        assert answer is not None
        assert answer.status == status, where
        self.look(where)

    def press(self, name: str, where: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).last.click()
        self.page.wait_for_load_state()
        self.look(where)


@pytest.fixture(params=["light", "dark"])
def walk(request: pytest.FixtureRequest, browser: Browser, system: dict[str, Any]) -> Iterator[Walk]:
    context = browser.new_context(color_scheme=request.param, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(15_000)
    yield Walk(
        context.new_page(),
        system["dashboard_url"].rstrip("/"),
        system["public_url"].rstrip("/"),
        request.param == "dark",
    )
    context.close()


def before_signing_in(walk: Walk, system: dict[str, Any]) -> None:
    page = walk.page
    walk.go("/forgot-password", "forgotten password")
    walk.press("Send Link", "forgotten password without an address")
    page.get_by_label("Email").fill("nobody@example.org")
    walk.press("Send Link", "link is on its way")
    walk.go("/reset/no-such-token", "new password")
    page.get_by_label("New password", exact=True).fill("long enough password")
    walk.press("Set Password", "new password, not repeated")
    page.get_by_label("New password", exact=True).fill("long enough password")
    page.get_by_label("New password again").fill("long enough password")
    walk.press("Set Password", "new password by a link of yesterday")
    walk.go("/sign-in", "sign in")
    walk.press("Sign In", "sign in without anything")
    page.get_by_label("Email").fill(system["email"])
    page.get_by_label("Password", exact=True).fill("wrong password")
    walk.press("Sign In", "sign in with a wrong password")
    page.get_by_label("Password", exact=True).fill(system["password"])
    walk.press("Sign In", "groups")
    assert page.url.endswith("/groups")


def making_a_group(walk: Walk) -> None:
    page = walk.page
    page.locator("details.menu summary").click()
    walk.look("menu")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Create Group").first.click()
    walk.look("new group")
    page.get_by_label("Criteria web address").fill("no address")
    walk.press("Create Group", "new group with mistakes")
    page.get_by_label("Name", exact=True).fill(f"Night Sky Photography {LONG}")
    page.get_by_label("Criteria web address").fill("")
    page.get_by_label("Design", exact=True).select_option(label="Classic")
    walk.press("Create Group", "group without credentials")


def wording(walk: Walk) -> None:
    page = walk.page
    page.get_by_role("link", name="Email", exact=True).click()
    page.locator("details.placeholders summary").first.click()
    walk.look("email's wording")
    page.locator("#subject").fill("{recipent name}")
    page.locator("#body").fill(LONG * 3)
    walk.press("Save", "email's wording with a mistake")
    page.locator("#subject").fill("{recipient name}")
    walk.press("Save", "email's wording saved")


def creating(walk: Walk) -> None:
    page = walk.page
    page.get_by_role("link", name="Create Credentials").first.click()
    walk.look("form")
    page.get_by_role("button", name="Add Another Recipient").click()
    page.get_by_label("Show All Attributes").check()
    walk.look("form with two blocks and all attributes")
    page.get_by_label("Recipient Name").first.fill(LONG)
    page.get_by_label("Recipient Email").first.fill("someone-with-a-very-long-address-of-her-own@mail.example.org")
    page.get_by_label("Recipient Name").nth(1).fill("=?")
    page.get_by_label("Expiry Date").nth(1).fill("2001-01-01")
    walk.press("Create Credentials", "form with mistakes")
    page.get_by_label("Recipient Name").nth(1).fill("ليلى النموذجية")
    page.get_by_label("Recipient Email").nth(1).fill("layla@example.org")
    page.get_by_label("Expiry Date").nth(1).fill("")
    walk.press("Create Credentials", "created")
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    walk.look("review")


def amending(walk: Walk) -> None:
    page = walk.page
    review = page.url
    page.get_by_role("row").filter(has_text="layla@example.org").get_by_role("link").first.click()
    expect(page.get_by_role("img").first).to_be_visible()
    walk.look("preview")
    page.locator("details summary").last.click()
    walk.look("deleting")
    page.get_by_label("Recipient Name").fill("")
    walk.press("Save", "amending with a mistake")
    page.get_by_label("Recipient Name").fill("Layla Example")
    walk.press("Save", "amended")
    page.evaluate("document.querySelector('form[data-dialog]').submit()")  # as without scripts
    page.wait_for_url("**/publications/confirm")
    walk.look("confirming on a page of its own")
    other = page.context.new_page()
    other.goto(review)
    other.get_by_role("row").filter(has_text="layla@example.org").get_by_role("link").first.click()
    page.goto(other.url)
    other.get_by_label("Recipient Name").fill("Layla Elsewhere")
    other.get_by_role("button", name="Save").click()
    other.wait_for_load_state()
    other.close()
    page.get_by_label("Recipient Name").fill("Layla Here")
    walk.press("Save", "two changes at once")
    page.goto(review)


def publishing(walk: Walk) -> None:
    page = walk.page
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog")).to_contain_text("No credential is ticked")
    walk.look("dialog with nothing ticked")
    page.get_by_role("dialog").get_by_role("link", name="Back").click()
    page.get_by_label("Tick all on this page").check()
    walk.look("review with all ticked")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 credentials")
    walk.look("dialog")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/publications/[a-z2-7]{26}$"))
    walk.look("publishing")
    expect(page.get_by_role("heading", level=1)).to_have_text("Finished", timeout=30_000)
    assert page.locator("progress").evaluate("bar => bar.position") == 1
    walk.look("finished")


def again_and_anew(walk: Walk) -> None:
    page = walk.page
    walk.press("Resend Email", "sent once more")
    page.get_by_label("Recipient Name").fill(f"Layla {LONG}")
    walk.press("Save", "new version")
    page.locator(".new-version summary").click()
    walk.look("discarding a new version")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("published before")
    walk.look("dialog with a new version")
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    walk.press("Discard for good", "new version discarded")


def stopping(walk: Walk, system: dict[str, Any]) -> None:
    page = walk.page
    page.goto(walk.dashboard)
    page.get_by_role("link", name="Create Credentials").first.click()
    page.get_by_label("Recipient Name").fill(LONG)
    page.get_by_label("Recipient Email").fill("wrong@example.org")
    page.get_by_role("button", name="Create Credentials").click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    with standing_still(system, "mailer-worker"):
        page.get_by_label("Tick all on this page").check()
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        expect(page.locator("[data-count=published]")).to_have_text("1", timeout=30_000)
        publication = page.url
        page.goto(walk.dashboard)
        walk.look("groups while something moves")
        page.goto(publication)
        walk.press("Pause sending", "paused")
        page.locator("[data-controls] summary").click()
        walk.look("cancelling")
        page.get_by_role("button", name="Cancel for good").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Cancelled", timeout=30_000)
        walk.look("cancelled")


def afterwards(walk: Walk) -> None:
    page = walk.page
    home = page.url.partition("/publications")[0].removeprefix(walk.dashboard)
    walk.go(f"{home}/publications", "publications")
    walk.go(f"{home}/groups", "groups with one")
    for chapter in ("organisation", "people", "sending", "sending/domain", "my-account"):
        walk.go(f"{home}/settings/{chapter}", f"settings: {chapter}")
    walk.go(f"{home}/credentials", "overview")
    walk.go(f"{home}/credentials?search=nobody", "search without a match")
    walk.go(f"{home}/credentials?cursor=nonsense", "a page that is none", 400)
    walk.go(f"{home}/nowhere", "no such page", 404)
    walk.go(f"{home}/credentials?search=layla&state=published", "search")
    page.get_by_role("row").filter(has_text="layla@example.org").get_by_role("link").first.click()
    expect(page.get_by_role("img").first).to_be_visible()
    walk.look("published")
    again_and_anew(walk)
    page.get_by_role("link", name="Open Live Page").click()
    page.wait_for_url(f"{walk.public}/c/*")
    walk.look("live page")
    for path, where in (("/c/" + "a" * 26, "public page that is none"), ("/", "public home")):
        page.goto(walk.public + path)
        walk.look(where)


def test_axe_objects_to_nothing_and_nothing_is_wider_than_a_phone(walk: Walk, system: dict[str, Any]) -> None:
    before_signing_in(walk, system)
    making_a_group(walk)
    wording(walk)
    creating(walk)
    amending(walk)
    publishing(walk)
    stopping(walk, system)
    afterwards(walk)
    assert not walk.problems, "\n".join(walk.problems)
