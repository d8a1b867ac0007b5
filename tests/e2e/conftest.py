"""The whole system, as ``conferral up`` runs it, and a browser in front of it, for the tests of this folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

START_SECONDS = 120
expect.set_options(timeout=15_000)  # milliseconds: the machine may be busy with other things
CHROMIUM = os.environ.get("CONFERRAL_TEST_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The contents of ``run.json`` of a running system: its own, or the one whose file the environment names."""
    if named := os.environ.get("CONFERRAL_TEST_SYSTEM"):
        yield json.loads(Path(named).read_text()) | {"root": str(Path(named).parent)}
        return
    root = tmp_path_factory.mktemp("system") / "local"
    log = root.parent / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "conferral"), "up", "--root", str(root)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield _wait_for_run_file(process, root / "run.json", log) | {"root": str(root)}
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


def _wait_for_run_file(process: subprocess.Popen[bytes], path: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        if path.exists() and "Ctrl-C" in log.read_text(errors="replace"):
            run: dict[str, Any] = json.loads(path.read_text())
            return run
        time.sleep(0.2)
    pytest.fail(f"the system did not start:\n{log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    if not Path(CHROMIUM).exists():
        reason = f"no browser at {CHROMIUM}; install chromium or set CONFERRAL_TEST_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window without history, 1280 px wide."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()


def sign_in(page: Page, system: dict[str, Any]) -> Page:
    """Sign in as the installation's first owner."""
    page.goto(system["dashboard_url"])
    page.get_by_label("Email").fill(system["email"])
    page.get_by_label("Password", exact=True).fill(system["password"])
    page.get_by_role("button", name="Sign in", exact=False).click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


@pytest.fixture
def signed_in(page: Page, system: dict[str, Any]) -> Page:
    """A tab signed in as the installation's first owner."""
    return sign_in(page, system)
