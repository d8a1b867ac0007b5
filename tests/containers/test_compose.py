"""``docker compose up`` from a checkout, as docs/operating.md describes it, in a project and on ports of its own.

Slow, so only run when asked for: ``make test-containers``. The tests are steps of one story and run in this order.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from conferral.contracts.ids import new_id
from conferral.local.ports import free_port
from tests.support.compose import ROOT, System, run
from tests.support.waiting import wait_until

CHROMIUM = os.environ.get("CONFERRAL_TEST_CHROMIUM", "/usr/bin/chromium")
OWNER = "olga@example.org"
CREATE_ORGANISATION = (
    *("run", "--rm", "-T", "admin", "create-organisation"),
    *("--owner-name", "Olga Owner", "--owner-email", OWNER),
)
GRACE = 35
LINK = re.compile(r"http://\S+/c/[a-z2-7]{26}\?d=[A-Za-z0-9_-]+")
# Asks the processes themselves: the design's process, its limits and what it may not do.
DESIGN_PROCESSES = """
import pathlib
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    if b"design_child" in (folder / "cmdline").read_bytes():
        print((folder / "limits").read_text(), (folder / "status").read_text())
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    engine = shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    if not engine or engine.returncode:
        pytest.fail("no Docker engine answers `docker info`: these tests run docker compose, and were asked for")
    ports = {f"CONFERRAL_{name}_PORT": str(free_port()) for name in ("DASHBOARD", "PUBLIC", "MAILPIT")}
    image = f"conferral/publisher:{new_id()}"
    system = System({"COMPOSE_PROJECT_NAME": f"conferral-test-{new_id()}", "CONFERRAL_LOG_LEVEL": "info", **ports})
    try:
        system.compose("build")
        add_design(tmp_path_factory.mktemp("design"), image)
        system.environment["CONFERRAL_PUBLISHER_IMAGE"] = image
        system.up()
        yield system
    finally:
        system.compose("down", "--volumes", "--remove-orphans")
        subprocess.run(["docker", "image", "rm", image], capture_output=True, check=False, timeout=60)


def add_design(folder: Path, image: str) -> None:
    """Build the template design's wheel and an image that has it."""
    shutil.copytree(ROOT / "plugins" / "_template", folder / "design")
    wheels = folder / "dist"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(folder / "design"))
    run("docker", "build", "-f", "deploy/publisher-with-design.Dockerfile", "-t", image, str(wheels))


@pytest.fixture(scope="module")
def page(system: System) -> Iterator[Page]:
    """A tab that is signed in as the owner of an organisation that was made as the documentation says."""
    told = system.compose(*CREATE_ORGANISATION, "--name", "Example Academy")
    password = re.search(r"^Password +(\S+)$", told, re.MULTILINE)
    assert password, told
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(locale="en-GB")
        page.goto(system.url("DASHBOARD"))
        page.get_by_label("Email").fill(OWNER)
        page.get_by_label("Password", exact=True).fill(password.group(1))
        page.get_by_role("button", name="Sign in", exact=False).click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        yield page
        browser.close()


@pytest.fixture(scope="module")
def links() -> dict[str, str]:
    """What was published so far: recipient's name → live page."""
    return {}


def issue(system: System, page: Page, design: str, name: str) -> str:
    """Make a group, create a credential by form, publish it; return the link in the recipient's email."""
    address = f"{new_id()}@example.org"
    page.goto(system.url("DASHBOARD"))
    page.get_by_role("link", name="Groups").first.click()
    page.get_by_role("link", name=re.compile("Create Group|Create your first group")).first.click()
    page.get_by_label("Name", exact=True).fill(f"Night Sky with {design}")
    page.get_by_label("Design", exact=True).select_option(label=design)
    page.get_by_role("button", name="Create Group").click()
    page.get_by_role("link", name="Create Credentials").first.click()
    page.get_by_label("Recipient Name").fill(name)
    page.get_by_label("Recipient Email").fill(address)
    page.get_by_role("button", name="Create Credentials").click()
    page.get_by_role("link", name="Review Unpublished Credentials").click()
    page.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    page.wait_for_url(re.compile("/publications/[a-z2-7]{26}$"))
    link = LINK.search(system.mail_to(address))
    assert link
    return link.group(0)


def is_live(page: Page, link: str, name: str) -> None:
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 200
    expect(page.get_by_text(name).first).to_be_visible()


@pytest.mark.parametrize(("design", "name"), [("Classic", "Åsa Ünal"), ("Template", "Bao 王小明")])
def test_from_sign_in_to_the_live_page(
    system: System, page: Page, links: dict[str, str], design: str, name: str
) -> None:
    """With a design that ships, and with one that was added by deploy/publisher-with-design.Dockerfile."""
    links[name] = issue(system, page, design, name)
    is_live(page, links[name], name)


def test_services_run_without_rights_on_a_file_system_that_they_cannot_write(system: System) -> None:
    for container in system.containers():
        assert container["State"]["Health"]["Status"] == "healthy", container["Name"]
        assert container["Config"]["User"] == "10001:10001", container["Name"]
        assert container["HostConfig"]["ReadonlyRootfs"], container["Name"]
        assert container["HostConfig"]["CapDrop"] == ["ALL"], container["Name"]
        writes = ("docker", "exec", container["Id"], "sh", "-c", "touch /opt/conferral/x || touch /x || touch /var/x")
        assert subprocess.run(writes, capture_output=True, check=False, timeout=30).returncode, container["Name"]


def test_designs_run_in_processes_that_start_no_other_and_write_nothing(system: System) -> None:
    told = system.compose("exec", "-T", "publisher", "python3", "-c", DESIGN_PROCESSES)
    assert re.search(r"^Max processes +0 +0 ", told, re.MULTILINE), told
    assert re.search(r"^Max file size +0 +0 ", told, re.MULTILINE), told
    assert re.search(r"^Uid:\s+10001\s+10001\s", told, re.MULTILINE), told
    assert re.search(r"^NoNewPrivs:\s+1$", told, re.MULTILINE), told
    assert re.search(r"^CapEff:\s+0+$", told, re.MULTILINE), told


def test_three_publishers_share_the_work(system: System, page: Page, links: dict[str, str]) -> None:
    system.up("--no-recreate", "--scale", "publisher=3")
    wait_until(lambda: system.publishers() == 3, 30, pause=1)
    links["Cléo Third"] = issue(system, page, "Minimal", "Cléo Third")
    system.up("--no-recreate", "--scale", "publisher=1")
    wait_until(lambda: system.publishers() == 1, GRACE, pause=1)


def test_everything_stops_by_itself_within_its_grace(system: System) -> None:
    started = time.monotonic()
    system.compose("stop")
    assert time.monotonic() - started < GRACE
    assert {c["Name"]: c["State"]["ExitCode"] for c in system.containers() if c["State"]["ExitCode"]} == {}
    assert "Traceback" not in system.logs()


def test_what_was_issued_is_there_after_all_containers_were_removed(
    system: System, page: Page, links: dict[str, str]
) -> None:
    system.compose("down")
    system.up()
    for name, link in links.items():
        is_live(page, link, name)
    page.goto(system.url("DASHBOARD"))
    expect(page.get_by_role("link", name="Groups").first).to_be_visible()  # still signed in
    name = "Dara After"
    is_live(page, issue(system, page, "Classic", name), name)


def test_no_password_is_told_to_an_owner_who_has_one(system: System) -> None:
    told = system.compose(*CREATE_ORGANISATION, "--name", "Another Academy")
    assert told.startswith("Organisation ")
    assert "Password" not in told
