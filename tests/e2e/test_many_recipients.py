"""The form with five hundred recipients stays quick, and shows every field where somebody looks."""

from playwright.sync_api import Page, expect

MOST = 500

# milliseconds from the click to the frame in which the new block stands, of the fastest among ten
ADDING = """async (until) => {
  const add = document.querySelector("[data-add]");
  const took = [];
  while (document.querySelectorAll(".blocks > .block").length < until) {
    const began = performance.now();
    add.click();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - began);
  }
  return Math.min(...took.slice(-10));
}"""
CREATE = ".finish button.primary"
"""By its class: to find it by its role, the browser works out the names of two thousand other controls."""
QUICK = 100
"""Milliseconds within which an answer seems to be at once."""


def form(page: Page) -> None:
    page.get_by_role("link", name="Create Group").first.click()
    page.get_by_label("Name", exact=True).fill("Five hundred")
    design = page.get_by_label("Design", exact=True)
    # other tests may have made designs of this plugin, under names of their own
    offered = [label for label in design.locator("option").all_inner_texts() if label and "Minimal" not in label]
    design.select_option(label="Classic" if "Classic" in offered else offered[-1])
    page.get_by_role("button", name="Create Group").click()
    page.get_by_role("link", name="Create Credentials").first.click()
    expect(page.get_by_label("Recipient Name")).to_be_focused()


def test_five_hundred_blocks_are_added_and_read_without_waiting(signed_in: Page) -> None:
    page = signed_in
    page.set_default_timeout(60_000)  # on a machine with other things to do
    form(page)
    assert page.evaluate(ADDING, 20) < QUICK
    assert page.evaluate(ADDING, MOST) < QUICK
    expect(page.get_by_role("button", name="Add Another Recipient")).to_be_disabled()
    # fields that nobody sees are not there
    assert page.locator(".blocks [name$='-language']").count() == 1
    page.get_by_label("Show All Attributes").check()
    last = page.locator(".blocks > .block").last
    last.scroll_into_view_if_needed()
    last.get_by_label("Course").fill("Astronomy")
    last.get_by_label("Language").select_option(label="German (Deutsch)")
    labels = "block => [...block.querySelectorAll('.extra label')].map((label) => label.textContent)"
    assert last.evaluate(labels) == page.locator(".blocks > .block").first.evaluate(labels)
    assert page.locator(".blocks [name$='-language']").count() < 50

    last.get_by_label("Recipient Name").fill("Zoë Example")
    last.get_by_label("Recipient Email").fill("nowhere")
    page.locator(CREATE).click()
    # it comes back with what was typed, and what was not is there where one looks
    last = page.locator(".blocks > .block").last
    expect(last.get_by_label("Recipient Email")).to_be_focused()
    expect(last.get_by_label("Course")).to_have_value("Astronomy")
    expect(last.get_by_label("Language")).to_have_value("de")
    expect(last.get_by_label("Remarks")).to_be_visible()
    assert last.evaluate(labels) == page.locator("template[data-block]").evaluate(
        "one => [...one.content.querySelectorAll('.extra label')].map((label) => label.textContent)"
    )
    last.get_by_label("Recipient Email").fill("zoe@example.org")
    page.locator(CREATE).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 credential was created")
