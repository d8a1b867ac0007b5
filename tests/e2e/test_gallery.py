"""Every page there is, looked at by axe, by a phone's width, and by somebody who reads a made-up language only."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from services.issuer_web.adapters.static_files import StaticFiles
from services.issuer_web.entrypoints.dashboard.app import Options, create_app
from services.issuer_web.entrypoints.dashboard.context import Parts
from tests.e2e.gallery import Walk, Words, whole_gallery
from tests.support.route_table import ROUTES

WIDE, PHONE = 1280, 360
AXE = Axe()
LONG = "Wolfeschlegelsteinhausenbergerdorff-Österreicher-" * 3 + "Ü"
WORDS = Words(
    organisation="Köçek & Søn, Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    owner="Owner Example",
    group=f"Night Sky {LONG}",
    people=("Ana Example", "Zoë Sample-Ødegård", LONG, "ليلى النموذجية", "王小明"),
    guest="Guest Example",
)


def url_map() -> Any:
    """The dashboard's own map of addresses, without anything behind it."""
    parts = Parts(None, None, StaticFiles(), "http://localhost", None)  # type: ignore[arg-type]
    return create_app(parts, Options(secret_key="x" * 40)).url_map


def look_with_axe(page: Page, problems: list[str], *, dark: bool) -> Any:
    def look(name: str) -> None:
        for width in (PHONE, WIDE):
            page.set_viewport_size({"width": width, "height": 900})
            needed = page.evaluate("document.documentElement.scrollWidth")
            if needed > width:
                problems.append(f"{name}, {width}: is {needed} px wide")
            if (dark and width == PHONE) or name.startswith("email-"):
                continue  # narrow or dark, the colours are the same; and an email is a fragment for axe
            for violation in AXE.run(page).response["violations"]:
                nodes = "; ".join(f"{node['html'][:160]} {node['failureSummary'][:300]}" for node in violation["nodes"])
                problems.append(f"{name}, {width}: {violation['id']}: {nodes}")

    return look


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_objects_to_nothing_nothing_is_too_wide_and_no_page_is_forgotten(
    browser: Browser, system: dict[str, Any], scheme: Any
) -> None:
    context = browser.new_context(color_scheme=scheme, reduced_motion="reduce", locale="en-GB")
    context.set_default_timeout(20_000)
    page, problems = context.new_page(), []
    walk = Walk(page, system, WORDS, look_with_axe(page, problems, dark=scheme == "dark"), url_map())
    whole_gallery(walk)
    context.close()
    assert not problems, "\n".join(problems)
    forgotten = {known for known, route in ROUTES.items() if route.page} - walk.seen
    assert not forgotten, "pages that nobody looked at"
