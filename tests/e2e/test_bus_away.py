"""The bus stops at each step of the flow: what was typed stays, the answer comes soon, the next try succeeds once.

Every step waits in a tab of its own when the broker is stopped, and is pressed in the middle of the outage.
"""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from conferral.contracts.ids import new_id
from tests.support.local_systems import standing_still, without_broker
from tests.support.mailbox import mails_to
from tests.support.waiting import wait_until

SOON = 2000
"""Milliseconds: one second, and another for a machine that is busy with other tests."""
PUBLICATION = re.compile(r"/publications/[a-z2-7]{26}$")


class Tabs:
    """One person's tabs, each before a step of the flow."""

    def __init__(self, context: BrowserContext, home: str, host: str) -> None:
        self._context, self._home, self.host = context, home, host
        self.group = ""

    def open(self, path: str) -> Page:
        page = self._context.new_page()
        page.goto(path if path.startswith("http") else f"{self._home}{path}")
        return page

    def make_group(self) -> None:
        page = self.open("/groups/new")
        page.get_by_label("Name", exact=True).fill(f"Outage {self.host}")
        page.get_by_label("Design", exact=True).select_option(label="Classic")
        page.get_by_role("button", name="Create Group").click()
        page.wait_for_url(re.compile(r"/groups/[a-z2-7]{26}"))
        self.group = "/groups/" + page.url.partition("/groups/")[2].partition("?")[0]
        page.close()

    def typed(self, *names: str) -> Page:
        """Open a form with recipients of these names typed in."""
        page = self.open(f"{self.group}/create-credentials")
        for number, name in enumerate(names):
            if number:
                page.get_by_role("button", name="Add Another Recipient").click()
            page.get_by_label("Recipient Name").nth(number).fill(f"{name} Example")
            page.get_by_label("Recipient Email").nth(number).fill(f"{name.lower()}@{self.host}")
        return page

    def review(self, *names: str) -> Page:
        page = self.typed(*names)
        page.get_by_role("button", name="Create Credentials").click()
        page.get_by_role("link", name="Review Unpublished Credentials").click()
        return page

    def asked(self, *names: str) -> Page:
        """Open the dialog that Confirm is in."""
        page = self.review(*names)
        page.get_by_label("Tick all on this page").check()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("dialog")).to_contain_text("Publish")
        return page

    def published(self, *names: str) -> Page:
        page = self.asked(*names)
        page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
        page.wait_for_url(PUBLICATION)
        return page


def press(page: Page, name: str) -> Callable[[], None]:
    return page.get_by_role("button", name=name, exact=True).last.click


def fails_soon(page: Page, act: Callable[[], None], kept: str = "") -> None:
    """Press, and see within a second that nothing was changed; what was typed is still there."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as waiting:
        act()
    answer = waiting.value
    answer.finished()
    assert answer.status == 503
    assert answer.request.timing["responseEnd"] < SOON, f"{answer.url} took {answer.request.timing['responseEnd']} ms"
    expect(page.get_by_text(re.compile("Nothing was changed|cannot answer at the moment")).first).to_be_visible()
    if kept:
        expect(page.locator(f"input[value='{kept}']").first).to_be_attached()


def test_the_bus_stops_at_each_step_and_nothing_is_lost_or_done_twice(
    signed_in: Page, context: BrowserContext, system: dict[str, Any]
) -> None:
    host = f"{new_id()[:8]}.example.org"
    tabs = Tabs(context, signed_in.url.partition("/groups")[0], host)
    tabs.make_group()
    resend = tabs.published("Resent")
    expect(resend.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    resend.goto(f"{signed_in.url.partition('/groups')[0]}{tabs.group}")
    resend.locator("td.id a").first.click()
    with standing_still(system, "mailer-worker"):
        pause, resume = tabs.published("Paused"), tabs.published("Resumed")
        for page in (pause, resume):
            expect(page.locator("[data-count=published]")).to_have_text("1", timeout=30_000)
        press(resume, "Pause sending")()
        expect(resume.get_by_role("heading", name="Paused")).to_be_visible()
        create, confirm, ask = tabs.typed("Created"), tabs.asked("Confirmed"), tabs.review("Asked")
        ask.get_by_label("Tick all on this page").check()
        amend = tabs.review("Amended")
        amend.locator("td.id a").first.click()
        amend.get_by_label("Recipient Name").fill("Corrected Example")
        group = tabs.open(f"{tabs.group}/edit")
        group.get_by_label("Description").fill("Typed before the outage")

        with without_broker(system) as back:
            fails_soon(create, press(create, "Create Credentials"), kept="Created Example")
            fails_soon(amend, press(amend, "Save"), kept="Corrected Example")
            fails_soon(group, press(group, "Save"))
            expect(group.get_by_label("Description")).to_have_value("Typed before the outage")
            fails_soon(ask, press(ask, "Publish"))
            ask.get_by_role("dialog").get_by_role("button", name="Close").click()
            fails_soon(confirm, press(confirm, "Confirm"))
            fails_soon(pause, press(pause, "Pause sending"))
            fails_soon(resume, press(resume, "Resume"))
            fails_soon(resend, press(resend, "Resend Email"))
            back()

        once_it_is_back(tabs, create, amend, group)
        press(ask, "Publish")()
        expect(ask.get_by_role("dialog")).to_contain_text("Publish 1 credential?")
        press(ask, "Confirm")()
        press(confirm, "Confirm")()
        press(pause, "Try Again")()
        expect(pause.get_by_role("heading", name="Paused")).to_be_visible()
        press(resume, "Try Again")()
        expect(resume.get_by_role("button", name="Pause sending")).to_be_visible()
        press(resend, "Try Again")()
        expect(resend.get_by_role("status").first).to_contain_text("One more email is on its way")

    for page in (ask, confirm, resume):
        page.wait_for_url(PUBLICATION)
        expect(page.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    press(pause, "Resume")()
    expect(pause.get_by_role("heading", name="Finished")).to_be_visible(timeout=30_000)
    for name, emails in (("asked", 1), ("confirmed", 1), ("paused", 1), ("resumed", 1), ("resent", 2)):
        wait_until(lambda to=f"{name}@{host}", least=emails: len(mails_to(system, to)) >= least, 30, pause=0.2)
        assert len(mails_to(system, f"{name}@{host}")) == emails, name


def once_it_is_back(tabs: Tabs, create: Page, amend: Page, group: Page) -> None:
    """What was typed is sent once more, and is stored once."""
    press(create, "Create Credentials")()
    expect(create.get_by_role("heading", level=1)).to_have_text("1 credential was created")
    press(amend, "Save")()
    expect(amend.get_by_role("status").first).to_contain_text("Your changes were saved.")
    press(group, "Save")()
    expect(group.get_by_role("status").first).to_contain_text("saved")
    listed = tabs.open(tabs.group)
    expect(listed.get_by_role("row").filter(has_text="Created Example")).to_have_count(1)
    expect(listed.get_by_role("row").filter(has_text="Corrected Example")).to_have_count(1)
    expect(listed.get_by_text("Typed before the outage")).to_be_visible()
