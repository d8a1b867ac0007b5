"""A design of one's own, tried out while it is made; a group with it, changed and archived; and axe on the way."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.support.waiting import wait_until

AXE = Axe()
GROUP = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk أساسيات"


def look(page: Page, where: str) -> None:
    """Nothing is wider than a phone, and axe finds nothing."""
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, where
    page.set_viewport_size({"width": 1280, "height": 900})
    found = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in AXE.run(page).response["violations"]]
    assert found == [], where


def make_a_design(page: Page, name: str) -> None:
    page.get_by_role("link", name="Designs", exact=True).click()
    look(page, "designs")
    page.get_by_role("link", name="New Design").click()
    look(page, "choice of a plugin")
    page.get_by_role("link", name="Use Classic").click()
    drawing = page.locator("[data-preview-drawing]")
    expect(drawing).to_contain_text("Ana Li")
    expect(page.get_by_role("button", name="Preview")).to_be_hidden()
    page.get_by_label("Preview for").select_option(label="Arabic")
    expect(drawing).to_contain_text("مريم")
    page.get_by_label("Title", exact=True).fill("Urkunde")
    expect(drawing).to_contain_text("Urkunde")
    page.get_by_label("Main colour").fill("#f5ead0")
    expect(page.locator("[data-preview-warnings]")).to_contain_text("hard to see on")
    look(page, "design form with a warning")
    page.get_by_label("Main colour").fill("#7a1f1f")
    expect(page.locator("[data-preview-warnings]")).to_be_hidden()
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save Design").last.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been saved yet")
    expect(page.get_by_label("Title", exact=True)).to_have_value("Urkunde")
    look(page, "design form with a mistake")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Save Design").last.click()
    expect(page.get_by_role("status").first).to_contain_text("The design was saved")


def make_a_group(page: Page, design: str, image: Path) -> None:
    page.get_by_role("link", name="Groups", exact=True).click()
    page.get_by_role("link", name="Create Group").first.click()
    page.get_by_label("Name", exact=True).fill(GROUP)
    page.get_by_label("Design", exact=True).select_option(label=design)
    page.get_by_label("Image").set_input_files(image)
    page.get_by_text("Emails, expiry and duplicates").click()
    page.get_by_label("Replies go to").fill("nobody")
    page.get_by_label("Sender name").fill("Bee School")
    page.get_by_label("How long").fill("2")
    expect(page.get_by_label("Some time after the issue date")).to_be_checked()
    page.get_by_role("button", name="Create Group").click()
    expect(page.get_by_text("This is not an email address.")).to_be_visible()
    expect(page.get_by_text("The file that you chose is kept")).to_be_visible()
    look(page, "group form with a mistake")
    page.get_by_label("Replies go to").fill("office@example.org")
    page.get_by_role("button", name="Create Group").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(GROUP)
    look(page, "group")


def draft_in_the_design(page: Page, address: str) -> None:
    page.get_by_role("link", name="Create Credentials").first.click()
    year = int(page.get_by_label("Issue Date").input_value()[:4])
    page.get_by_label("Recipient Name").fill("Zoë Sample")
    page.get_by_label("Recipient Email").fill(address)
    page.get_by_label("Show All Attributes").check()
    expect(page.get_by_label("Expiry Date")).to_have_value(re.compile(f"^{year + 2}-"))
    page.get_by_role("button", name="Create Credentials").last.click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    page.get_by_role("row").filter(has_text="Zoë Sample").get_by_role("link").first.click()
    expect(page.get_by_role("img").first).to_contain_text("Urkunde")
    page.get_by_role("link", name=GROUP).first.click()


def change_it(page: Page) -> None:
    """A colleague is faster; what both typed is shown."""
    page.get_by_role("link", name="Edit", exact=True).click()
    expect(page.get_by_text("1 unpublished credential follows every change here at once.")).to_be_visible()
    look(page, "group being changed")
    colleague = page.context.new_page()
    colleague.goto(page.url)
    colleague.get_by_label("Description").fill("Theirs.")
    colleague.get_by_role("button", name="Save", exact=True).click()
    expect(colleague.get_by_role("status").first).to_contain_text("Your changes were saved")
    colleague.close()
    page.get_by_label("Description").fill("Mine.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Description: Theirs. (yours: Mine.)")
    look(page, "group with a conflict")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Your changes were saved")


def publish_it(page: Page) -> None:
    group = page.url.partition("?")[0]
    page.get_by_role("row").filter(has_text="Zoë Sample").get_by_role("checkbox").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog")).to_contain_text("Bee School")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/publications/[a-z2-7]{26}$"))
    page.goto(group)


def mail_to(system: dict[str, str], address: str) -> dict[str, Any]:
    def arrived() -> list[dict[str, Any]]:
        return [mail for mail in json.loads(fetched(system["mailbox_api"])) if address in mail["recipients"]]

    assert wait_until(arrived, 30), f"no email to {address}"
    return arrived()[0]


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content


def published_as_entered(mail: dict[str, Any]) -> None:
    """The group's sender is in the raw email, its picture in the credential's JSON and on its page."""
    headers = mail["raw"].replace("\r\n", "\n").partition("\n\n")[0]
    assert re.search(r"^From: Bee School <", headers, re.MULTILINE)
    assert re.search(r"^Reply-To: .*office@example\.org", headers, re.MULTILINE)
    link = re.search(r"http://\S+/c/[a-z2-7]{26}", mail["text"])
    assert link
    document = json.loads(fetched(f"{link[0]}.json"))
    image = document["credentialSubject"]["achievement"]["image"]["id"]
    assert fetched(image).startswith(b"\x89PNG")
    assert image.rpartition("/")[2] in fetched(link[0]).decode()


def archive_it(page: Page) -> None:
    page.get_by_text("Archive", exact=True).click()
    look(page, "question before archiving")
    page.get_by_role("button", name="Archive Group").click()
    expect(page.get_by_role("status").first).to_contain_text("The group is archived")
    expect(page.get_by_role("link", name="Create Credentials")).to_have_count(0)
    page.get_by_role("link", name="Groups", exact=True).first.click()
    expect(page.get_by_role("link", name=GROUP)).to_have_count(0)
    page.get_by_role("link", name="Archived").click()
    expect(page.get_by_role("link", name=GROUP).first).to_be_visible()
    image = page.locator("img.emblem").first
    expect(image).to_be_visible()
    assert image.evaluate("image => image.complete && image.naturalWidth > 0"), "the picture is loaded"
    look(page, "archive")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_design_and_a_group_with_it_from_the_first_colour_to_the_archive(
    browser: Browser, system: dict[str, str], tmp_path: Path, scheme: str
) -> None:
    image = tmp_path / "badge.png"
    Image.new("RGBA", (700, 700), "#336699cc").save(image)
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(system["dashboard_url"])
    page.get_by_label("Email").fill(system["email"])
    page.get_by_label("Password", exact=True).fill(system["password"])
    page.get_by_role("button", name="Sign In").click()
    name, address = f"Urkunde, {scheme}", f"zoe-{scheme}@example.org"
    make_a_design(page, name)
    make_a_group(page, name, image)
    draft_in_the_design(page, address)
    change_it(page)
    publish_it(page)
    published_as_entered(mail_to(system, address))
    archive_it(page)
    context.close()
