"""Settings in the dashboard, without scripts: what is kept after a mistake, who sees what, the logo."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from conferral.contracts.actors import Role
from conferral.contracts.rpc import organisations, sending
from services.issuer_web.adapters.dns_records import DnsRecords
from tests.support.dashboards import Browser, form_on
from tests.support.dns import name_server
from tests.support.installations import Installation, Tenant, signed_in

OWNERS_ONLY = ("organisation", "sending", "sending/domain")


def picture(kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (800, 600), "#336699").save(buffer, kind)
    return buffer.getvalue()


def organisation_of(tenant: Tenant) -> organisations.OrganisationContent:
    return tenant.ask(organisations.GET_ORGANISATION).content


def upload(owner: Browser, tenant: Tenant, content: bytes, **typed: str) -> Any:
    form = owner.form(f"/o/{tenant.id}/settings/organisation", "/settings/organisation").filled(**typed)
    fields: dict[str, Any] = {key: value for key, value in form.fields if key != "logo"}
    return owner.upload(form.action, {**fields, "logo": (BytesIO(content), "logo.png")})


def test_a_logo_is_kept_through_a_mistake_and_stored_with_the_rest(owner: Browser, tenant: Tenant) -> None:
    answer = upload(owner, tenant, picture(), timezone="Mars/Olympus", postal_address="1 Field Lane")
    assert answer.status_code == 400
    assert "timezone-wrong" in answer.text
    assert "The file that you chose is kept" in answer.text
    again = form_on(answer, "/settings/organisation").filled(timezone="europe/berlin")
    assert owner.submit(again).status_code == 303
    stored = organisation_of(tenant)
    assert (stored.timezone, stored.postal_address) == ("Europe/Berlin", "1 Field Lane")
    assert stored.logo
    assert f"/i/{stored.logo}" in owner.get(f"/o/{tenant.id}/settings/organisation").text
    removed = owner.form(f"/o/{tenant.id}/settings/organisation", "/settings/organisation")
    assert owner.submit(removed.with_field("remove_logo", "y")).status_code == 303
    assert organisation_of(tenant).logo is None


def test_what_is_no_picture_is_refused_beside_the_field(owner: Browser, tenant: Tenant) -> None:
    answer = upload(owner, tenant, b"<svg xmlns='http://www.w3.org/2000/svg'/>", name="Kept")
    assert answer.status_code == 400
    assert "logo-wrong" in answer.text
    assert form_on(answer, "/settings/organisation").value("name") == "Kept"
    assert organisation_of(tenant).logo is None


@pytest.mark.parametrize("role", ["viewer", "drafter", "publisher"])
def test_only_owners_see_and_reach_what_is_theirs(
    running: Installation, dashboard: Flask, tenant: Tenant, role: Role
) -> None:
    browser, home = signed_in(dashboard, running.colleague(tenant, role)), f"/o/{tenant.id}/settings"
    people = browser.get(f"{home}/people")
    assert people.status_code == 200
    for offered in ("Send Invitation", "Change Role", "/settings/organisation", "/settings/sending"):
        assert offered not in people.text
    assert browser.get(f"{home}/my-account").status_code == 200
    for page in OWNERS_ONLY:
        assert browser.get(f"{home}/{page}").status_code == 403, page
    token = browser.form(f"{home}/people", "/sign-out").value("csrf_token")
    for action in ("organisation", "sending", "sending/test", "sending/domain/key", "people/invite"):
        refused = browser.post(f"{home}/{action}", [("csrf_token", token), ("email", "x@example.org")])
        assert refused.status_code == 403, action


def test_a_foreign_organisations_settings_are_unknown_pages(
    running: Installation, owner: Browser, tenant: Tenant
) -> None:
    foreign = running.tenant()
    for page in (*OWNERS_ONLY, "people", "my-account"):
        assert owner.get(f"/o/{foreign.id}/settings/{page}").status_code == 404, page


def test_a_mail_server_that_will_not_do_keeps_everything_that_was_typed(owner: Browser, tenant: Tenant) -> None:
    page = f"/o/{tenant.id}/settings/sending"
    form = owner.form(page, "/settings/sending")
    fields = [(name, value) for name, value in form.fields if name not in {"way", "tls"}]
    typed = {"host": "not a host", "port": "70000", "sender_name": "Exams", "user": "northfield"}
    sent = [(name, typed.get(name, value)) for name, value in fields]
    answer = owner.post(form.action, [*sent, ("way", "own"), ("tls", "tls"), ("password", "hunter2hunter2")])
    assert answer.status_code == 400
    assert "port-wrong" in answer.text
    assert "hunter2hunter2" not in answer.text, "a password is never sent back"
    kept = form_on(answer, "/settings/sending")
    assert (kept.value("host"), kept.value("sender_name"), kept.value("user")) == ("not a host", "Exams", "northfield")
    assert tenant.ask(sending.GET_SENDING).content.server is None


def test_a_wrong_present_password_is_said_beside_the_field(owner: Browser, tenant: Tenant) -> None:
    form = owner.form(f"/o/{tenant.id}/settings/my-account", "/password")
    names = {"present": "wrong password here", "password": "another long password", "repeated": "another long password"}
    sent = [(name, names.get(name.removeprefix("secret-"), value)) for name, value in form.fields]
    answer = owner.post(form.action, sent)
    assert answer.status_code == 400
    assert "Is not your current password." in answer.text


def test_a_city_is_enough_for_a_time_zone_and_several_are_named(owner: Browser, tenant: Tenant) -> None:
    path = f"/o/{tenant.id}/settings/organisation"
    answer = owner.submit(owner.form(path, "/settings/organisation").filled(timezone="louisville"))
    assert answer.status_code == 400
    assert "Several time zones fit: America/Kentucky/Louisville, America/Louisville" in answer.text
    assert owner.submit(form_on(answer, "/settings/organisation").filled(timezone="zurich")).status_code == 303
    assert organisation_of(tenant).timezone == "Europe/Zurich"


def test_the_text_to_forward_names_all_three_records_before_there_is_a_key(
    dashboard: Flask, owner: Browser, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/o/{tenant.id}/settings/sending/domain"
    with name_server({}) as resolver:
        parts = replace(dashboard.extensions["conferral"], dns=DnsRecords(resolver))
        monkeypatch.setitem(dashboard.extensions, "conferral", parts)
        before = owner.get(path).text
        assert owner.submit(owner.form(path, "/key")).status_code == 303
        after = owner.get(path).text
    for page in (before, after):
        assert all(f"\n{kind}, " in page for kind in ("SPF", "DKIM", "DMARC"))
        assert "whoever runs our installation of Conferral will send you this value" in page
        assert "Value: v=DMARC1; p=none" in page
    assert "First make a key." in before
    assert "as soon as we have made the key" in before
    assert "First make a key." not in after
    assert "Value: v=DKIM1; k=rsa; p=" in after
