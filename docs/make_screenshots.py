"""Take the pictures of ``docs/screens`` anew, from a running demo, in Chromium.

    make demo                      # in one terminal
    make screenshots               # in another

Every screen of the issuer's flow and what a recipient gets, each at 1280 and 360 px, in light and dark. The flow is
walked once for each, so that four small groups of fictional people are added to the demo.
"""

import argparse
import base64
import json
import os
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("CONFERRAL_TEST_CHROMIUM", "/usr/bin/chromium")
ROOT = Path(__file__).parent.parent
WIDTHS = (1280, 360)
_HEIGHT = 820
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PEOPLE = (
    ("Åsa Ünal-Prøve 王小明", "asa@example.org"),
    ("Donaudampfschifffahrtsgesellschaftskapitän Maximiliane", "second.with.a.long.mailbox@departments.example.org"),
)


class Camera:
    """Takes the pictures of one width and colour scheme."""

    def __init__(self, page: Page, folder: Path, suffix: str, width: int) -> None:
        self.page = page
        self._folder = folder
        self._suffix = suffix
        self._width = width

    def take(self, name: str, *, whole: bool = True) -> None:
        """Save what is shown, or what a screen's height shows of it; complain of what is wider than the screen."""
        self.page.wait_for_load_state("networkidle")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > self._width:
            raise SystemExit(f"{name} is {wide} px wide on a screen of {self._width} px")
        self._finish_animations()
        # WebP, which Playwright's own screenshot() does not offer: a fifth of PNG's size
        session = self.page.context.new_cdp_session(self.page)
        height = (
            self.page.evaluate("Math.max(innerHeight, document.documentElement.scrollHeight)") if whole else _HEIGHT
        )
        taken = session.send(
            "Page.captureScreenshot",
            {
                "format": "webp",
                "quality": 82,
                "captureBeyondViewport": whole,
                "clip": {
                    "x": 0,
                    "y": 0 if whole else self._scrolled(),
                    "width": self._width,
                    "height": height,
                    "scale": 1,
                },
            },
        )
        session.detach()
        (self._folder / f"{name}-{self._suffix}.webp").write_bytes(base64.b64decode(taken["data"]))

    def _finish_animations(self) -> None:
        self.page.evaluate("document.getAnimations().forEach(one => one.finish())")

    def _scrolled(self) -> float:
        return float(self.page.evaluate("scrollY"))


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=ROOT / ".local/run.json", help="run.json of a running demo")
    parser.add_argument("--into", type=Path, default=ROOT / "docs/screens", help="folder of the pictures")
    options = parser.parse_args()
    if not options.run.exists():
        raise SystemExit(f"{options.run} is not there: run `make demo` in another terminal first")
    run = json.loads(options.run.read_text())
    options.into.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for width in WIDTHS:
            for scheme in SCHEMES:
                with _camera(browser, options.into, width, scheme) as camera:
                    issuer(camera, run)
                with _camera(browser, options.into, width, scheme) as camera:
                    recipient(camera, run)
        browser.close()


@contextmanager
def _camera(browser: Browser, folder: Path, width: int, scheme: Literal["light", "dark"]) -> Iterator[Camera]:
    context = browser.new_context(
        viewport={"width": width, "height": _HEIGHT}, color_scheme=scheme, locale="en-GB", device_scale_factor=1
    )
    context.set_default_timeout(20_000)
    yield Camera(context.new_page(), folder, f"{width}-{scheme}", width)
    context.close()


def issuer(camera: Camera, run: dict[str, Any]) -> None:
    """Walk the issuer's flow from signing in to the finished batch."""
    page = camera.page
    page.goto(run["dashboard_url"])
    camera.take("sign-in")
    page.get_by_label("Email").fill(run["email"])
    page.get_by_label("Password", exact=True).fill(run["password"])
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    camera.take("groups")
    page.get_by_role("link", name="Create Group").first.click()
    camera.take("group-new")
    page.get_by_label("Name", exact=True).fill("Night Sky Photography")
    page.get_by_label("Design", exact=True).select_option(label="Classic")
    page.get_by_role("button", name="Create Group").click()
    camera.take("group-empty")
    _create(camera)
    _publish(camera)
    page.get_by_role("link", name="Credentials Overview").click()
    camera.take("overview")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()
    page.get_by_role("img").first.wait_for()
    camera.take("published")


def _create(camera: Camera) -> None:
    page = camera.page
    page.get_by_role("link", name="Create Credentials").first.click()
    page.get_by_role("button", name="Add Another Recipient").click()
    for at, (name, _) in enumerate(PEOPLE):
        page.get_by_label("Recipient Name").nth(at).fill(name)
        page.get_by_label("Recipient Email").nth(at).fill("asa@example.org" if at == 0 else "second@example")
    camera.take("create")
    page.get_by_role("button", name="Create Credentials").click()
    page.get_by_role("alert").wait_for()
    camera.take("create-mistake", whole=False)
    for at, (_, email) in enumerate(PEOPLE):
        page.get_by_label("Recipient Email").nth(at).fill(email)
    page.get_by_role("button", name="Create Credentials").click()
    camera.take("created")
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    page.get_by_role("row").filter(has_text=PEOPLE[0][1]).get_by_role("link").first.click()
    page.get_by_role("img").first.wait_for()
    camera.take("preview")
    page.go_back()


def _publish(camera: Camera) -> None:
    page = camera.page
    for _, email in PEOPLE:
        page.get_by_role("row").filter(has_text=email).get_by_role("checkbox").check()
    camera.take("review")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").wait_for()
    camera.take("confirm", whole=False)
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/publications/"))
    camera.take("publishing")
    page.get_by_role("heading", name="Finished").wait_for()
    camera.take("finished")


def recipient(camera: Camera, run: dict[str, Any]) -> None:
    """Open emails and the pages that they lead to, in some scripts."""
    with urllib.request.urlopen(run["mailbox_api"], timeout=10) as answer:
        mails = {mail["recipients"][0]: mail for mail in json.load(answer)}
    for mailbox in ("ada", "layla", "wang", "ananya"):
        mail = mails[f"{mailbox}@example.org"]
        camera.page.set_content(mail["html"])
        camera.take(f"email-{mailbox}")
        found = re.search(r"https?://\S+/c/\S+", mail["text"])
        if found is None:
            raise SystemExit(f"the email to {mailbox} has no link")
        camera.page.goto(found.group(0))
        camera.take(f"page-{mailbox}")
        camera.page.goto("about:blank")  # an email is no page of ours: no Content-Security-Policy


if __name__ == "__main__":
    main()
