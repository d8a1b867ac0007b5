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


SETTINGS_FORMS = {
    "sending": ("/settings/sending", {"sender_name": "Typed Office", "sender_address": "typed@example.org"}),
    "people": ("/people/invite", {"email": "typed@example.org"}),
    "my-account": ("/my-account/name", {"person-name": "Typed Name"}),
}


@pytest.mark.parametrize("page", SETTINGS_FORMS)
@pytest.mark.parametrize("signed_out", [False, True])
def test_what_was_typed_comes_back_when_a_page_was_open_for_long_or_the_session_is_over(
    running: Installation, owner: Browser, tenant: Tenant, page: str, *, signed_out: bool
) -> None:
    action, typed = SETTINGS_FORMS[page]
    form = owner.form(f"/o/{tenant.id}/settings/{page}", action)
    token = next(name for name, _ in form.fields if name.endswith("csrf_token"))
    changes = typed if signed_out else {**typed, token: "old"}
    sent = [(name, changes.get(name, value)) for name, value in form.fields]
    if signed_out:
        running.database.collection("sessions").delete_many({"person_id": tenant.owner.person_id})
    answer = owner.post(form.action, sent)
    assert answer.status_code == 400
    told = "You are signed out." if signed_out else "Please send this form once more."
    assert told in answer.text
    again = form_on(answer, action)
    assert {name: again.value(name) for name in typed} == typed
    assert "Typed" not in str(tenant.ask(sending.GET_SENDING).content)


@pytest.mark.parametrize("signed_out", [False, True])
def test_passwords_are_asked_for_again_and_never_sent_back(
    running: Installation, owner: Browser, tenant: Tenant, *, signed_out: bool
) -> None:
    form = owner.form(f"/o/{tenant.id}/settings/my-account", "/password")
    secret = "a rather long secret"
    sent = [(name, secret if "secret-" in name and "token" not in name else value) for name, value in form.fields]
    if signed_out:
        running.database.collection("sessions").delete_many({"person_id": tenant.owner.person_id})
    else:
        sent = [(name, "old" if "token" in name else value) for name, value in sent]
    answer = owner.post(form.action, sent)
    assert answer.status_code == 400
    assert "Your password has not been changed." in answer.text
    assert secret not in answer.text


class Zone:
    """DNS that says what a test lets it say."""

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}

    def txt(self, name: str) -> list[str]:
        return self.records.get(name, [])


def test_signing_begins_only_where_the_keys_record_is_found(
    dashboard: Flask, owner: Browser, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = Zone()
    known = dashboard.extensions["conferral"]
    monkeypatch.setitem(dashboard.extensions, "conferral", replace(known, dns=zone))
    page = f"/o/{tenant.id}/settings/sending/domain"
    assert owner.submit(owner.form(page, "/domain/key")).status_code == 303
    made = tenant.ask(sending.GET_SENDING)
    assert made.dkim is not None
    token = owner.form(page, "/sign-out").value("csrf_token")
    fields = [("csrf_token", token), ("revision", str(made.revision)), ("active", "yes")]
    refused = owner.post(f"{page}/signing", fields)
    assert refused.status_code == 400
    assert "was not found in DNS" in refused.text
    assert tenant.ask(sending.GET_SENDING) == made
    name = f"{made.dkim.selector}._domainkey.{made.dkim.domain}"
    zone.records[name] = [f"v=DKIM1; k=rsa; p={made.dkim.public_key}"]
    assert owner.submit(owner.form(page, "/domain/signing")).status_code == 303
    signing = tenant.ask(sending.GET_SENDING).dkim
    assert signing is not None
    assert signing.active


def test_an_address_that_may_not_be_used_is_said_with_what_is_used_instead(owner: Browser, tenant: Tenant) -> None:
    page = f"/o/{tenant.id}/settings/sending"
    own = tenant.ask(sending.GET_SENDING).content.sender_address
    for address, used in (("exams@allowed.example", ""), ("ceo@bank.example", own)):
        form = owner.form(page, "/settings/sending")
        fields = [(name, value) for name, value in form.filled(sender_address=address).fields if name != "way"]
        assert owner.post(form.action, [*fields, ("way", "installation")]).status_code == 303
        shown = owner.get(page).text
        assert (f"Emails leave from {used}." in shown) is bool(used)
        assert f'value="{address}"' in shown
    ticked = [("csrf_token", form.value("csrf_token")), ("credential", f"{tenant.draft()}:1:{tenant.group_id}:")]
    dialog = owner.post(f"/o/{tenant.id}/publications/confirm", ticked).text
    assert f"<bdi>{own}</bdi>" in dialog, "Confirm names the sender that is used"
    assert "bank.example" not in dialog


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
