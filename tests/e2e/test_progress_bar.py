"""How a publication's bar is drawn, in a real browser, by the dashboard's own style sheets."""

import base64
from pathlib import Path

from playwright.sync_api import Browser, Page

STYLES = "".join(Path(f"services/issuer_web/static/css/{name}.css").read_text() for name in ("base", "dashboard"))
COLOURS = """async (image) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${image}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  canvas.drawImage(bitmap, 0, 0);
  const at = (share) => [...canvas.getImageData(bitmap.width * share, bitmap.height / 2, 1, 1).data];
  return [at(0.03), at(0.5), at(0.97)];
}"""


def colours(page: Page) -> list[list[int]]:
    """Return the bar's colours near its start, in the middle and near its end, as it is drawn now."""
    image = base64.b64encode(page.locator("progress").screenshot(animations="allow")).decode()
    drawn: list[list[int]] = page.evaluate(COLOURS, image)
    return drawn


def test_the_bar_is_full_at_the_moment_that_it_says_so(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 600, "height": 100})
    page = context.new_page()
    page.set_content(f"<style>{STYLES}</style><div><progress max=4 value=1></progress></div>")
    start, middle, end = colours(page)
    assert start != middle == end, "a quarter"
    page.evaluate("""() => {
      const bar = document.querySelector("progress");
      bar.value = 4;
      bar.parentElement.classList.add("finished");
    }""")
    start, middle, end = colours(page)
    assert start == middle == end
    context.close()
