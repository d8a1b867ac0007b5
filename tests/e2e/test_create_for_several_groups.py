"""Create Credentials from the overview: pop-up, several groups, slips, repetitions, review, a colleague's change.

By mouse; by keyboard and by touch it is part of the whole flow.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import sign_in

CREATED = re.compile(r"/created/[a-z2-7]{26}$")
AXE = Axe()


def home_of(page: Page) -> str:
    found = re.match(r"https?://[^/]+/o/[a-z2-7]{26}", page.url)
    assert found
    return found[0]


def make_group(page: Page, name: str, design: str) -> None:
    page.goto(f"{home_of(page)}/groups/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Design", exact=True).select_option(label=design)
    page.get_by_role("button", name="Create Group").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def look(page: Page, where: str) -> None:
    """Nothing is wider than the screen, and axe finds nothing."""
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], where
    found = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in AXE.run(page).response["violations"]]
    assert found == [], where


@pytest.fixture
def colleague(browser: Browser, system: dict[str, Any]) -> Iterator[Page]:
    """Another browser, signed in too."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="dark")
    context.set_default_timeout(15_000)
    yield sign_in(context.new_page(), system)
    context.close()


def test_by_mouse_from_the_pop_up_to_a_colleagues_conflict(signed_in: Page, colleague: Page) -> None:
    page = signed_in
    make_group(page, "Mouse Classic", "Classic")
    make_group(page, "Mouse Minimal", "Minimal")
    choosing_two_groups(page)
    filling_in(page)
    creating_the_same_person_again(page)
    a_colleague_is_quicker(page, colleague)
    publish_and_delete_lead_back(page)


def choosing_two_groups(page: Page) -> None:
    page.get_by_role("link", name="Credentials", exact=True).click()
    page.get_by_role("link", name="Create Credentials").click()
    dialog = page.get_by_role("dialog", name="Create Credentials")
    look(page, "pop-up, one group")
    dialog.get_by_label("Multiple Groups").check()
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose a group first.")
    dialog.get_by_role("checkbox", name="Mouse Classic").check()
    dialog.get_by_role("checkbox", name="Mouse Minimal").check()
    look(page, "pop-up, several groups")
    dialog.get_by_role("button", name="Continue").click()


def filling_in(page: Page) -> None:
    # the union of what both designs ask for, hidden at first
    expect(page.get_by_label("Course")).to_be_hidden()
    page.get_by_label("Show All Attributes").check()
    expect(page.get_by_label("Course")).to_be_visible()
    expect(page.get_by_label("Grade")).to_have_count(1)
    expect(page.get_by_text("Only for Mouse Classic.").first).to_be_visible()

    page.get_by_label("Recipient Name").fill("Ana Example")
    page.get_by_label("Recipient Email").fill("ana.mouse@gmail.con")
    page.get_by_label("Recipient Name").click()
    page.get_by_role("button", name="ana.mouse@gmail.com").click()
    expect(page.get_by_label("Recipient Email")).to_have_value("ana.mouse@gmail.com")
    expect(page.get_by_text("Did you mean")).to_be_hidden()
    page.get_by_label("Grade").fill("A")

    page.get_by_role("button", name="Add Another Recipient").click()
    expect(page.get_by_label("Recipient Name").nth(1)).to_be_focused()
    page.keyboard.type("Ben Example")
    page.get_by_label("Recipient Email").nth(1).fill("ben.mouse@example.org")
    page.get_by_role("checkbox", name="Mouse Classic").nth(1).uncheck()
    page.get_by_role("button", name="Remove Recipient 2").click()
    expect(page.get_by_label("Recipient Name")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="Recipient 2 was removed.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Recipient Name").nth(1)).to_have_value("Ben Example")
    expect(page.get_by_role("checkbox", name="Mouse Classic").nth(1)).not_to_be_checked()
    page.get_by_role("button", name="Add Another Recipient").click()  # and left empty: no mistake
    look(page, "form for several groups")
    page.get_by_role("button", name="Create Credentials").click()
    page.wait_for_url(CREATED)
    expect(page.get_by_role("heading", level=1)).to_have_text("3 credentials were created")
    look(page, "created")


