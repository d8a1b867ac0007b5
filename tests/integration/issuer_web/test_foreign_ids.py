"""Whatever address or form names what is another organisation's is answered as if it did not exist.

The routes come from the application itself: one that is missing in TABLE fails the first test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import people, selections, sending
from conferral.contracts.rpc.credentials import CredentialFilter
from tests.support.dashboards import Browser, Form, settled
from tests.support.installations import Installation, Tenant, signed_in

Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Own:
    """What the one who asks has: a browser and forms of their own organisation, complete and right."""

    browser: Browser
    tenant: Tenant
    credential_id: str

    @property
    def home(self) -> str:
        return f"/o/{self.tenant.id}"

    def form(self, path: str, action: str | None = None) -> Form:
        return self.browser.form(f"{self.home}{path}", action)

    def nothing(self) -> Fields:
        return [("csrf_token", self.form("/groups", "/sign-out").value("csrf_token"))]

    def creating(self) -> Fields:
        form = self.form(f"/groups/{self.tenant.group_id}/create-credentials")
        return form.filled(rows__0__name="Ana", rows__0__email="ana@example.org").fields

    def creating_for_several(self) -> Fields:
        group_id = self.tenant.group("Another Group")
        form = self.form(f"/create-credentials?group={self.tenant.group_id}&group={group_id}", "/create-credentials")
        return form.filled(rows__0__name="Ana", rows__0__email="ana@example.org").fields

    def amending(self) -> Fields:
        return self.form(f"/credentials/{self.credential_id}").filled(rows__0__name="Another").fields

    def deleting(self) -> Fields:
        return self.form(f"/credentials/{self.credential_id}", "/delete").fields

    def choosing(self) -> Fields:
        return self.form("/credentials", "/confirm").fields

    def new_group(self) -> Fields:
        return self.form("/groups/new").filled(name="Another").fields

    def editing(self) -> Fields:
        return self.form(f"/groups/{self.tenant.group_id}/edit").fields

    def archiving(self) -> Fields:
        return self.form(f"/groups/{self.tenant.group_id}", "/archive").fields

    def new_design(self) -> Fields:
        return self.form("/designs/new?plugin=minimal", "/designs/new").fields

    def editing_design(self) -> Fields:
        return self.form(f"/designs/{self.tenant.design_id}").fields

    def confirming(self) -> Fields:
        return self.form(f"/credentials/{self.credential_id}", "/confirm").fields

    def settling(self) -> Fields:
        return self.form("/settings/organisation", "/settings/organisation").fields

    def inviting(self) -> Fields:
        form = self.form("/settings/people", "/people/invite").filled(email=f"{new_id()}@example.org")
        return [*(field for field in form.fields if field[0] != "role"), ("role", "viewer")]

    def changing_role(self) -> Fields:
        return [*self.nothing(), ("before", "owner"), ("role", "viewer")]

    def sending(self) -> Fields:
        fields = self.form("/settings/sending", "/settings/sending").fields
        return [*(field for field in fields if field[0] not in {"way", "tls"}), ("way", "installation"), ("tls", "tls")]

    def renaming(self) -> Fields:
        return self.form("/settings/my-account", "/my-account/name").fields

    def changing_password(self) -> Fields:
        return self.form("/settings/my-account", "/my-account/password").fields

    def publishing(self) -> Fields:
        answer = self.browser.post(f"{self.home}/publications/confirm", self.confirming())
        page = answer.text
        values = ("csrf_token", "publication_id", "summary", "back", "credential")
        return [(name, page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]) for name in values]


TABLE: Mapping[tuple[str, str], Callable[[Own], Fields] | None] = {
    ("GET", "assets.serve"): None,
    ("GET", "accounts.home"): None,
    ("GET", "accounts.sign_in"): None,
    ("POST", "accounts.sign_in"): None,
    ("POST", "accounts.sign_out"): None,
    ("GET", "accounts.request_reset"): None,
    ("POST", "accounts.request_reset"): None,
    ("GET", "accounts.reset_password"): None,
    ("POST", "accounts.reset_password"): None,
    ("GET", "groups.index"): None,
    ("GET", "groups.new"): None,
    ("POST", "groups.create"): Own.new_group,
    ("GET", "groups.show"): None,
    ("GET", "groups.edit"): None,
    ("POST", "groups.amend"): Own.editing,
    ("GET", "groups.duplicate"): None,
    ("POST", "groups.archive"): Own.archiving,
    ("POST", "groups.unarchive"): Own.archiving,
    ("GET", "designs.index"): None,
    ("GET", "designs.new"): None,
    ("POST", "designs.create"): Own.new_design,
    ("GET", "designs.edit"): None,
    ("POST", "designs.amend"): Own.editing_design,
    ("GET", "designs.duplicate"): None,
    ("POST", "designs.preview"): Own.new_design,
    ("GET", "drafts.new"): None,
    ("POST", "drafts.create"): Own.creating,
    ("GET", "choosing.choose"): None,
    ("GET", "choosing.suggestion"): None,
    ("GET", "drafts.new_for_several"): None,
    ("POST", "drafts.create_for_several"): Own.creating_for_several,
    ("GET", "drafts.created"): None,
    ("GET", "drafts.review"): None,
    ("GET", "credentials.index"): None,
    ("GET", "credentials.show"): None,
    ("POST", "credentials.amend"): Own.amending,
    ("POST", "credentials.delete"): Own.deleting,
    ("POST", "bulk.ask"): Own.choosing,
    ("POST", "bulk.delete"): None,
    ("GET", "exports.credentials"): None,
    ("POST", "saved_filters.save"): None,
    ("POST", "saved_filters.delete"): None,
    ("GET", "publications.index"): None,
    ("POST", "publications.confirm"): Own.confirming,
    ("POST", "publications.publish"): Own.publishing,
    ("POST", "publications.retry"): Own.nothing,
    ("GET", "publications.show"): None,
    ("GET", "publications.counts"): None,
    ("GET", "publications.moving"): None,
    ("POST", "publications.control"): None,
    ("POST", "credentials.discard"): None,
    ("POST", "credentials.resend"): None,
    ("GET", "invitation.show"): None,
    ("POST", "invitation.accept"): None,
    ("POST", "invitation.join"): None,
    ("GET", "organisation.show"): None,
    ("POST", "organisation.change"): Own.settling,
    ("GET", "people.index"): None,
    ("POST", "people.invite"): Own.inviting,
    ("POST", "people.resend"): None,
    ("POST", "people.withdraw"): None,
    ("POST", "people.change_role"): Own.changing_role,
    ("POST", "people.remove"): None,
    ("GET", "sending.show"): None,
    ("POST", "sending.change"): Own.sending,
    ("POST", "sending.send_test"): None,
    ("GET", "sending.follow_test"): None,
    ("GET", "sender_domain.show"): None,
    ("POST", "sender_domain.create_key"): None,
    ("POST", "sender_domain.switch"): None,
    ("GET", "my_account.show"): None,
    ("POST", "my_account.change_name"): Own.renaming,
    ("POST", "my_account.change_password"): Own.changing_password,
    ("POST", "my_account.end_session"): None,
    ("POST", "my_account.end_other_sessions"): None,
}
"""Method and endpoint to what makes the fields of a right form; None: the route takes none."""


@dataclass(frozen=True)
class Scene:
    own: Own
    foreign: dict[str, str]
    other: Tenant

    def ask(self, app: Flask, method: str, endpoint: str, ids: Mapping[str, str]) -> TestResponse:
        make = TABLE[method, endpoint]
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


def routes(app: Flask) -> set[tuple[str, str, frozenset[str]]]:
    return {
        (method, rule.endpoint, frozenset(rule.arguments))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table(dashboard: Flask) -> None:
    assert {(method, endpoint) for method, endpoint, _ in routes(dashboard)} == set(TABLE)


@pytest.mark.parametrize(("method", "endpoint"), TABLE)
def test_a_foreign_id_in_an_address_answers_as_an_unknown_one(
    scene: Scene, dashboard: Flask, method: str, endpoint: str
) -> None:
    (names,) = [names for *known, names in routes(dashboard) if known == [method, endpoint]]
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
