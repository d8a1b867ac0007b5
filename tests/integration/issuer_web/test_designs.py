"""Designs in the dashboard: made from a plugin's options, tried out, changed."""

import time

import pytest
from flask import Flask

from conferral.contracts.rpc import designs, groups
from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Installation, Tenant, signed_in


def begun(owner: Browser, tenant: Tenant, plugin: str = "classic") -> Form:
    return owner.form(f"/o/{tenant.id}/designs/new?plugin={plugin}", "/designs/new")


def named(tenant: Tenant, name: str) -> groups.DesignSummary:
    found = [one for one in tenant.ask(groups.LIST_DESIGNS).designs if one.name == name]
    assert len(found) == 1
    return found[0]


def preview(owner: Browser, tenant: Tenant, form: Form) -> dict:
    answer = owner.post(f"/o/{tenant.id}/designs/preview.json", form.fields)
    assert answer.status_code == 200
    return answer.get_json()


def test_a_design_is_made_once_however_often_its_form_is_sent(owner: Browser, tenant: Tenant) -> None:
    form = begun(owner, tenant).filled(**{"name": "Autumn", "option-accent": "#8A2B06", "option-title": "شهادة"})
    assert [owner.submit(form).status_code for _ in range(2)] == [303, 303]
    options = named(tenant, "Autumn").pin.options
    assert (options["accent"], options["title"], options["seal"]) == ("#8a2b06", "شهادة", True)
    page = owner.get(f"/o/{tenant.id}/designs").text
    assert "Autumn" in page
    assert "No group uses it yet." in page


def test_a_mistake_is_said_beside_its_option_and_nothing_is_stored(owner: Browser, tenant: Tenant) -> None:
    form = begun(owner, tenant).filled(**{"name": "Autumn", "option-accent": "red", "option-page_size": "A0"})
    answer = owner.submit(form)
    assert answer.status_code == 400
    assert "Enter a colour as #" in answer.text
    assert "Choose one of the listed values." in answer.text
    assert form_on(answer, "/designs/new").value("option-accent") == "red"
    assert "Autumn" not in [one.name for one in tenant.ask(groups.LIST_DESIGNS).designs]


@pytest.mark.parametrize(("sample", "name"), [("short", "Ana Li"), ("arabic", "مريم"), ("chinese", "王小明")])
def test_a_preview_is_drawn_for_each_sample_and_stores_nothing(
    owner: Browser, tenant: Tenant, sample: str, name: str
) -> None:
    form = begun(owner, tenant).with_field("sample", sample)
    drawn = preview(owner, tenant, form)
    assert name in drawn["svg"] or name in drawn["alternative"]
    assert drawn["faces"]
    assert drawn["problems"] == {}
    assert len(tenant.world.rows("designs")) == 1


def test_a_preview_is_quick(owner: Browser, tenant: Tenant) -> None:
    form = begun(owner, tenant)
    preview(owner, tenant, form)
    seconds = []
    for shade in range(9):
        began = time.monotonic()
        preview(owner, tenant, form.filled(**{"option-accent": f"#10{shade}040"}))
        seconds.append(time.monotonic() - began)
    assert sorted(seconds)[4] < 1.0, "0.1 s on a machine that does nothing else"


def test_a_preview_says_what_is_wrong_and_what_is_hard_to_see(owner: Browser, tenant: Tenant) -> None:
    form = begun(owner, tenant)
    wrong = preview(owner, tenant, form.filled(**{"option-accent": "red"}))
    assert list(wrong["problems"]) == ["option-accent"]
    assert "svg" not in wrong
    pale = preview(owner, tenant, form.filled(**{"option-accent": "#fafafa"}))
    assert "hard to see on" in pale["warnings"][0]


def test_without_a_script_the_button_shows_the_preview(owner: Browser, tenant: Tenant) -> None:
    form = begun(owner, tenant).filled(name="Not saved").with_field("action", "preview").with_field("sample", "chinese")
    answer = owner.submit(form)
    assert answer.status_code == 200
    assert "海洋生物学基础" in answer.text
    assert form_on(answer, "/designs/new").value("name") == "Not saved"
    assert len(tenant.world.rows("designs")) == 1


def test_a_colleagues_change_in_between_is_shown_beside_ones_own(owner: Browser, tenant: Tenant) -> None:
    owner.submit(begun(owner, tenant).filled(name="Autumn"))
    path = f"/o/{tenant.id}/designs/{named(tenant, 'Autumn').id}"
    mine = owner.form(path).filled(**{"option-accent": "#111111"})
    assert owner.submit(owner.form(path).filled(**{"option-accent": "#222222"})).status_code == 303
    answer = owner.submit(mine)
    assert answer.status_code == 409
    assert "Main colour: <bdi>#222222</bdi>" in answer.text
    assert named(tenant, "Autumn").pin.options["accent"] == "#222222"
    assert owner.submit(form_on(answer, path)).status_code == 303
    assert named(tenant, "Autumn").pin.options["accent"] == "#111111"


def test_a_duplicate_has_the_same_options_and_is_a_design_of_its_own(owner: Browser, tenant: Tenant) -> None:
    owner.submit(begun(owner, tenant).filled(**{"name": "Autumn", "option-accent": "#8a2b06"}))
    path = f"/o/{tenant.id}/designs/{named(tenant, 'Autumn').id}/duplicate"
    assert owner.submit(owner.form(path, "/designs/new")).status_code == 303
    assert named(tenant, "Copy of Autumn").pin.options == named(tenant, "Autumn").pin.options


def test_a_design_whose_plugin_is_of_another_version_goes_on_with_the_installed_one(
    running: Installation, dashboard: Flask
) -> None:
    tenant = running.tenant(plugin_version="0.9")
    owner = signed_in(dashboard, tenant.owner)
    page = owner.get(f"/o/{tenant.id}/designs").text
    assert "Version 1.0.0 of its plugin is installed." in page
    assert owner.submit(owner.form(f"/o/{tenant.id}/designs/{tenant.design_id}")).status_code == 303
    assert tenant.ask(designs.GET_DESIGN, design_id=tenant.design_id).design.pin.plugin_version == "1.0.0"


def test_who_may_not_make_designs_sees_the_list_and_is_refused_the_rest(
    running: Installation, dashboard: Flask, tenant: Tenant
) -> None:
    drafter = signed_in(dashboard, running.colleague(tenant, "drafter"))
    page = drafter.get(f"/o/{tenant.id}/designs")
    assert page.status_code == 200
    assert "/designs/new" not in page.text
    assert f"/designs/{tenant.design_id}" not in page.text
    assert drafter.get(f"/o/{tenant.id}/designs/new").status_code == 403
    token = drafter.form(f"/o/{tenant.id}/groups", "/sign-out").value("csrf_token")
    for path in ("designs/new", f"designs/{tenant.design_id}", "designs/preview.json"):
        assert drafter.post(f"/o/{tenant.id}/{path}", [("csrf_token", token)]).status_code == 403
