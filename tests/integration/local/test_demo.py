"""The demo on a running system: it can be cut off at any form, and makes everything once."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from rich.console import Console

from conferral.cli import demo
from conferral.cli.dashboard_visitor import DashboardVisitor, Form, Page
from conferral.cli.demo_data import GROUPS, RECIPIENTS
from conferral.cli.screen import Screen
from conferral.local.errors import CannotStart
from conferral.local.run_file import Addresses, read
from tests.support.local_systems import ConferralUp


class CutOff(BaseException):
    """The process was killed."""


class Impatient(DashboardVisitor):
    """Is cut off when so many forms were sent, before it can write down where the last one led."""

    presses = 0

    def press(self, form: Form) -> Page:
        page = super().press(form)
        Impatient.presses -= 1
        if not Impatient.presses:
            raise CutOff
        return page


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    up = ConferralUp(tmp_path_factory.mktemp("installation") / "local")
    found = read(up.root / "run.json")
    assert found
    yield found
    up.end()


@pytest.fixture(scope="module")
def organisation_id(addresses: Addresses) -> str:
    visitor = DashboardVisitor(addresses.dashboard_url)
    form = visitor.open("/sign-in").form("Sign In")
    return visitor.press(form.filled({"email": addresses.email, "password": addresses.password})).path.split("/")[2]


def run(path: Path, addresses: Addresses, organisation_id: str) -> str:
    console = Console(file=io.StringIO(), width=200)
    demo.run_demo(path, addresses, organisation_id, Screen(console))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_demo_that_is_cut_off_again_and_again_is_finished_and_makes_nothing_twice(
    tmp_path: Path, addresses: Addresses, organisation_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = tmp_path / "demo.json"
    monkeypatch.setattr(demo, "DashboardVisitor", Impatient)
    # signing in, the form that was cut off once more, and the next one, before which Publish has to be pressed
    for presses in (1, 2, 3, 3, 3, 4, 4):
        Impatient.presses = presses
        with pytest.raises(CutOff):
            run(diary, addresses, organisation_id)
    told = run(diary, addresses, organisation_id)
    assert f"{len(RECIPIENTS)} of {len(RECIPIENTS)} recipients" in told
    mails = json.loads(urllib3.request("GET", addresses.mailbox_api).data)
    assert sorted(mail["recipients"][0] for mail in mails) == sorted(f"{one.mailbox}@example.org" for one in RECIPIENTS)
    assert urllib3.request("GET", told.rpartition("A live credential")[2].strip()).status == 200
    visitor = DashboardVisitor(addresses.dashboard_url)
    form = visitor.open("/sign-in").form("Sign In")
    groups = visitor.press(form.filled({"email": addresses.email, "password": addresses.password}))
    assert [groups.text.count(group.name) for group in GROUPS] == [1, 1]


def test_what_the_dashboard_refuses_is_told_in_its_words(
    tmp_path: Path, addresses: Addresses, organisation_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = [*RECIPIENTS[:3], demo.DemoRecipient("=?utf-8?q?a?=", "nobody", "en")]
    monkeypatch.setattr(demo, "RECIPIENTS", refused)
    with pytest.raises(CannotStart) as told:
        run(tmp_path / "demo.json", addresses, organisation_id)
    assert "1 recipient needs a correction" in str(told.value)
    assert str(tmp_path / "demo.json") in str(told.value)


def test_a_dashboard_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(CannotStart, match="does not answer"):
        DashboardVisitor("http://127.0.0.1:9").open("/")
