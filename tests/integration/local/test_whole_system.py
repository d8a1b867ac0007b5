import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from amqp.exceptions import AccessRefused
from kombu import Connection

from conferral.cli.demo_data import RECIPIENTS
from conferral.local import servers
from tests.support.local_systems import ConferralUp, alive, none_left
from tests.support.waiting import wait_until

STOP_SECONDS = 10
KEYS = {
    "dashboard_url", "public_url", "email", "password", "mailbox_url", "mailbox_api", "amqp_uri", "mongodb_uri",
    "smtp_host", "smtp_port", "processes",
}  # fmt: skip
http = urllib3.PoolManager(retries=urllib3.Retry(connect=0, read=0, redirect=3), timeout=10)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if servers.find_broker() is None or servers.find_store() is None:
        pytest.fail("make setup and make broker come first")
    return tmp_path_factory.mktemp("installation") / "local"


@dataclass(frozen=True)
class Yesterday:
    """What is known of a demo that was stopped by Ctrl-C."""

    run: dict[str, Any]
    output: str
    mails: list[dict[str, Any]]
    requests: str
    """The dashboard's metrics: which of its forms were sent."""
    stop_seconds: float
    left: set[int]


@pytest.fixture(scope="module")
def yesterday(root: Path) -> Yesterday:
    demo = ConferralUp(root, "demo")
    try:
        family, run = demo.family(), demo.run
        mails = json.loads(http.request("GET", run["mailbox_api"]).data)
        dashboard = next(process for process in run["processes"] if process["name"] == "issuer-web-dashboard")
        requests = http.request("GET", dashboard["metrics"]).data.decode()
        seconds = demo.interrupt()
    finally:
        demo.end()
    return Yesterday(run, demo.text, mails, requests, seconds, {pid for pid in family if alive(pid)})


@pytest.fixture(scope="module")
def today(root: Path, yesterday: Yesterday) -> Iterator[ConferralUp]:
    up = ConferralUp(root)
    yield up
    up.end()


def test_ctrl_c_stops_everything_in_time_and_leaves_no_process(yesterday: Yesterday) -> None:
    assert yesterday.stop_seconds < STOP_SECONDS
    assert yesterday.left == set()
    assert "Everything has stopped." in yesterday.output


def test_every_recipient_of_the_demo_has_an_email(yesterday: Yesterday) -> None:
    addresses = sorted(address for mail in yesterday.mails for address in mail["recipients"])
    assert addresses == sorted(f"{recipient.mailbox}@example.org" for recipient in RECIPIENTS)
    layla = next(mail for mail in yesterday.mails if mail["recipients"] == ["layla@example.org"])
    assert "ليلى النموذجية" in layla["text"]
    assert yesterday.run["public_url"] in layla["html"]


def test_the_demo_was_entered_in_the_dashboard(yesterday: Yesterday) -> None:
    route = '/o/<id:organisation_id>/groups/<id:group_id>/create-credentials",status="303"'
    assert f'conferral_http_request_seconds_count{{role="dashboard",route="{route}}} 2.0' in yesterday.requests
    assert re.search(r"25 of 25 recipients got their email, \d+ s after the start\.", yesterday.output)


def test_a_second_start_is_quick_and_keeps_addresses_passwords_and_links(
    yesterday: Yesterday, today: ConferralUp
) -> None:
    assert today.seconds_to_start < 40  # under 20 on an idle machine
    processes = {"processes": None}
    assert {**today.run, **processes} == {**yesterday.run, **processes}
    live = yesterday.output.rpartition("A live credential")[2].split()[0]
    assert http.request("GET", live).status == 200
    assert len(json.loads(http.request("GET", today.run["mailbox_api"]).data)) == len(RECIPIENTS)


def test_run_json_is_private_and_tells_exactly_where_things_are(today: ConferralUp) -> None:
    file = today.root / "run.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    run = today.run
    assert run.keys() == KEYS
    for process in run["processes"]:
        assert process.keys() == {"name", "role", "pid", "metrics"}
        assert process["pid"] in today.family()
        if process["metrics"]:
            assert b"# HELP" in http.request("GET", process["metrics"]).data
    roles = {process["name"] for process in run["processes"] if process["metrics"]}
    assert roles == {
        "credential-store-rpc", "credential-store-relay", "credential-store-reader", "publisher-worker",
        "publisher-rpc", "mailer-worker", "issuer-web-dashboard", "issuer-web-public",
    }  # fmt: skip
    assert http.request("GET", run["dashboard_url"]).status == 200
    assert http.request("GET", run["mailbox_url"]).status == 200


def test_nothing_listens_beyond_this_machine(today: ConferralUp) -> None:
    listening = today.listening()
    assert "127.0.0.1" in listening
    assert listening <= {"127.0.0.1", "::1"}


def test_the_broker_knows_no_guest(today: ConferralUp) -> None:
    uri = today.run["amqp_uri"]
    host = uri.partition("@")[2]
    with Connection(uri) as own:
        own.connect()
    with pytest.raises(AccessRefused), Connection(f"amqp://guest:guest@{host}") as guest:
        guest.connect()


def test_a_killed_role_runs_again_and_run_json_knows(today: ConferralUp) -> None:
    before = today.pid_of("mailer-worker")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: today.pid_of("mailer-worker") not in {before, 0}, 20)
    assert alive(today.pid_of("mailer-worker"))
    wait_until(lambda: "mailer-worker runs again" in today.text, 5)


def test_a_second_up_in_the_same_place_says_that_it_runs_already(today: ConferralUp) -> None:
    command = [sys.executable, "-m", "conferral.cli", "up", "--root", str(today.root)]
    second = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=30)
    assert second.returncode == 1
    assert "running already" in second.stdout
    assert today.run["dashboard_url"] in second.stdout
    assert today.process.poll() is None


def test_two_installations_run_side_by_side_and_one_that_is_killed_leaves_nothing(
    today: ConferralUp, tmp_path: Path
) -> None:
    other = ConferralUp(tmp_path / "other")
    try:
        assert other.run["dashboard_url"] != today.run["dashboard_url"]
        family = other.family()
        other.process.kill()
        other.process.wait(5)
        assert none_left(family, STOP_SECONDS) == set()
    finally:
        other.end()
    assert http.request("GET", today.run["dashboard_url"]).status == 200


def test_what_a_killed_supervisor_leaves_behind_is_ended(tmp_path: Path) -> None:
    up = ConferralUp(tmp_path / "local")
    family = up.family()
    supervisor = next(pid for pid in family if "conferral.local.supervise" in _command(pid))
    os.kill(up.process.pid, signal.SIGSTOP)  # so that it cannot clean up by itself
    os.kill(supervisor, signal.SIGKILL)
    up.process.kill()
    up.process.wait(5)
    time.sleep(1)
    assert any(map(alive, family)), "nothing was left behind: this test proves nothing"
    command = [sys.executable, "-m", "conferral.cli", "stop", "--root", str(up.root)]
    subprocess.run(command, check=True, timeout=30, stdout=subprocess.DEVNULL)
    assert none_left(family, 0.5) == set()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