def creating_the_same_person_again(page: Page) -> None:
    page.get_by_role("link", name="Create More").click()
    expect(page.get_by_label("Show All Attributes")).to_be_checked()
    page.get_by_label("Recipient Name").fill("Ana Example")
    page.get_by_label("Recipient Email").fill("Ana.Mouse@gmail.com")
    page.get_by_role("button", name="Create Credentials").click()
    expect(page.get_by_role("alert")).to_contain_text("1 recipient is here already.")
    expect(page.get_by_text("This address has a credential already in")).to_have_count(2)
    expect(page.get_by_label("Recipient Name")).to_have_value("Ana Example")
    look(page, "warned of a repetition")
    page.get_by_label("Create anyway").check()
    page.get_by_role("button", name="Create Credentials").click()
    page.wait_for_url(CREATED)
    expect(page.get_by_role("heading", level=1)).to_have_text("2 credentials were created")

    page.get_by_role("link", name="Review Unpublished Credentials").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review Unpublished Credentials")
    look(page, "review")
    page.get_by_role("row").filter(has_text="Mouse Classic").get_by_role("link").first.click()
    expect(page.get_by_text("Unpublished preview")).to_be_visible()
    expect(page.get_by_role("link", name="Mouse Classic")).to_be_visible()
    look(page, "preview")


def a_colleague_is_quicker(page: Page, colleague: Page) -> None:
    colleague.goto(page.url)
    colleague.get_by_label("Recipient Name").fill("Anna Example")
    colleague.get_by_label("Course").fill("Mice")
    colleague.get_by_role("button", name="Save").click()
    expect(colleague.get_by_role("status")).to_contain_text("Your changes were saved.")
    page.get_by_label("Recipient Name").fill("Ana María Example")
    page.get_by_label("Place").fill("Genoa")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody changed this credential while you did.")
    name, course = page.get_by_role("group", name="Recipient Name"), page.get_by_role("group", name="Course")
    expect(name.get_by_text("Theirs: Anna Example")).to_be_visible()
    expect(name.get_by_role("textbox")).to_have_value("Ana María Example")
    expect(course.get_by_label("Theirs: Mice")).to_be_checked()
    look(page, "conflict")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Choose which of the two is kept.")).to_be_visible()
    look(page, "conflict without a choice")
    name.get_by_label("Yours:").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Your changes were saved.")
    for label, value in (("Recipient Name", "Ana María Example"), ("Course", "Mice"), ("Place", "Genoa")):
        expect(page.get_by_label(label)).to_have_value(value)


def publish_and_delete_lead_back(page: Page) -> None:
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("dialog")).to_contain_text("Publish 1 credential?")
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    page.get_by_role("row").filter(has_text="Mouse Minimal").get_by_role("link").first.click()
    page.get_by_text("Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review Unpublished Credentials")
    expect(page.get_by_role("row").filter(has_text="Mouse Minimal")).to_have_count(0)


FILL = """() => document.querySelectorAll(".blocks > .block").forEach((block, at) => {
  block.querySelector("[name$='-name']").value = `Person ${at}`;
  block.querySelector("[name$='-email']").value = `five-hundred-${at}@example.org`;
})"""
ADD = """() => {
  const add = document.querySelector("[data-add]");
  const times = [];
  while (!add.disabled) {
    const began = performance.now();
    add.click();
    document.body.offsetHeight;
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}"""
TYPE = """async () => {
  const times = [];
  for (let at = 0; at < 30; at += 1) {
    const began = performance.now();
    document.activeElement.value += "x";
    document.activeElement.dispatchEvent(new InputEvent("input", { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}"""


def test_five_hundred_blocks_stay_responsive_and_are_created(signed_in: Page) -> None:
    page = signed_in
    # found by selectors: finding by role and label takes seconds among thirty thousand elements
    make_group(page, "Five Hundred", "Classic")
    page.get_by_role("link", name="Create Credentials").first.click()
    page.get_by_label("Show All Attributes").check()
    adding = page.evaluate(ADD)
    assert adding[len(adding) // 2] < 100, "milliseconds to add a block"
    expect(page.locator(".blocks > .block")).to_have_count(500)
    expect(page.get_by_role("button", name="Add Another Recipient")).to_be_disabled()
    expect(page.get_by_text("One form creates at most 500 credentials.")).to_be_visible()
    page.evaluate(FILL)
    page.locator("#rows-400-name").focus()
    typing = page.evaluate(TYPE)
    assert typing[len(typing) // 2] < 100, "milliseconds from a key to what it shows"
    page.locator("#rows-250-email").fill("nobody")
    page.locator(".finish button.primary").click()
    expect(page.locator("[role=alert]")).to_contain_text("1 recipient needs a correction.", timeout=30_000)
    expect(page.locator("#rows-250-email")).to_be_focused(timeout=60_000)
    expect(page.locator("#rows-499-name")).to_have_value("Person 499")
    page.locator("#rows-250-email").fill("somebody@example.org")
    page.locator(".finish button.primary").click()
    page.wait_for_url(CREATED, timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("500 credentials were created")
