"""The dashboard in a made-up language, longer and from right to left: nothing is hard-coded, nothing is cut off."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.pseudo_locale import LOCALE, write_catalogue

# Data that has no Latin letters, so that whatever has some and no brackets was not translated.
GROUP, PERSON = "海洋生物学", "王小明"

UNTRANSLATED = """() => {
  // what people and plugins wrote: names, addresses, designs, languages in themselves, attributes of a design
  const data = "bdi, code, .id, .brand, [translate=no], script, style, template, textarea, " +
    "[name=design], [name=language], [name=group], .extra, .facts, [role=img]";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.nodeValue.replace(/⟦[^⟧]*⟧/gu, "").trim();
    if (/[A-Za-z]{2,}/.test(text) && !walker.currentNode.parentElement.closest(data)) found.push(text);
  }
  for (const element of document.querySelectorAll("[aria-label], [placeholder], [title]")) {
    for (const name of ["aria-label", "placeholder", "title"]) {
      const text = (element.getAttribute(name) || "").replace(/⟦[^⟧]*⟧/gu, "").replace("https://", "").trim();
      if (/[A-Za-z]{2,}/.test(text) && !element.closest(data)) found.push(`${name}: ${text}`);
    }
  }
  return found;
}"""
CLIPPED = """() => {
  const kinds = "button, .button, label, legend, h1, h2, h3, th, nav a, summary, .badge, p";
  const cut = (one) => getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
  return [...document.querySelectorAll(kinds)].filter((one) => one.clientWidth > 1 && cut(one))
    .map((one) => one.textContent.trim());
}"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def address(system: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second dashboard of the running system, in the made-up language."""
    folder = tmp_path_factory.mktemp("translations")
    assert write_catalogue(Path("services/issuer_web"), folder, "dashboard") > 100
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "CONFERRAL_QUICK_START": "true",
        "CONFERRAL_AMQP_URI": system["amqp_uri"],
        "CONFERRAL_PUBLIC_URL": system["public_url"],
        "CONFERRAL_DASHBOARD_URL": f"http://127.0.0.1:{port}",
        "CONFERRAL_SECRET_KEY": "for-this-test-only",
        "CONFERRAL_HTTP_PORT": str(port),
        "CONFERRAL_DASHBOARD_LOCALE": LOCALE,
        "CONFERRAL_TRANSLATIONS": str(folder),
    }
    process = subprocess.Popen([sys.executable, "-m", "services.issuer_web", "dashboard"], env=environment)
    try:
        _wait(f"http://127.0.0.1:{port}/sign-in", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the dashboard has ended"
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.1)
    pytest.fail(f"{url} does not answer")


def look(page: Page, width: int) -> None:
    """Find what is not translated, cut off, or wider than the screen."""
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert page.evaluate(UNTRANSLATED) == [], page.url
    assert page.evaluate(CLIPPED) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_translated_and_has_room(
    browser: Browser, system: dict[str, Any], address: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, locale="ar")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(address)
    look(page, width)
    page.locator("[name=email]").fill(system["email"])
    page.locator("[name=password]").fill(system["password"])
    page.locator("button[type=submit]").click()
    page.wait_for_url(re.compile("/groups"))
    look(page, width)

    home = page.url.partition("/groups")[0]
    for chapter in ("organisation", "people", "sending", "sending/domain", "my-account"):
        page.goto(f"{home}/settings/{chapter}")
        look(page, width)
    page.goto(f"{home}/groups")

    page.locator("a[href$='/groups/new']").first.click()
    look(page, width)
    page.locator("[name=name]").fill(GROUP)
    page.locator("form [type=submit]").last.click()
    page.wait_for_url(re.compile("/groups/[a-z2-7]{26}"))
    look(page, width)
    wording_an_email(page, width)
    page.locator("a[href*='create-credentials']").first.click()
    page.locator("[name=show_all]").check()
    look(page, width)
    page.locator("[name$='-name']").first.fill(PERSON)
    page.locator("[name$='-email']").first.fill(f"pseudo{width}@example.org")
    page.locator(".finish button.primary").click()
    page.wait_for_url(re.compile("/created/"))
    look(page, width)
    page.locator("a[href$='/review']").click()
    page.locator("input[name=credential]").first.check()
    look(page, width)
    page.locator("td.id a").first.click()
    page.get_by_role("img").first.wait_for()
    look(page, width)
    page.go_back()
    page.locator("input[name=credential]").first.check()
    page.locator(".ticked button.primary").click()
    page.get_by_role("dialog").wait_for()
    look(page, width)
    page.get_by_role("dialog").locator("button.primary").click()
    page.wait_for_url(re.compile("/publications/"))
    look(page, width)
    for_several_groups(page, width)
    context.close()


def wording_an_email(page: Page, width: int) -> None:
    """The wording of a group's email, with a mistake; and back."""
    group = page.url
    page.locator("a[href$='/email']").click()
    look(page, width)
    page.locator("[name=subject]").fill("{nobody}")
    page.locator("#wording button.primary").click()
    page.locator(".notice.bad").wait_for()
    look(page, width)
    page.goto(group)


def for_several_groups(page: Page, width: int) -> None:
    """From the pop-up to a repeated address, and a credential that two people changed."""
    home = page.url.partition("/publications")[0]
    page.goto(f"{home}/groups/new")
    page.locator("[name=name]").fill(GROUP)
    page.locator("form [type=submit]").last.click()
    page.wait_for_url(re.compile("/groups/[a-z2-7]{26}"))
    page.goto(f"{home}/create-credentials/choose")
    look(page, width)
    page.goto(f"{home}/credentials")
    page.locator("a[data-opens-dialog]").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[value=several]").check()
    dialog.locator("button.primary").click()
    look(page, width)
    for box in dialog.locator(".several input").all()[:2]:
        box.check()
    dialog.locator("button.primary").click()
    page.wait_for_url(re.compile("create-credentials"))
    page.locator("[name$='-name']").first.fill(PERSON)
    page.locator("[name$='-email']").first.fill("12@gmail.con")
    page.locator("[name$='-name']").first.click()
    page.locator(".suggestion").wait_for()
    page.locator("[data-add]").click()
    page.locator("[name$='-name']").last.fill(PERSON)
    page.locator("[name$='-email']").last.fill("12@gmail.con")
    page.locator("[data-remove]").last.click()
    look(page, width)
    page.locator("[data-undo]").click()
    page.locator(".finish button.primary").click()
    page.locator("[data-anyway]").first.wait_for()
    look(page, width)
    page.locator("[data-anyway-all], [data-anyway]").first.check()
    page.locator(".finish button.primary").click()
    page.wait_for_url(re.compile("/created/"))
    look(page, width)
    page.locator("a[href$='/review']").click()
    page.locator("td.id a").first.click()
    page.get_by_role("img").first.wait_for()
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("[name$='-name']").fill("李小红")
    other.locator("[data-amend] .button.primary").click()
    other.locator(".notice.good").wait_for()
    other.close()
    page.locator("[name$='-name']").fill("王大明")
    page.locator("[data-amend] .button.primary").click()
    page.locator(".differs").wait_for()
    look(page, width)
