"""A group's email in the issuer's own words: by keyboard, with the preview beside it, to what is received."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.mailbox import mails_to

GROUP = "Tide Pool Watching"


def make_a_group(page: Page) -> str:
    home = page.url.partition("/groups")[0]
    page.goto(f"{home}/groups/new")
    page.get_by_label("Name", exact=True).fill(GROUP)
    page.get_by_label("Design", exact=True).select_option(label="Classic")
    page.get_by_role("button", name="Create Group").last.click()
    page.wait_for_url(re.compile("/groups/[a-z2-7]{26}"))
    return page.url.partition("?")[0]


def add_a_credential(page: Page, group: str, name: str, address: str) -> None:
    page.goto(f"{group}/create-credentials")
    page.get_by_label("Recipient Name").fill(name)
    page.get_by_label("Recipient Email").fill(address)
    page.get_by_role("button", name="Create Credentials").last.click()
    page.wait_for_url(re.compile("/created/"))


def seen(page: Page, text: str) -> Locator:
    """What the email beside the form says; above it, folded up, stands the same as plain text."""
    return page.frame_locator("iframe:not([hidden])").get_by_text(text).last


def test_words_are_written_by_keyboard_seen_at_once_and_received(signed_in: Page, system: dict[str, Any]) -> None:
    page = signed_in
    group = make_a_group(page)
    add_a_credential(page, group, "ليلى النموذجية", "layla.tides@example.org")
    page.goto(f"{group}/email")
    expect(seen(page, "Hello ليلى النموذجية,")).to_be_visible()
    subject = page.locator("#subject")
    subject.focus()
    page.keyboard.type("Well done, ")
    page.keyboard.press("Tab")
    expect(page.locator("summary:focus")).to_contain_text("Placeholders")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("button:focus")).to_have_text("{recipient name}")
    page.keyboard.press("Enter")
    expect(subject).to_be_focused()
    expect(subject).to_have_value("Well done, {recipient name}")
    page.locator("#body").fill("One & only <{group name}>.\n\nTwo.")
    expect(seen(page, "Well done, ليلى النموذجية")).to_be_visible()
    expect(seen(page, f"One & only <{GROUP}>.")).to_be_visible()
    before = page.evaluate("history.length")
    page.get_by_label("Closing").fill("See you {grde}")
    expect(seen(page, "Did you mean {grade}?")).to_be_visible()
    assert page.evaluate("history.length") == before, "a preview is no page to go back to"
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#closing-wrong")).to_contain_text("There is no placeholder {grde}. Did you mean {grade}?")
    expect(subject).to_have_value("Well done, {recipient name}")
    page.get_by_label("Closing").fill("See you")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("status").first).to_contain_text("The email's wording was saved")
    page.get_by_label("Tick all on this page").check()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Finished", timeout=30_000)
    (mail,) = mails_to(system, "layla.tides@example.org")
    assert mail["subject"] == "Well done, ليلى النموذجية"
    text = mail["text"].replace("\r\n", "\n")
    assert f"One & only <{GROUP}>.\n\nTwo." in text
    assert "See you" in text


def test_without_scripts_the_button_shows_the_email_and_placeholders_are_listed(
    browser: Browser, signed_in: Page
) -> None:
    group = make_a_group(signed_in)
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in.context.storage_state())
    page = context.new_page()
    page.goto(f"{group}/email")
    expect(page.get_by_text("The group has no credentials yet")).to_be_visible()
    page.locator("details.placeholders summary").first.click()
    expect(page.locator("code").first).to_have_text("{recipient name}")
    expect(page.locator("details.placeholders button")).to_have_count(0)
    page.get_by_label("Greeting").fill("Dear {recipient name}")
    page.get_by_role("button", name="Preview").click()
    expect(seen(page, "Dear Ana Li")).to_be_visible()
    page.get_by_label("Phone").check()
    frame = page.locator("iframe").bounding_box()
    assert frame is not None
    assert frame["width"] == 360
    context.close()
