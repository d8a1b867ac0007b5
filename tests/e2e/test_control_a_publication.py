"""A wrong batch is stopped: Pause sending, Cancel what is left, and one email sent by hand, in a real browser."""

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.local_systems import standing_still
from tests.support.mailbox import mails_to

NAMES = ("Ines Example", "Jun Example 王小明", "Kari Example-Ødegård")


def make_drafts(page: Page, group: str, names: Sequence[str]) -> None:
    page.get_by_role("link", name="Groups", exact=True).click()
    page.get_by_role("link", name="Create Group").first.click()
    page.get_by_label("Name", exact=True).fill(group)
    page.get_by_label("Design", exact=True).select_option(label="Classic")
    page.get_by_role("button", name="Create Group").click()
    page.get_by_role("link", name="Create Credentials").first.click()
    for number, name in enumerate(names):
        if number:
            page.get_by_role("button", name="Add Another Recipient").click()
        page.get_by_label("Recipient Name").nth(number).fill(name)
        page.get_by_label("Recipient Email").nth(number).fill(
            f"pilot-{number}@{group.lower().replace(' ', '-')}.example.org"
        )
    page.get_by_role("button", name="Create Credentials").click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()


def test_a_wrong_batch_is_paused_and_cancelled_and_one_email_is_sent_by_hand(
    signed_in: Page, system: dict[str, Any]
) -> None:
    page = signed_in
    make_drafts(page, "Harbour Pilots", NAMES)
    group = page.get_by_role("link", name="Harbour Pilots").first.get_attribute("href")
    with standing_still(system, "mailer-worker"):
        page.get_by_role("checkbox", name="Tick all on this page").check()
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        page.wait_for_url(re.compile("/publications/[a-z2-7]{26}$"))
        publication = page.url
        expect(page.locator("[data-count=published]")).to_have_text("3", timeout=30_000)
        page.goto(system["dashboard_url"].rstrip("/") + str(group))
        expect(page.get_by_role("link", name="Sending email 0 of 3")).to_be_visible()
        page.get_by_role("link", name="Sending email 0 of 3").click()
        page.get_by_role("button", name="Pause sending").click()
        expect(page.get_by_role("heading", name="Paused")).to_be_visible()

    page.reload()  # it is still there, and the mailer that goes on finds it held
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    page.get_by_text("Cancel what is left").click()
    page.get_by_role("button", name="Cancel for good").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible(timeout=30_000)
    assert page.url == publication
    expect(page.locator("[data-count=emails_cancelled]")).to_have_text("3")
    expect(page.get_by_text("The publication was cancelled")).to_have_count(3)
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)

    page.get_by_role("row").filter(has_text=NAMES[1]).get_by_role("link").click()
    expect(page.get_by_text("Published", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Resend Email").dblclick()
    expect(page.get_by_role("status").filter(has_text="One more email is on its way")).to_be_visible()
    assert len(mails_to(system, "pilot-1@harbour-pilots.example.org")) == 1, "a double click sent one email"
    assert [mails_to(system, f"pilot-{number}@harbour-pilots.example.org", wait=0) for number in (0, 2)] == [[], []]


def test_a_published_name_is_corrected_as_a_new_version(signed_in: Page) -> None:
    page = signed_in
    make_drafts(page, "Canal Pilots", NAMES[1:2])
    page.get_by_role("row").filter(has_text=NAMES[1]).get_by_role("link").first.click()
    credential = page.url
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    page.goto(credential)
    page.get_by_label("Recipient Name").fill("Jun Corrected")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Version 1 is live. A new version is being prepared.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Recipient Name")
    expect(row).to_contain_text(NAMES[1])
    expect(row).to_contain_text("Jun Corrected")
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox", name="Tell its holder about it by email")).not_to_be_checked()
    dialog.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-count=not_told]")).to_have_text("1")
