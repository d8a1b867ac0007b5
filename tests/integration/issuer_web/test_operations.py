"""Who sees the operator's page, and what is left of a form while the store does not answer."""

from dataclasses import replace

import pytest
from flask import Flask

from conferral.contracts.actors import Actor
from conferral.contracts.errors import Unavailable
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts
from conferral.contracts.rpc import operations as contract
from conferral.runtime.rpc_client import RpcClient
from tests.support.answering import Answering
from tests.support.dashboards import Browser, Form
from tests.support.installations import PASSWORD, Installation

PATH = "/operations/"


@pytest.fixture
def operator(running: Installation, dashboard: Flask) -> Browser:
    """Somebody who runs the installation and belongs to no organisation."""
    email = f"operator-{new_id()[:8]}@example.org"
    request = contract.CreateOperator(actor=Actor(service="admin"), name="Olga", email=email, password=PASSWORD)
    client = RpcClient(running.settings.amqp_uri)
    client.call(contract.CREATE_OPERATOR, request, timeout=20)
    client.close()
    browser = Browser(dashboard)
    assert browser.sign_in(email, PASSWORD).status_code == 303
    return browser


def test_an_operator_without_an_organisation_is_led_to_operations(operator: Browser) -> None:
    home = operator.get("/")
    assert (home.status_code, home.location) == (303, PATH)
    page = operator.get(PATH)
    assert page.status_code == 200
    assert "Nobody has audited this installation yet" in page.text
    assert "No relay is at work at the moment." in page.text
    assert "There are none." in page.text


def test_an_owner_is_no_operator(owner: Browser) -> None:
    assert owner.get(PATH).status_code == 403
    assert "/operations/" not in owner.get("/", follow_redirects=True).text


def test_whoever_is_not_signed_in_is_asked_to(browser: Browser) -> None:
    answer = browser.get(PATH)
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=")


def test_a_letter_that_is_not_there_is_not_found(operator: Browser) -> None:
    form = operator.form(PATH, "/mail")
    token = form.value("csrf_token")
    assert operator.post(f"{PATH}letters/{'0' * 32}/redrive", [("csrf_token", token)]).status_code == 404
    assert operator.get(f"{PATH}letters/{'0' * 32}/redrive").status_code == 405


def test_while_the_store_is_away_nothing_is_done_and_the_reason_is_kept(
    operator: Browser, dashboard: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = operator.form(PATH, "/mail").value("csrf_token")
    away = Unavailable("The bus is down.")
    caller = Answering({accounts.RESUME_SESSION: away, contract.GET_OPERATIONS: away, contract.DISCARD_LETTER: away})
    parts = dashboard.extensions["conferral"]
    monkeypatch.setitem(dashboard.extensions, "conferral", replace(parts, caller=caller))
    assert operator.get(PATH).status_code == 503
    discard = Form(f"{PATH}letters/{'0' * 32}/discard", [("csrf_token", token), ("reason", "Ein <Grund> مرحبا")])
    answer = operator.submit(discard)
    assert answer.status_code == 503
    assert "Ein &lt;Grund&gt; مرحبا" in answer.text
    assert "Nothing was changed" in answer.text
    assert "Try Again" in answer.text


def test_the_page_holds_mail_and_lets_it_flow(operator: Browser) -> None:
    held = operator.submit(operator.form(PATH, "/mail"))
    assert held.location == "/operations/?done=mail-held"
    assert "All mail is on hold." in operator.get(PATH).text
    flows = operator.submit(operator.form(PATH, "/mail"))
    assert flows.location == "/operations/?done=mail-flows"
    assert "All mail is on hold." not in operator.get(PATH).text
