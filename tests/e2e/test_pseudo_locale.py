"""The dashboard in a made-up language, longer and from right to left: nothing is hard-coded, nothing is cut off."""

import os
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
from playwright.sync_api import Browser

from tests.e2e.gallery import Walk, Words, whole_gallery
from tests.support.pseudo_locale import LOCALE, write_catalogue

# Data that has no Latin letters, so that whatever has some and no brackets was not translated.
WORDS = Words("海洋大学", "李校长", "海洋生物学", ("王小明", "李小红", "张三", "赵四", "陈五"), "客人")

UNTRANSLATED = """() => {
  // what people and plugins wrote: names, addresses, designs, languages in themselves, attributes of a design
  const data = "bdi, code, .id, .brand, [translate=no], script, style, template, textarea, " +
    "[name=design], [name=language], [name=group], .extra, .facts, .options, [role=img]";
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


def test_every_page_is_translated_and_has_room(browser: Browser, system: dict[str, Any], address: str) -> None:
    context = browser.new_context(locale="ar", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    page = context.new_page()
    problems: list[str] = []

    def look(name: str) -> None:
        """Find what is not translated, cut off, or wider than the screen."""
        if not page.url.startswith(address) or name.startswith("email-"):
            return  # what recipients get has languages of its own
        if page.evaluate("document.documentElement.dir") != "rtl":
            problems.append(f"{name}: is not from right to left")
        problems.extend(f"{name}: not translated: {text}" for text in page.evaluate(UNTRANSLATED))
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            problems.extend(f"{name}, {width}: cut off: {text}" for text in page.evaluate(CLIPPED))
            if page.evaluate("document.documentElement.scrollWidth") > width:
                problems.append(f"{name}: is wider than {width} px")

    whole_gallery(Walk(page, {**system, "dashboard_url": address}, WORDS, look))
    context.close()
    assert not problems, "\n".join(problems)
