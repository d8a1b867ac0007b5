"""Settings in a real browser: an owner invites a drafter, who drafts and cannot publish; one's own account."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.support.mailbox import mails_to

PASSWORD = "seven green lamps on a hill"


def open_settings(page: Page, chapter: str) -> None:
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("navigation", name="Settings").get_by_role("link", name=chapter).click()


def invite(page: Page, address: str, role: str) -> None:
    open_settings(page, "People")
    page.get_by_label("Email").fill(address)
    page.get_by_role("radio", name=re.compile(f"^{role}")).check()
    page.get_by_role("button", name="Send Invitation").dblclick()
    expect(page.get_by_role("status")).to_contain_text("on its way")


def link_in(mail: dict[str, Any]) -> str:
    found = re.search(r"http://\S+/invitation/[A-Za-z0-9_-]+", mail["text"])
    assert found, mail["text"]
    return found.group(0)


def change_and_remove(owner: Page) -> None:
    owner.reload()
    owner.get_by_label("Role of Dana").select_option("viewer")
    owner.get_by_role("listitem").filter(has_text="Dana").get_by_role("button", name="Change Role").click()
    expect(owner.get_by_role("status")).to_contain_text("role was changed")
    owner.get_by_label("Remove Dana").click()
    owner.get_by_role("button", name="Remove from organisation").click()
    expect(owner.get_by_role("status")).to_contain_text("no longer belongs")


def test_an_invited_drafter_creates_a_draft_and_is_shown_no_publish(
    signed_in: Page, system: dict[str, Any], browser: Browser
) -> None:
    owner, address = signed_in, "dana@example.org"
    owner.get_by_role("link", name=re.compile("Create Group")).first.click()
    owner.get_by_label("Name", exact=True).fill("Tide Tables")
    owner.get_by_label("Design", exact=True).select_option(label="Classic")
    owner.get_by_role("button", name="Create Group").click()
    invite(owner, address, "Drafter")
    (mail,) = mails_to(system, address)
    assert "invites you" in mail["subject"]

    phone = browser.new_context(viewport={"width": 360, "height": 740})
    phone.set_default_timeout(15_000)
    page = phone.new_page()
    page.goto(link_in(mail))
    expect(page.get_by_text("Drafter")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_label("Your name").fill("Dana Ünal 王")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password again").fill("short")
    page.get_by_role("button", name="Accept Invitation").click()
    expect(page.get_by_text("Use at least 12 characters.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Dana Ünal 王")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Accept Invitation").click()

    page.wait_for_url(re.compile("/o/[a-z2-7]{26}/groups$"))
    expect(page.get_by_role("link", name="Create Group")).to_have_count(0)
    page.get_by_role("link", name="Create Credentials").first.click()
    page.get_by_label("Recipient Name").fill("Ines Example")
    page.get_by_label("Recipient Email").fill("ines@example.org")
    page.get_by_role("button", name="Create Credentials").click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    expect(page.get_by_text("Ines Example")).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    page.get_by_role("row").filter(has_text="Ines Example").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Ines Example")).to_be_visible()
    expect(page.get_by_role("button", name="Publish")).to_have_count(0)
    open_settings(page, "People")
    expect(page.get_by_role("button", name="Send Invitation")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    organisation = page.goto(page.url.replace("/people", "/organisation"))
    assert organisation is not None
    assert organisation.status == 403
    used = page.goto(link_in(mail))
    assert used is not None
    assert used.status == 404

    change_and_remove(owner)
    page.goto(system["dashboard_url"])
    expect(page.get_by_role("heading", name="Sign In")).to_be_visible()
    phone.close()


def test_the_only_owner_is_offered_neither_demotion_nor_removal(signed_in: Page) -> None:
    open_settings(signed_in, "People")
    expect(signed_in.get_by_text("The only owner stays")).to_be_visible()
    expect(signed_in.get_by_role("button", name="Change Role")).to_have_count(0)


def test_a_withdrawn_invitation_says_so(signed_in: Page, system: dict[str, Any]) -> None:
    invite(signed_in, "withdrawn@example.org", "Viewer")
    (mail,) = mails_to(system, "withdrawn@example.org")
    signed_in.get_by_label("Withdraw the invitation of withdrawn@example.org").click()
    expect(signed_in.get_by_role("status")).to_contain_text("withdrawn")
    signed_in.goto(link_in(mail))
    expect(signed_in.get_by_role("heading")).to_have_text("This link no longer works")


def test_of_two_owners_who_save_the_organisation_the_second_sees_both_values(signed_in: Page) -> None:
    open_settings(signed_in, "Organisation")
    other = signed_in.context.new_page()
    other.goto(signed_in.url)
    signed_in.get_by_label("Postal address").fill("1 Field Lane\nNorthfield")
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_role("status").first).to_contain_text("saved")
    other.get_by_label("Website").fill("https://other.example.org")
    other.get_by_label("Time zone").fill("asia/kathmandu")
    other.get_by_role("button", name="Save").click()
    alert = other.get_by_role("alert")
    expect(alert).to_contain_text("1 Field Lane")
    expect(other.get_by_label("Website")).to_have_value("https://other.example.org")
    other.get_by_label("Postal address").fill("1 Field Lane\nNorthfield")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").first).to_contain_text("saved")
    expect(other.get_by_label("Time zone")).to_have_value("Asia/Kathmandu")
    other.get_by_label("Time zone").fill("UTC")
    other.get_by_role("button", name="Save").click()


def test_signing_out_everywhere_else_ends_the_other_browser(
    signed_in: Page, system: dict[str, Any], browser: Browser
) -> None:
    other = browser.new_context()
    page = other.new_page()
    page.goto(system["dashboard_url"])
    page.get_by_label("Email").fill(system["email"])
    page.get_by_label("Password", exact=True).fill(system["password"])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(re.compile("/groups$"))
    open_settings(signed_in, "My Account")
    expect(signed_in.get_by_text("This session")).to_have_count(1)
    signed_in.get_by_role("button", name="Sign out everywhere else").click()
    expect(signed_in.get_by_role("status")).to_contain_text("over")
    page.reload()
    assert urlsplit(page.url).path == "/sign-in"
    other.close()


def test_a_test_email_shows_the_mail_servers_own_words(signed_in: Page, system: dict[str, Any]) -> None:
    page = signed_in
    open_settings(page, "Sending")
    expect(page.get_by_label("Server", exact=True)).to_be_hidden()
    page.get_by_label("Sender name").fill("Examinations Office")
    page.get_by_role("radio", name="Your organisation's own mail server").check()
    page.get_by_label("Server", exact=True).fill("127.0.0.1")
    page.get_by_label("Port").fill("1")
    page.get_by_label("Encryption").select_option(label="None")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("saved")
    # a server of one's own is tried as soon as it is saved
    expect(page.locator(".trial")).to_contain_text("Failed", timeout=30_000)
    expect(page.locator(".words")).to_contain_text("refused")

    page.get_by_label("Port").fill(str(system["smtp_port"]))
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".trial")).to_contain_text("Accepted", timeout=30_000)
    expect(page.locator(".words")).to_contain_text("250")
    (mail,) = [mail for mail in mails_to(system, system["email"]) if "test email" in mail["subject"]]
    assert "Examinations Office" in str(mail)

    page.get_by_role("radio", name="This installation's mail server").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("saved")
    expect(page.locator(".trial")).to_have_count(0)
    page.get_by_role("button", name="Send Test Email").click()
    expect(page.locator(".trial")).to_contain_text("Accepted", timeout=30_000)


def test_what_the_senders_domain_lacks_is_said_in_a_text_to_forward(signed_in: Page) -> None:
    page = signed_in
    open_settings(page, "Sending")
    page.get_by_role("link", name="Check Domain").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("example.org")
    page.get_by_role("button", name="Make a Key").click()
    expect(page.get_by_role("status").first).to_contain_text("key was made")
    letter = page.get_by_label("For whoever runs the DNS")
    expect(letter).to_have_value(
        re.compile(r"Name: conferral-\d{14}\._domainkey\.example\.org\nType: TXT\nValue: v=DKIM1")
    )
    expect(page.get_by_role("button", name="Sign Emails")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
