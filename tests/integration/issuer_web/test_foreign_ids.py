"""Whatever address or form names what is another organisation's is answered as if it did not exist.

The routes come from the application itself, by way of the one table of them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import people, selections, sending
from conferral.contracts.rpc.credentials import CredentialFilter
from tests.support.dashboards import settled
from tests.support.installations import Installation, Tenant, signed_in
from tests.support.route_table import ROUTES, Own, routes


@dataclass(frozen=True)
class Scene:
    own: Own
    foreign: dict[str, str]
    other: Tenant

    def ask(self, app: Flask, method: str, endpoint: str, ids: Mapping[str, str]) -> TestResponse:
        make = ROUTES[method, endpoint].fields
        with app.test_request_context(base_url="http://127.0.0.1:8800"):
            path = app.url_for(endpoint, **ids)
        if method == "GET":
            return self.own.browser.get(path)
        return self.own.browser.post(path, make(self.own) if make else self.own.nothing())


@pytest.fixture(scope="module")
def scene(running: Installation, dashboard: Flask) -> Scene:
    tenant, other = running.tenant(), running.tenant("Southfield")
    theirs = other.draft("Foreign Person")
    filter_id = new_id()
    other.ask(selections.SAVE_FILTER, filter_id=filter_id, name="Theirs", filter=CredentialFilter())
    publication_id = other.world.publish([(other.draft("Published Person"), 1)])
    foreign = {
        "organisation_id": other.id,
        "group_id": other.group_id,
        "design_id": other.design_id,
        "credential_id": theirs,
        "batch_id": other.batch_of(theirs),
        "publication_id": publication_id,
        **_of_settings(other),
        "selection_id": other.ask(
            selections.FREEZE_SELECTION, purpose="delete", credentials=((theirs, 1),)
        ).selection_id,
        "filter_id": filter_id,
    }
    return Scene(Own(signed_in(dashboard, tenant.owner), tenant, tenant.draft()), foreign, other)


def _of_settings(other: Tenant) -> dict[str, str]:
    """What only the other organisation's owner should reach: their person, invitation and test email."""
    invitation_id, test_id = new_id(), new_id()
    other.ask(people.INVITE_PERSON, invitation_id=invitation_id, email="guest@example.org", role="viewer")
    other.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    (person,) = other.ask(people.LIST_PEOPLE).people
    return {
        "person_id": person.person_id,
        "invitation_id": invitation_id,
        "test_id": test_id,
    }


@pytest.mark.parametrize(("method", "endpoint"), ROUTES)
def test_a_foreign_id_in_an_address_answers_as_an_unknown_one(
    scene: Scene, dashboard: Flask, method: str, endpoint: str
) -> None:
    names = routes(dashboard)[method, endpoint]
    tenant = scene.own.tenant
    own = {"organisation_id": tenant.id, "group_id": tenant.group_id, "design_id": tenant.design_id, "action": "pause"}
    before = scene.other.names(), scene.own.tenant.names()
    for name in names & scene.foreign.keys():
        answers = []
        for value in (scene.foreign[name], new_id()):
            ids = {key: own.get(key, scene.foreign.get(key, "x")) for key in names} | {name: value}
            answer = scene.ask(dashboard, method, endpoint, ids)
            assert answer.status_code == 404, f"{name}: {answer.status_code}"
            answers.append((settled(answer, value), dict(answer.headers)))
        assert answers[0] == answers[1], name
    assert (scene.other.names(), scene.own.tenant.names()) == before


@pytest.mark.parametrize("part", ["credential", "group"])
@pytest.mark.parametrize("action", ["publications/confirm", "publications"])
def test_a_foreign_id_in_a_tick_box_answers_as_an_unknown_one(scene: Scene, part: str, action: str) -> None:
    answers = []
    own = scene.own
    fields = own.publishing()
    for foreign in (True, False):
        credential_id = scene.foreign["credential_id"] if foreign else new_id()
        group_id = (scene.foreign["group_id"] if foreign else new_id()) if part == "group" else own.tenant.group_id
        tick = f"{credential_id}:1:{group_id}:"
        sent = [(name, tick if name == "credential" else value) for name, value in fields]
        answer = own.browser.post(f"{own.home}/{action}", sent)
        page = settled(answer, credential_id, group_id)
        answers.append((answer.status_code, page.replace(_publication_in(page), "…").replace(_sealed_in(page), "…")))
    assert answers[0] == answers[1]
    if action == "publications" or part == "group":
        assert answers[0][0] == 404
    assert scene.own.tenant.world.rows("publications") == []


def test_a_foreign_publication_s_id_is_refused_and_changes_nothing(scene: Scene) -> None:
    own = scene.own
    fields = [
        (name, scene.foreign["publication_id"] if name == "publication_id" else value)
        for name, value in own.publishing()
    ]
    before = scene.other.world.rows("publications")
    assert own.browser.post(f"{own.home}/publications", fields).status_code == 404
    assert scene.other.world.rows("publications") == before
    assert own.tenant.world.rows("publications") == []


def test_a_form_of_one_organisation_is_worth_nothing_in_another(
    running: Installation, dashboard: Flask, scene: Scene
) -> None:
    fields = scene.own.amending()
    other = signed_in(dashboard, scene.other.owner)
    token = other.form(f"/o/{scene.other.id}/groups", "/sign-out").value("csrf_token")
    sent = [(name, token if name == "csrf_token" else value) for name, value in fields]
    path = f"/o/{scene.other.id}/credentials/{scene.own.credential_id}"
    assert other.post(path, sent).status_code == 404
    assert scene.own.tenant.names() == ["Ana Example"]


def _publication_in(page: str) -> str:
    return page.partition('name="publication_id" value="')[2].partition('"')[0] or "none"


def _sealed_in(page: str) -> str:
    return page.partition('name="summary" value="')[2].partition('"')[0] or "none"
