"""What an issuer sees while a part of the system is away: soon, clearly, and with everything typed still there.

The applications are this module's own, and so is the store's process, because it is stopped here.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from tests.support import wait_until
from tests.support.brokers import Broker
from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Installation, Tenant, installation, signed_in
from tests.support.stores import fresh_database

SOON = 1.2
"""Seconds: one, and a little for a machine that is busy with other tests."""


@dataclass
class Outage:
    """A dashboard with forms that were opened while all was well."""

    away: str
    tenant: Tenant
    owner: Browser
    stranger: Browser
    forms: dict[str, Form]
    pages: list[str]
    back: Callable[[], None]

    def soon(self, ask: Callable[[], TestResponse]) -> TestResponse:
        began = time.monotonic()
        answer = ask()
        assert time.monotonic() - began < SOON, f"{answer.request.path} took {time.monotonic() - began:.2f} s"
        return answer


@pytest.fixture(scope="module")
def own(broker: Broker, store_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with (
        broker.fresh_vhost() as amqp_uri,
        fresh_database(store_server) as mongodb_uri,
        installation(tmp_path_factory.mktemp("own"), mongodb_uri, amqp_uri) as made,
    ):
        yield made


def opened(tenant: Tenant, app: Flask) -> tuple[Browser, Browser, dict[str, Form], list[str]]:
    """Open all forms and type into them; return the pages too."""
    owner, stranger, home = signed_in(app, tenant.owner), Browser(app), f"/o/{tenant.id}"
    credential_id, doomed = tenant.draft(), tenant.draft("Doomed Example")
    show, create = f"{home}/credentials/{credential_id}", f"{home}/groups/{tenant.group_id}/create-credentials"
    confirm = owner.form(show, "/confirm")
    batch_id = tenant.batch_of(credential_id)
    forms = {
        "create": owner.form(create).filled(rows__0__name="Typed Name", rows__0__email="typed@example.org"),
        "amend": owner.form(show).filled(rows__0__name="Typed Name"),
        "group": owner.form(f"{home}/groups/new").filled(name="Typed Group"),
        "delete": owner.form(f"{home}/credentials/{doomed}", "/delete"),
        "confirm": confirm,
        "publish": form_on(owner.submit(confirm), f"{home}/publications"),
        "sign out": owner.form(f"{home}/groups", "/sign-out"),
        "sign in": stranger.form("/sign-in").filled(email=tenant.owner.email, password="some password"),
        "forgot": stranger.form("/forgot-password").filled(email="typed@example.org"),
        "reset": stranger.form("/reset/token").filled(password="a new password", repeated="a new password"),
    }
    pages = [
        "/", f"{home}/groups", f"{home}/groups/new", f"{home}/groups/{tenant.group_id}", create,
        f"{home}/created/{batch_id}", f"{home}/created/{batch_id}/review", f"{home}/credentials", show,
        f"{home}/publications", f"{home}/publications/{new_id()}", f"{home}/publications/{new_id()}.json",
    ]  # fmt: skip
    return owner, stranger, forms, pages


@pytest.fixture(scope="module", params=["broker", "store"])
def outage(request: pytest.FixtureRequest, own: Installation, broker: Broker) -> Iterator[Outage]:
    stop, start = (broker.stop, broker.start) if request.param == "broker" else _stopping(own)
    if stop is None or start is None:
        pytest.skip("this broker is not ours to stop")
    if not own.processes:
        own.start(("credential_store", "rpc"), ("publisher", "rpc"))
    tenant = own.tenant()
    app = own.dashboard()
    owner, stranger, forms, pages = opened(tenant, app)
    running = [False]
    stop()

    def back() -> None:
        if not running[0]:
            running[0] = True
            start()
            wait_until(lambda: _answers(owner, tenant), 30, pause=0.1)

    yield Outage(request.param, tenant, owner, stranger, forms, pages, back)
    back()


def _answers(owner: Browser, tenant: Tenant) -> bool:
    return owner.get(f"/o/{tenant.id}/groups").status_code == 200


def _stopping(own: Installation) -> tuple[Callable[[], None], Callable[[], object]]:
    def stop() -> None:
        while own.processes:
            process = own.processes.pop()
            process.terminate()
            process.wait(20)

    return stop, lambda: own.start(("credential_store", "rpc"), ("publisher", "rpc"))


def test_every_page_says_soon_that_it_cannot_answer_and_what_to_do(outage: Outage) -> None:
    windows = [(path, outage.owner.twin()) for path in outage.pages]
    with ThreadPoolExecutor(len(windows)) as pool:
        asked = [pool.submit(outage.soon, lambda at=path, one=window: one.get(at)) for path, window in windows]
    for path, answer in zip(outage.pages, (one.result() for one in asked), strict=True):
        assert answer.status_code == 503, path
        assert answer.headers["Retry-After"]
        if path.endswith(".json"):
            assert answer.json == {"status": 503, "message": ""}
            continue
        assert "Conferral cannot answer at the moment" in answer.text
        assert "Please try again in a moment." in answer.text
        assert f'href="{path}">Try Again' in answer.text
    assert outage.soon(lambda: outage.stranger.get("/sign-in")).status_code == 200


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("create", ["rows-0-name", "rows-0-email", "rows-0-issue_date", "form_id"]),
        ("amend", ["rows-0-name", "rows-0-email"]),
        ("group", ["name", "group_id"]),
        ("publish", ["credential", "publication_id"]),
        ("sign in", ["email"]),
        ("forgot", ["email"]),
    ],
)
def test_a_form_comes_back_soon_with_what_was_typed(outage: Outage, name: str, fields: list[str]) -> None:
    form = outage.forms[name]
    browser = outage.stranger if name in {"sign in", "forgot"} else outage.owner
    answer = outage.soon(lambda: browser.submit(form))
    assert answer.status_code == 503
    assert "Nothing was changed, and everything you typed is still here." in answer.text
    again = form_on(answer, form.action)
    assert {field: again.value(field) for field in fields} == {field: form.value(field) for field in fields}


@pytest.mark.parametrize("name", ["delete", "confirm", "sign out", "reset"])
def test_a_button_says_soon_that_nothing_was_changed(outage: Outage, name: str) -> None:
    browser = outage.stranger if name == "reset" else outage.owner
    answer = outage.soon(lambda: browser.submit(outage.forms[name]))
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.text


def test_a_dialog_says_it_inside_the_dialog(outage: Outage) -> None:
    answer = outage.owner.submit(outage.forms["confirm"], headers={"X-Conferral-Fragment": "dialog"})
    assert answer.status_code == 503
    assert "<html" not in answer.text
    assert "Conferral cannot answer at the moment" in answer.text


def test_once_it_is_back_everything_that_was_tried_happens_once(outage: Outage) -> None:
    names = outage.tenant.names()
    assert names == ["Ana Example", "Doomed Example"], "the outage has changed something"
    assert outage.tenant.world.rows("publications") == []
    outage.back()
    created = outage.owner.submit(outage.forms["create"])
    assert created.status_code == 303
    assert outage.owner.submit(outage.forms["create"]).location == created.location
    assert outage.owner.submit(outage.forms["delete"]).status_code == 303
    published = outage.owner.submit(outage.forms["publish"])
    assert published.status_code == 303
    assert outage.owner.submit(outage.forms["publish"]).location == published.location
    assert outage.owner.submit(outage.forms["amend"]).status_code == 303
    assert outage.tenant.names() == ["Typed Name", "Typed Name"], "one created, one amended, one deleted"
    assert len(outage.tenant.world.rows("publications")) == 1
