"""The issuer's whole flow in one go, from signing in to signing out: by keyboard, and by touch on a dark phone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conferral.contracts.ids import new_id
from tests.e2e.hands import Finger, Hands, Keyboard
from tests.support.local_systems import standing_still
from tests.support.mailbox import mails_to

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
ANA, BEN = "Ana María Example-Österreicher", "ليلى النموذجية"
PUBLICATION = re.compile(r"/publications/[a-z2-7]{26}$")


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, locale="en-GB", color_scheme="dark"
    )
    context.set_default_timeout(15_000)
    yield context
    context.close()


def test_by_keyboard_alone(page: Page, system: dict[str, Any]) -> None:
    whole_flow(Keyboard(page), system, f"keyboard-{new_id()[:6]}.example.org")


def test_by_touch_on_a_dark_phone(phone: BrowserContext, system: dict[str, Any]) -> None:
    finger = Finger(phone.new_page())
    whole_flow(finger, system, f"finger-{new_id()[:6]}.example.org")
    assert not finger.small, "\n".join(sorted(finger.small))


def whole_flow(hands: Hands, system: dict[str, Any], host: str) -> None:
    groups = (f"{host} {LONG}", f"{host} أسس علم الأحياء البحرية")
    signing_in(hands, system)
    for name, design in zip(groups, ("Classic", "Minimal"), strict=True):
        making_a_group(hands, name, design)
    from_a_group_or_from_the_pop_up(hands, groups)
    filling_in(hands, host)
    correcting(hands, host)
    reviewing_and_amending(hands, groups)
    with standing_still(system, "mailer-worker"):
        publishing(hands, groups)
        pausing(hands)
    resuming(hands)
    one_email_each_and_a_page_without_an_account(hands, system, host)
    after_publication(hands, system, host)
    signing_out(hands)


def signing_in(hands: Hands, system: dict[str, Any]) -> None:
    hands.page.goto(system["dashboard_url"])
    hands.look()
    hands.press("Sign In")  # with nothing typed
    expect(hands.page.get_by_label("Email")).to_be_focused()
    hands.look()
    hands.fill("Email", system["email"])
    hands.fill("Password", system["password"])
    hands.press("Sign In")
    hands.page.wait_for_url("**/groups")
    hands.look()


def making_a_group(hands: Hands, name: str, design: str) -> None:
    page = hands.page
    hands.press("Create Group")
    page.wait_for_url("**/groups/new")
    hands.look()
    hands.press("Create Group")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    hands.fill("Name", name)
    hands.choose("Design", design)
    hands.press("Create Group")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    hands.look()
    hands.press("Groups")
    page.wait_for_url("**/groups")


def from_a_group_or_from_the_pop_up(hands: Hands, groups: tuple[str, str]) -> None:
    page = hands.page
    hands.press("Create Credentials", beside=groups[0])
    expect(page.get_by_role("link", name="Create Credentials via Form")).to_be_visible()
    hands.look()
    hands.press("Credentials")
    expect(page.get_by_role("heading", level=1)).to_have_text("Credentials Overview")
    hands.look()
    hands.press("Create Credentials")
    dialog = page.get_by_role("dialog", name="Create Credentials")
    expect(dialog.get_by_label("Single Group")).to_be_checked()
    hands.dismiss()
    if hands.way == "keyboard":
        expect(page.get_by_role("link", name="Create Credentials")).to_be_focused()
    hands.press("Create Credentials")
    expect(dialog.get_by_label("Single Group")).to_be_checked()
    if hands.way == "keyboard":
        expect(dialog.get_by_label("Single Group")).to_be_focused()
        page.keyboard.press("ArrowRight")
    else:
        hands.press("Multiple Groups")
    expect(dialog.get_by_label("Multiple Groups")).to_be_checked()
    hands.press("Continue")
    expect(dialog.get_by_role("alert")).to_have_text("Choose a group first.")
    hands.look()
    for name in groups[::-1]:  # as they stand: the newest first
        hands.press(name)
    hands.press("Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create Credentials")


def filling_in(hands: Hands, host: str) -> None:
    page = hands.page
    expect(page.get_by_label("Recipient Name")).to_be_focused()
    expect(page.get_by_label("Grade")).to_be_hidden()
    hands.fill("Recipient Name", ANA)
    hands.fill("Recipient Email", f"{hands.way}@hotmial.com")
    hands.fill("Issue Date", "2026-11-20") if hands.way == "finger" else page.keyboard.press("Tab")
    hands.press(f"{hands.way}@hotmail.com")  # the suggestion
    expect(page.get_by_label("Recipient Email")).to_have_value(f"{hands.way}@hotmail.com")
    hands.fill("Recipient Email", f"ana@{host}")
    hands.press("Show All Attributes")
    hands.fill("Grade", "With distinction")
    hands.look()
    hands.press("Add Another Recipient")
    expect(page.get_by_label("Recipient Name").nth(1)).to_be_focused()
    hands.fill("Recipient Name", "=?utf-8?q?a?=", beside="Recipient 2")
    hands.fill("Recipient Email", f"ben@{host}", beside="Recipient 2")
    hands.press("Add Another Recipient")
    hands.fill("Recipient Name", "Not Wanted", beside="Recipient 3")
    hands.press("Remove Recipient 3")
    expect(page.get_by_label("Recipient Name")).to_have_count(2)
    expect(page.get_by_label("Recipient Name").nth(1)).to_be_focused()
    hands.look()


def correcting(hands: Hands, host: str) -> None:
    page = hands.page
    hands.press("Create Credentials")
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been created yet")
    expect(page.get_by_label("Recipient Name").nth(1)).to_be_focused()
    expect(page.get_by_label("Recipient Email").first).to_have_value(f"ana@{host}")
    expect(page.get_by_label("Grade").first).to_have_value("With distinction")
    hands.look()
    hands.fill("Recipient Name", BEN, beside="Recipient 2")
    hands.press("Create Credentials")
    expect(page.get_by_role("heading", level=1)).to_have_text("4 credentials were created")
    expect(page.get_by_text("Nothing has been sent.")).to_be_visible()
    hands.look()


def reviewing_and_amending(hands: Hands, groups: tuple[str, str]) -> None:
    page = hands.page
    hands.press("Review Unpublished Credentials")
    expect(page.locator("tbody tr")).to_have_count(4)
    hands.look()
    review = page.url
    hands.open_row(ANA)
    expect(page.get_by_text("Unpublished preview")).to_be_visible()
    hands.look()
    hands.fill("Recipient Name", "")
    hands.press("Save")
    expect(page.get_by_label("Recipient Name")).to_be_focused()
    hands.fill("Recipient Name", f"{ANA} II")
    hands.press("Save")
    expect(page.get_by_role("status").first).to_contain_text("Your changes were saved.")
    expect(page.get_by_role("img").first).to_contain_text("II")
    hands.press("Delete")
    hands.press("Delete for good")
    expect(page.locator("tbody tr")).to_have_count(3)
    hands.open_row(groups[1])
    hands.press("Review Unpublished Credentials")
    page.wait_for_url(review)


def publishing(hands: Hands, groups: tuple[str, str]) -> None:
    page, dialog = hands.page, hands.page.get_by_role("dialog")
    hands.press("Publish")
    expect(dialog).to_contain_text("No credential is ticked")
    hands.look()
    hands.dismiss()
    hands.press("Tick all on this page")
    expect(page.get_by_text("3 credentials ticked")).to_be_visible()
    hands.press(f"Tick {BEN}", beside=groups[1])
    expect(page.get_by_text("2 credentials ticked")).to_be_visible()
    hands.press("Publish")
    expect(dialog).to_contain_text("Publish 2 credentials?")
    expect(dialog).to_contain_text(groups[0])
    expect(dialog).to_contain_text("credentials@example.org")
    hands.look()
    hands.dismiss()
    if hands.way == "keyboard":
        expect(page.get_by_role("button", name="Publish")).to_be_focused()
    hands.press("Publish")
    expect(dialog).to_contain_text("Publish 2 credentials?")
    hands.press("Confirm")
    page.wait_for_url(PUBLICATION)


def pausing(hands: Hands) -> None:
    page = hands.page
    expect(page.locator("[data-count=published]")).to_have_text("2", timeout=30_000)
    hands.look()
    hands.press("Pause sending")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    hands.look()


def resuming(hands: Hands) -> None:
    page = hands.page
    hands.press("Resume")
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-count=emails_sent]")).to_have_text("2")
    hands.look()


def one_email_each_and_a_page_without_an_account(hands: Hands, system: dict[str, Any], host: str) -> None:
    browser = hands.page.context.browser
    assert browser is not None
    for mailbox in ("ana", "ben"):
        (mail,) = mails_to(system, f"{mailbox}@{host}")
        link = re.search(r"http://\S+/c/[a-z2-7]{26}\?d=[A-Za-z0-9_-]+", mail["text"])
        assert link, mail["text"]
        stranger = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
        live = stranger.new_page()
        answer = live.goto(link[0])
        assert answer is not None
        assert answer.status == 200
        finger = hands if isinstance(hands, Finger) else Finger(live)
        replace(finger, page=live).look()
        stranger.close()


def after_publication(hands: Hands, system: dict[str, Any], host: str) -> None:
    page = hands.page
    hands.press("Credentials")
    hands.fill("Search by name, email or ID", f"ana@{host}")
    hands.press("Search")
    hands.look()
    hands.open_row("Published")
    hands.press("Resend Email")
    expect(page.get_by_role("status").first).to_contain_text("One more email is on its way")
    hands.fill("Recipient Name", f"{ANA} III")
    hands.press("Save")
    expect(page.get_by_text("Version 1 is live. A new version is being prepared.")).to_be_visible()
    hands.look()
    hands.press("Publish")
    expect(page.get_by_role("dialog")).to_contain_text("published before")
    hands.look()
    hands.press("Confirm")
    expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    assert len(mails_to(system, f"ben@{host}", wait=0)) == 1


def signing_out(hands: Hands) -> None:
    organisation = hands.page.locator(".menu summary").inner_text().strip()
    hands.press(organisation)
    hands.look()
    hands.press("Sign Out")
    hands.page.wait_for_url("**/sign-in*")
