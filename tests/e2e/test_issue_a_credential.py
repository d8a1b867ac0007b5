"""An issuer's whole way, from signing in to the recipient's live page, in a real browser on the whole system."""

import re
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.mailbox import mails_to

NAME = "Åsa Ünal-Prøve 王小明"


def test_from_sign_in_to_the_live_page(signed_in: Page, system: dict[str, Any], browser: Browser) -> None:
    page = signed_in
    page.get_by_role("link", name=re.compile("Create Group|Create your first group")).first.click()
    page.get_by_label("Name", exact=True).fill("Night Sky Photography")
    page.get_by_label("Design", exact=True).select_option(label="Classic")
    page.get_by_role("button", name="Create Group").click()
    page.get_by_role("link", name="Create Credentials").first.click()

    page.get_by_label("Recipient Name").fill(NAME)
    page.get_by_label("Recipient Email").fill("asa@example.org")
    page.get_by_role("button", name="Add Another Recipient").click()
    page.get_by_label("Recipient Name").nth(1).fill("=?utf-8?q?a=0d=0aBcc=3a?=")
    page.get_by_label("Recipient Email").nth(1).fill("second@example.org")
    page.get_by_role("button", name="Create Credentials").click()
    # a mistake keeps everything typed, says what is wrong beside the field, and stores nothing
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been created")
    expect(page.get_by_label("Recipient Name").first).to_have_value(NAME)
    page.get_by_label("Recipient Name").nth(1).fill("Second Example")
    page.get_by_role("button", name="Create Credentials").click()

    expect(page.get_by_text(re.compile(r"\b2 credentials\b")).first).to_be_visible()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    page.get_by_role("row").filter(has_text="Second Example").get_by_role("link").first.click()
    expect(page.get_by_text("Unpublished").first).to_be_visible()
    expect(page.get_by_role("img").first).to_be_visible()
    page.go_back()

    page.get_by_role("row").filter(has_text=NAME).get_by_role("checkbox").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 credential")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").dblclick()
    page.wait_for_url(re.compile("/publications/[a-z2-7]{26}$"))

    mails = mails_to(system, "asa@example.org")
    assert len(mails) == 1, "a double click on Confirm sent one email"
    link = re.search(r"http://\S+/c/[a-z2-7]{26}\?d=[A-Za-z0-9_-]+", mails[0]["text"])
    assert link, mails[0]["text"]

    phone = browser.new_context(viewport={"width": 360, "height": 740})
    live = phone.new_page()
    response = live.goto(link.group(0))
    assert response is not None
    assert response.status == 200
    expect(live.locator("h1")).to_have_text("Night Sky Photography")
    expect(live.get_by_text(NAME).first).to_be_visible()
    assert live.evaluate("document.documentElement.scrollWidth") <= 360
    assert "noindex" in (live.locator("meta[name=robots]").get_attribute("content") or "")
    phone.close()


def test_unknown_and_unpublished_credentials_answer_alike(signed_in: Page, system: dict[str, Any]) -> None:
    public = system["public_url"].rstrip("/")
    unknown = signed_in.goto(f"{public}/c/{'a' * 26}")
    assert unknown is not None
    assert unknown.status == 404
    expect(signed_in.locator("h1")).to_have_text("There is no credential here")


def test_a_foreign_organisation_is_an_unknown_page(signed_in: Page, system: dict[str, Any]) -> None:
    answer = signed_in.goto(f"{system['dashboard_url'].rstrip('/')}/o/{'b' * 26}/groups")
    assert answer is not None
    assert answer.status == 404
