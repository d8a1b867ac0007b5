"""The operator's page in a browser: dead letters, mail on hold; and nobody else sees it."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from conferral.contracts.actors import Actor
from conferral.contracts.canonical import canonical_json
from conferral.contracts.commands import DeliverEmails
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import operations as contract
from conferral.contracts.topology import DEAD
from conferral.runtime import amqp
from conferral.runtime.rpc_client import RpcClient
from tests.support.waiting import wait_until

WHY = "100% of %(name)s: Donaudampfschifffahrtsgesellschaftskapitän " * 3 + "مرحبا"


@pytest.fixture
def store(system: dict[str, Any]) -> Iterator[RpcClient]:
    client = RpcClient(system["amqp_uri"])
    yield client
    client.close()


@pytest.fixture
def letters(system: dict[str, Any], store: RpcClient) -> str:
    """A command and a malformed request among the dead letters; returns the command's message id."""
    command = DeliverEmails(
        message_id=new_id(), correlation_id=new_id(), organisation_id=new_id(), delivery_ids=(new_id(), new_id())
    )
    before = count(store)
    with amqp.connect(system["amqp_uri"], confirm=True) as connection:
        amqp.declare_topology(connection)
        producer = connection.Producer()
        producer.publish(
            canonical_json(command.encode()),
            exchange=DEAD.name,
            routing_key="mailer.deliver.dead",
            content_type="application/json",
            message_id=command.message_id,
        )
        producer.publish(new_id().encode(), exchange=DEAD.name, routing_key="rpc.dead", headers={"x-reason": WHY})
    wait_until(lambda: count(store) == before + 2, 30)
    return command.message_id


def count(store: RpcClient) -> int:
    answer = store.call(contract.GET_INSTALLATION, contract.GetInstallation(actor=Actor(service="admin")), timeout=20)
    return int(answer.letters)


def test_an_operator_redrives_and_discards_dead_letters(signed_in: Page, store: RpcClient, letters: str) -> None:
    page, before = signed_in, count(store)
    page.locator(".menu summary").click()
    page.get_by_role("link", name="Operations").click()
    expect(page.get_by_role("heading", name="Dead letters")).to_be_visible()
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [found["id"] for found in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name=f"Redrive {letters[:8]}").click()
    expect(page.get_by_role("status")).to_contain_text("on its way once more")
    row = page.get_by_role("row").filter(has_text="Donaudampfschifffahrt").first
    row.locator("summary").click()
    row.get_by_label("Why it is given up").fill("seen and understood")
    row.get_by_role("button", name="Discard this letter").click()
    expect(page.get_by_role("status")).to_contain_text("given up")
    wait_until(lambda: count(store) == before - 2, 20)


def test_an_operator_holds_all_mail_and_lets_it_flow(signed_in: Page, store: RpcClient) -> None:
    page = signed_in
    page.goto(page.url.split("/o/")[0] + "/operations/")
    page.get_by_role("button", name="Hold All Mail").click()
    expect(page.get_by_role("main")).to_contain_text("All mail is on hold.")
    ask = contract.GetInstallation(actor=Actor(service="admin"))
    assert store.call(contract.GET_INSTALLATION, ask).mail == "held"
    page.get_by_role("button", name="Let Mail Flow").click()
    expect(page.get_by_role("status")).to_contain_text("Mail flows")
    assert store.call(contract.GET_INSTALLATION, ask).mail == "flows"


def test_the_page_asks_strangers_to_sign_in(page: Page, system: dict[str, Any]) -> None:
    page.goto(system["dashboard_url"].rstrip("/") + "/operations/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
