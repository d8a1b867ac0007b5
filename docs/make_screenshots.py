"""Take the pictures of ``docs/screens`` anew, in Chromium: ``make screenshots``.

Every screen there is, from the walk that the tests take too (``tests/e2e/gallery.py``): pages, dialogs, mistakes, empty
states, the public page and the email in five languages; each at 1280 and 360 px, in light and dark. A system of its own
is started for it, in a temporary folder, so that every picture is of the same fictional people.
"""

import argparse
import base64
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.gallery import Walk, Words, whole_gallery
from tests.support.local_systems import ConferralUp

CHROMIUM = os.environ.get("CONFERRAL_TEST_CHROMIUM", "/usr/bin/chromium")
ROOT = Path(__file__).parent.parent
WIDTHS = (1280, 360)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
HEIGHT, TALLEST = 820, 2400
QUALITY = 45
"""Of WebP, which Playwright's own screenshot() does not offer: letters stay sharp, and all pictures fit in 8 MB."""
WORDS = Words(
    organisation="Northfield Observatory",
    owner="Olive Owner",
    group="Night Sky Photography",
    people=(
        "Ada Example",
        "Zoë Sample-Ødegård",
        "Donaudampfschifffahrtsgesellschaftskapitän Maximiliane",
        "ليلى النموذجية",
        "王小明",
    ),
    guest="Guest Example",
)


def main() -> None:
    """Take all pictures, and write the page that lists them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="run.json of a system that is running; else one is started")
    parser.add_argument("--into", type=Path, default=ROOT / "docs/screens", help="folder of the pictures")
    parser.add_argument("--only", help="one of 1280-light, 1280-dark, 360-light, 360-dark")
    options = parser.parse_args()
    options.into.mkdir(exist_ok=True)
    if not options.only:
        for old in options.into.glob("*.webp"):
            old.unlink()
    with _system(options.run) as system, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for width in WIDTHS:
            for scheme in SCHEMES:
                if options.only in {None, f"{width}-{scheme}"}:
                    _walk(browser, system, options.into, width, scheme)
        browser.close()
    write_index(options.into)


@contextmanager
def _system(run: Path | None) -> Iterator[dict[str, Any]]:
    if run:
        yield json.loads(run.read_text()) | {"root": str(run.parent)}
        return
    with tempfile.TemporaryDirectory(prefix="conferral-screens-") as folder:
        up = ConferralUp(Path(folder) / "local")
        try:
            yield up.run | {"root": str(up.root)}
        finally:
            up.end()


def _walk(browser: Browser, system: dict[str, Any], folder: Path, width: int, scheme: Literal["light", "dark"]) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, locale="en-GB", reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    whole_gallery(Walk(page, system, WORDS, _camera(page, folder, f"{width}-{scheme}", width)))
    context.close()


def _camera(page: Page, folder: Path, suffix: str, width: int) -> Callable[[str], None]:
    def take(name: str) -> None:
        """Save the whole page, or the window where a dialog is open; complain of what is wider than the screen."""
        with suppress(Exception):
            page.wait_for_load_state("networkidle", timeout=3000)
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > width and not name.startswith("email-"):
            raise SystemExit(f"{name} is {needed} px wide on a screen of {width} px")
        dialog = page.get_by_role("dialog").count() > 0
        long = HEIGHT if dialog else min(max(page.evaluate("document.documentElement.scrollHeight"), 200), TALLEST)
        if not dialog:  # as high as the page: what is out of sight is not drawn otherwise
            page.set_viewport_size({"width": width, "height": long})
            page.evaluate("scrollTo(0, 0)")
        session = page.context.new_cdp_session(page)
        picture = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        session.detach()
        page.set_viewport_size({"width": width, "height": HEIGHT})
        file = folder / f"{name}-{suffix}.webp"
        file.write_bytes(base64.b64decode(picture["data"]))

    return take


def write_index(folder: Path) -> None:
    """Write the page that lists all pictures, in the order of the walk."""
    by_time = sorted(folder.glob("*.webp"), key=lambda path: path.stat().st_mtime_ns)
    names = list(dict.fromkeys(path.stem.rsplit("-", 2)[0] for path in by_time))
    lines = [
        "# Every screen",
        "",
        "Taken by `make screenshots` on one walk through a fresh organisation of fictional people: every page, dialog,",
        "mistake and empty state of the dashboard, and what recipients get and see.",
        "",
        "| screen | wide | wide, dark | phone | phone, dark |",
        "|---|---|---|---|---|",
    ]
    for name in names:
        cells = [f"[picture]({name}-{width}-{scheme}.webp)" for width in WIDTHS for scheme in SCHEMES]
        lines.append(f"| {name.replace('-', ' ')} | " + " | ".join(cells) + " |")
    (folder / "README.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
