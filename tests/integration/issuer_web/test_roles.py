"""What a role does not allow is neither offered nor done."""

import re

import pytest
from flask import Flask

from conferral.contracts.actors import Role
from tests.support.dashboards import Browser
from tests.support.installations import Installation, Tenant, signed_in

PUBLISH = re.compile(r"<button[^>]*>\s*(Publish|Confirm)\s*</button>")


def as_role(running: Installation, dashboard: Flask, tenant: Tenant, role: Role) -> Browser:
    return signed_in(dashboard, running.colleague(tenant, role))


def pages_of(tenant: Tenant, credential_id: str) -> list[str]:
    home = f"/o/{tenant.id}"
    batch_id = tenant.batch_of(credential_id)
    return [
        f"{home}/groups", f"{home}/groups/{tenant.group_id}", f"{home}/credentials",
        f"{home}/credentials/{credential_id}", f"{home}/created/{batch_id}", f"{home}/created/{batch_id}/review",
        f"{home}/publications",
    ]  # fmt: skip


def publishing(owner: Browser, tenant: Tenant, credential_id: str) -> list[tuple[str, str]]:
    """Return what the owner's Confirm would send, but for the token."""
    page = f"/o/{tenant.id}/credentials/{credential_id}"
    text = owner.submit(owner.form(page, "/confirm")).text
    names = ("publication_id", "summary", "back", "credential")
    return [(name, text.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]) for name in names]


@pytest.mark.parametrize("role", ["viewer", "drafter"])
def test_who_may_not_publish_sees_no_publish_and_is_refused(
    running: Installation, dashboard: Flask, owner: Browser, tenant: Tenant, role: Role
) -> None:
    credential_id = tenant.draft()
    fields = publishing(owner, tenant, credential_id)
    browser = as_role(running, dashboard, tenant, role)
    for page in pages_of(tenant, credential_id):
        answer = browser.get(page)
        assert answer.status_code == 200, page
        assert PUBLISH.search(owner.get(page).text) or "/credentials/" not in page, "the owner's has one"
        assert not PUBLISH.search(answer.text), page
        assert "Create Group" not in answer.text, page
    token = browser.form(f"/o/{tenant.id}/groups", "/sign-out").value("csrf_token")
    for action in ("publications/confirm", "publications"):
        refused = browser.post(f"/o/{tenant.id}/{action}", [("csrf_token", token), *fields])
        assert refused.status_code == 403
        assert "Your role does not allow this" in refused.text
    assert tenant.world.rows("publications") == []
    assert browser.get(f"/o/{tenant.id}/groups/new").status_code == 403


def test_a_viewer_changes_nothing(running: Installation, dashboard: Flask, owner: Browser, tenant: Tenant) -> None:
    credential_id = tenant.draft()
    home = f"/o/{tenant.id}"
    create = f"{home}/groups/{tenant.group_id}/create-credentials"
    show = f"{home}/credentials/{credential_id}"
    viewer = as_role(running, dashboard, tenant, "viewer")
    token = viewer.form(f"{home}/groups", "/sign-out").value("csrf_token")
    forms = [
        owner.form(create).filled(rows__0__name="Eve", rows__0__email="eve@example.org"),
        owner.form(show).filled(rows__0__name="Eve"),
        owner.form(show, "/delete"),
    ]
    assert viewer.get(create).status_code == 403
    for form in forms:
        sent = [(name, token if name == "csrf_token" else value) for name, value in form.fields]
        assert viewer.post(form.action, sent).status_code == 403
    assert tenant.names() == ["Ana Example"]
    for page in pages_of(tenant, credential_id):
        text = viewer.get(page).text
        assert "create-credentials" not in text, f"{page} offers what a viewer may not"
        assert ">Save<" not in text
        assert "Delete" not in text


def test_a_viewer_of_an_empty_list_is_offered_nothing_that_is_refused(
    running: Installation, dashboard: Flask, tenant: Tenant
) -> None:
    viewer = as_role(running, dashboard, tenant, "viewer")
    page = viewer.get(f"/o/{tenant.id}/groups/{tenant.group_id}")
    assert "No credentials yet" in page.text
    assert "create-credentials" not in page.text


def test_the_store_itself_refuses_what_a_role_does_not_allow(
    running: Installation, dashboard: Flask, owner: Browser, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dashboard's own check taken away, the answer is the same."""
    credential_id = tenant.draft()
    fields = publishing(owner, tenant, credential_id)
    drafter = as_role(running, dashboard, tenant, "drafter")
    token = drafter.form(f"/o/{tenant.id}/groups", "/sign-out").value("csrf_token")
    monkeypatch.setattr("services.issuer_web.entrypoints.dashboard.context.may", lambda _permission: True)
    answer = drafter.post(f"/o/{tenant.id}/publications", [("csrf_token", token), *fields])
    assert answer.status_code == 403
    assert tenant.world.rows("publications") == []
