"""A group's default expiry where scripts help: what is typed makes the choice, and a design is made on the way."""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

AXE = Axe()


def look(page: Page, where: str) -> None:
    """Nothing is wider than the screen, and axe finds nothing, in light and dark."""
    for scheme, width in (("light", 1280), ("dark", 360)):
        # without motion: axe would see colours on their way from one scheme to the other
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
        found = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in AXE.run(page).response["violations"]]
        assert found == [], where
    page.set_viewport_size({"width": 1280, "height": 900})


def home_of(page: Page) -> str:
    found = re.match(r"https?://[^/]+/o/[a-z2-7]{26}", page.url)
    assert found
    return found[0]


def begin_group(page: Page, name: str) -> None:
    page.goto(f"{home_of(page)}/groups/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_text("Emails, expiry and duplicates").click()


def finish_group(page: Page, name: str) -> str:
    page.get_by_role("button", name="Create Group").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    found = re.search(r"/groups/([a-z2-7]{26})", page.url)
    assert found
    return found[1]


def test_a_default_expiry_is_what_was_typed_and_each_group_s_own(signed_in: Page, system: dict[str, Any]) -> None:
    del system
    page = signed_in
    begin_group(page, "Evening Spanish")
    page.get_by_label("Expiry date", exact=True).fill("2040-01-01")
    expect(page.get_by_label("On a date")).to_be_checked()
    page.get_by_label("How long").fill("2")
    expect(page.get_by_label("Some time after the issue date")).to_be_checked()
    expect(page.get_by_label("Expiry date", exact=True)).to_have_value("")
    page.get_by_label("Never", exact=True).check()
    expect(page.get_by_label("How long")).to_have_value("")
    page.get_by_label("How long").fill("2")
    look(page, "group form")
    evening = finish_group(page, "Evening Spanish")
    begin_group(page, "Data Literacy")
    literacy = finish_group(page, "Data Literacy")
    page.goto(f"{home_of(page)}/create-credentials?group={evening}&group={literacy}")
    page.get_by_label("Show All Attributes").check()
    expect(page.get_by_text(re.compile("Evening Spanish.?: 2 years after the issue date"))).to_have_count(1)
    day, never = page.get_by_label("Expiry Date"), page.get_by_label("Never expires")
    never.check()
    day.fill("2040-01-01")
    expect(never).not_to_be_checked()
    never.check()
    expect(day).to_have_value("")
    never.uncheck()
    look(page, "form for both groups")
    page.get_by_label("Recipient Name").fill("Ana Example")
    page.get_by_label("Recipient Email").fill("ana@example.org")
    page.get_by_role("button", name="Create Credentials").last.click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    expect(page.get_by_text("Expiry: 1 never expires; 1 expires on")).to_be_visible()
    page.get_by_label("Tick all on this page").check()
    page.get_by_role("button", name="Publish").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 never expires; 1 expires on")
    expect(dialog.get_by_role("link", name="Change in Settings")).to_be_visible()
    look(page, "dialog")


def test_a_design_that_is_made_on_the_way_can_be_chosen_and_nothing_typed_is_lost(signed_in: Page) -> None:
    page = signed_in
    begin_group(page, "On the way")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="New design…").click()
    other = opened.value
    other.get_by_role("link", name="Use Minimal").click()
    other.get_by_label("Name", exact=True).fill("Made on the way")
    other.get_by_role("button", name="Save Design").last.click()
    expect(other.get_by_role("status").first).to_contain_text("The design was saved")
    other.close()
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # a headless browser's tabs all have the focus
    expect(page.get_by_text("Your new design can be chosen now.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("On the way")
    page.get_by_label("Design", exact=True).select_option(label="Made on the way")
    finish_group(page, "On the way")
    expect(page.get_by_text("Design: Made on the way")).to_be_visible()
