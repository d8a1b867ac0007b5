"""Two people at once: the same credential amended by both, and Confirm pressed by both at the same moment."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from conferral.contracts.ids import new_id
from tests.support.mailbox import mails_to

PASSWORD = "seven green lamps on a hill"
PUBLICATION = re.compile(r"/publications/[a-z2-7]{26}$")
PRESS_TWICE = "button => { button.click(); button.click(); }"


@pytest.fixture
def colleague(signed_in: Page, system: dict[str, Any], browser: Browser) -> Iterator[Page]:
    """Somebody else in the same organisation, invited as a publisher, in a browser of their own."""
    home, address = signed_in.url.partition("/groups")[0], f"colleague-{new_id()[:8]}@example.org"
    signed_in.goto(f"{home}/settings/people")
    signed_in.get_by_label("Email").fill(address)
    signed_in.get_by_role("radio", name=re.compile("^Publisher")).check()
    signed_in.get_by_role("button", name="Send Invitation").click()
    expect(signed_in.get_by_role("status")).to_contain_text("on its way")
    (mail,) = mails_to(system, address)
    link = re.search(r"http://\S+/invitation/[A-Za-z0-9_-]+", mail["text"])
    assert link
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(link[0])
    page.get_by_label("Your name").fill("Carla Colleague")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Accept Invitation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups")
    signed_in.goto(f"{home}/groups")
    yield page
    context.close()
    signed_in.goto(f"{home}/settings/people")
    signed_in.get_by_label("Remove Carla").click()
    signed_in.get_by_role("button", name="Remove from organisation").click()
    expect(signed_in.get_by_role("status")).to_contain_text("no longer belongs")


def drafts(page: Page, *addresses: str) -> str:
    """Create drafts in a group of their own; return the address of their review."""
    home = re.match(r"https?://[^/]+/o/[a-z2-7]{26}", page.url)
    assert home
    page.goto(f"{home[0]}/groups/new")
    page.get_by_label("Name", exact=True).fill(f"Two People {new_id()[:6]}")
    page.get_by_label("Design", exact=True).select_option(label="Classic")
    page.get_by_role("button", name="Create Group").click()
    page.get_by_role("link", name="Create Credentials").first.click()
    for number, address in enumerate(addresses):
        if number:
            page.get_by_role("button", name="Add Another Recipient").click()
        page.get_by_label("Recipient Name").nth(number).fill(f"Person {number}")
        page.get_by_label("Recipient Email").nth(number).fill(address)
    page.get_by_role("button", name="Create Credentials").click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    expect(page.locator("tbody tr")).to_have_count(len(addresses))
    return page.url


def test_both_values_of_a_credential_that_two_people_amended_are_shown_and_one_is_chosen(
    signed_in: Page, colleague: Page
) -> None:
    page = signed_in
    drafts(page, "one@example.org")
    page.locator("td.id a").first.click()
    colleague.goto(page.url)
    colleague.get_by_label("Recipient Name").fill("Theirs Example")
    colleague.get_by_role("button", name="Save").click()
    expect(colleague.get_by_role("status").first).to_contain_text("Your changes were saved.")
    page.get_by_label("Recipient Name").fill("Mine Example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this credential while you did.")
    name = page.get_by_role("group", name="Recipient Name")
    expect(name.get_by_text("Theirs: Theirs Example")).to_be_visible()
    expect(name.get_by_role("textbox")).to_have_value("Mine Example")
    colleague.reload()
    expect(colleague.get_by_label("Recipient Name")).to_have_value("Theirs Example")
    name.get_by_label("Yours:").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Your changes were saved.")
    colleague.reload()
    expect(colleague.get_by_label("Recipient Name")).to_have_value("Mine Example")


def test_two_people_who_confirm_at_the_same_moment_twice_send_each_recipient_one_email(
    signed_in: Page, colleague: Page, system: dict[str, Any]
) -> None:
    host = f"{new_id()[:8]}.example.org"
    addresses = [f"{number}@{host}" for number in range(3)]
    review = drafts(signed_in, *addresses)
    both = (signed_in, colleague)
    for page in both:
        page.goto(review)
        page.get_by_label("Tick all on this page").check()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("dialog")).to_contain_text("Publish 3 credentials?")
    for page in both:  # both are sent before either is answered
        page.get_by_role("dialog").get_by_role("button", name="Confirm").evaluate(PRESS_TWICE)
    for page in both:
        page.wait_for_url(PUBLICATION)
        expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    mails = [mail for address in addresses for mail in mails_to(system, address)]
    assert sorted(mail["recipients"][0] for mail in mails) == addresses, "one email each"
