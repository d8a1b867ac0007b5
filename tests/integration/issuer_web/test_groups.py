"""Groups in the dashboard: changed, with a colleague in between; archived; with a picture."""

from io import BytesIO
from typing import Any

import lxml.html
import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from conferral.contracts.canonical import digest_of
from conferral.contracts.rpc import groups
from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Installation, Tenant, signed_in


def picture(kind: str = "PNG", size: tuple[int, int] = (800, 600)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "#336699").save(buffer, kind)
    return buffer.getvalue()


def edit(owner: Browser, tenant: Tenant) -> Form:
    return owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/edit")


def group_of(tenant: Tenant) -> groups.GroupSummary:
    return tenant.ask(groups.GET_GROUP, group_id=tenant.group_id).group


def send(browser: Browser, form: Form, name: str, content: bytes, filename: str = "badge.png") -> TestResponse:
    """Send a form with a file."""
    fields: dict[str, Any] = {}
    for key, value in form.fields:
        if key != name:
            fields.setdefault(key, []).append(value)
    fields[name] = (BytesIO(content), filename)
    return browser.upload(form.action, fields)


def test_a_group_is_changed_and_says_before_what_that_does(owner: Browser, tenant: Tenant) -> None:
    tenant.draft()
    page = owner.get(f"/o/{tenant.id}/groups/{tenant.group_id}/edit").text
    assert "1 unpublished credential follows every change here at once." in page
    form = edit(owner, tenant).filled(
        name="Night School",
        tags="Bees, honey، عسل",
        sender_name="Bee School",
        reply_to="bees@example.org",
        duplicates="refuse",
        expiry_kind="period",
        expiry_amount="18",
        expiry_unit="months",
    )
    answer = owner.submit(form)
    assert answer.status_code == 303
    content = group_of(tenant).content
    assert (content.name, content.tags) == ("Night School", ("Bees", "honey", "عسل"))
    assert (content.sender_name, content.reply_to, content.duplicates) == ("Bee School", "bees@example.org", "refuse")
    assert content.expiry == groups.DefaultExpiry(kind="period", amount=18, unit="months")


def test_a_colleagues_change_in_between_is_shown_beside_ones_own(owner: Browser, tenant: Tenant) -> None:
    mine, theirs = edit(owner, tenant).filled(name="Mine"), edit(owner, tenant).filled(name="Theirs")
    assert owner.submit(theirs).status_code == 303
    answer = owner.submit(mine)
    assert answer.status_code == 409
    assert "Name: <bdi>Theirs</bdi>" in answer.text
    assert "yours:" in answer.text
    assert group_of(tenant).content.name == "Theirs"
    again = form_on(answer, "/edit")
    assert again.value("name") == "Mine"
    assert owner.submit(again).status_code == 303
    assert group_of(tenant).content.name == "Mine"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "Give the group a name."),
        ({"reply_to": "nobody"}, "This is not an email address."),
        ({"tags": "x" * 61}, "One of these is too long."),
        ({"tags": ",".join(map(str, range(21)))}, "These are too many."),
        ({"expiry_kind": "period"}, "Say after how many days"),
        ({"expiry_kind": "period", "expiry_amount": "101"}, "Say after how many days"),
        ({"expiry_kind": "date"}, "Enter the date."),
        ({"expiry_kind": "never", "expiry_amount": "2"}, "You entered how long, and chose something else."),
        ({"expiry_kind": "period", "expiry_amount": "2", "expiry_day": "2030-01-01"}, "You entered a date, and chose"),
        ({"sender_name": "=?utf-8?q?x?="}, "cannot contain the characters"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_everything_typed_is_kept(
    owner: Browser, tenant: Tenant, fields: dict[str, str], told: str
) -> None:
    answer = owner.submit(edit(owner, tenant).filled(description="Typed with care.", **fields))
    assert answer.status_code == 400
    assert told in answer.text
    again = form_on(answer, "/edit")
    # after the opening tag a line break is none of the value
    assert again.value("description").strip() == "Typed with care."
    assert {name: again.value(name) for name in fields} == fields
    assert group_of(tenant).revision == 1


def test_a_picture_is_kept_through_a_mistake_and_served_to_everybody(
    owner: Browser, tenant: Tenant, public: Flask
) -> None:
    answer = send(owner, edit(owner, tenant).filled(reply_to="nobody"), "image", picture())
    assert answer.status_code == 400
    assert "The file that you chose is kept" in answer.text
    again = form_on(answer, "/edit").filled(reply_to="")
    assert owner.submit(again).status_code == 303
    digest = group_of(tenant).content.image
    assert digest
    assert f"/i/{digest}" in owner.get(f"/o/{tenant.id}/groups").text
    served = Browser(public, "http://127.0.0.1:8801").get(f"/i/{digest}")
    assert (served.status_code, served.content_type) == (200, "image/png")
    with Image.open(BytesIO(served.data)) as shown:
        assert shown.size == (640, 480)
    removed = edit(owner, tenant).with_field("remove_image", "y")
    assert owner.submit(removed).status_code == 303
    assert group_of(tenant).content.image is None


@pytest.mark.parametrize(
    "raw", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", picture("TIFF", (80, 60)), picture()[:80]]
)
def test_what_is_no_picture_is_refused_beside_the_field(owner: Browser, tenant: Tenant, raw: bytes) -> None:
    answer = send(owner, edit(owner, tenant).filled(name="Kept"), "image", raw, "picture.png")
    if raw:
        assert answer.status_code == 400
        assert "image-wrong" in answer.text
        assert form_on(answer, "/edit").value("name") == "Kept"
    assert group_of(tenant).content.image is None


def test_other_blobs_are_not_served_as_pictures(running: Installation, public: Flask) -> None:
    content = b"<svg onload='alert(1)'/>"
    digest = digest_of(content)
    running.application.store.publishing.blobs.put(digest, content, "image/svg+xml")
    assert Browser(public, "http://127.0.0.1:8801").get(f"/i/{digest}").status_code == 404


def test_a_duplicate_begins_with_the_same_values_and_is_a_group_of_its_own(owner: Browser, tenant: Tenant) -> None:
    form = owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/duplicate", "/groups/new")
    name = group_of(tenant).content.name
    assert form.value("name") == f"Copy of {name}"
    assert owner.submit(form).status_code == 303
    stored = {row["content"]["name"]: row["content"] for row in tenant.world.rows("groups")}
    assert stored[f"Copy of {name}"]["criteria"] == stored[name]["criteria"]


def test_an_archived_group_offers_no_new_credentials_and_refuses_them(owner: Browser, tenant: Tenant) -> None:
    home, page = f"/o/{tenant.id}", f"/o/{tenant.id}/groups/{tenant.group_id}"
    create = owner.form(f"{page}/create-credentials").filled(rows__0__name="Ana", rows__0__email="ana@example.org")
    archive = owner.form(page, "/archive")
    assert owner.submit(archive).status_code == 303
    assert tenant.group_id not in owner.get(f"{home}/groups").text
    assert tenant.group_id in owner.get(f"{home}/groups?archived=1").text
    assert "create-credentials" not in owner.get(page).text
    answer = owner.submit(create)
    assert answer.status_code == 409
    assert "is archived" in answer.text
    assert 'value="ana@example.org"' in answer.text
    assert tenant.names() == []
    assert "group-changed" in owner.submit(archive).location, "the group is at another revision by now"
    assert owner.submit(owner.form(page, "/unarchive")).status_code == 303
    assert owner.submit(create).status_code == 303


def test_a_form_for_credentials_begins_with_the_groups_default_expiry(owner: Browser, tenant: Tenant) -> None:
    group_id = tenant.group("Until then", expiry=groups.DefaultExpiry(kind="period", amount=1, unit="years"))
    path = f"/o/{tenant.id}/groups/{group_id}/create-credentials"
    form = owner.form(path)
    assert form.value("rows-0-expiry_date") == f"{int(form.value('rows-0-issue_date')[:4]) + 1}" + form.value(
        "rows-0-issue_date"
    )[4:].replace("02-29", "02-28")
    form = form.filled(rows__0__name="Ana", rows__0__email="a@example.org", rows__0__issue_date="2025-03-01")
    assert owner.submit(form).status_code == 303
    assert tenant.world.rows("credentials")[0]["content"]["expiry_date"] == "2026-03-01"


@pytest.mark.parametrize("role", ["viewer", "drafter"])
def test_who_may_not_change_groups_is_not_offered_it_and_is_refused(
    running: Installation, dashboard: Flask, tenant: Tenant, owner: Browser, role: Any
) -> None:
    page = f"/o/{tenant.id}/groups/{tenant.group_id}"
    form, archive = edit(owner, tenant).filled(name="Changed"), owner.form(page, "/archive")
    browser = signed_in(dashboard, running.colleague(tenant, role))
    text = browser.get(page).text
    assert not any(address in text for address in ("/edit", "/duplicate", "/archive"))
    assert browser.get(f"{page}/edit").status_code == 403
    token = browser.form(f"/o/{tenant.id}/groups", "/sign-out").value("csrf_token")
    for sent in (form, archive):
        fields = [(name, token if name == "csrf_token" else value) for name, value in sent.fields]
        assert browser.post(sent.action, fields).status_code == 403
    assert group_of(tenant).revision == 1


def test_a_group_says_when_its_credentials_expire_and_so_do_review_and_confirm(owner: Browser, tenant: Tenant) -> None:
    years = groups.DefaultExpiry(kind="period", amount=2, unit="years")
    group_id = tenant.group("Evening Spanish", expiry=years)
    page = f"/o/{tenant.id}/groups/{group_id}"
    assert "Default expiry: 2 years after the issue date" in owner.get(page).text
    form = owner.form(f"{page}/create-credentials").filled(
        rows__0__name="Ana", rows__0__email="a@example.org", rows__0__issue_date="2026-03-01"
    )
    created = owner.submit(form)
    assert "Expiry: 1 expires on Mar 1, 2028." in owner.get(f"{created.location}/review").text
    tenant.draft("Ben", group_id)
    ticked = owner.form(page, "/confirm").without("credential")
    for box in lxml.html.fromstring(owner.get(page).text).xpath("//input[@name='credential']/@value"):
        ticked = ticked.with_field("credential", box)
    dialog = owner.submit(ticked).text
    assert "1 never expires; 1 expires on Mar 1, 2028" in dialog
    assert f"/o/{tenant.id}/settings/sending" in dialog


def test_what_is_unpublished_in_an_archived_group_can_still_be_published_and_the_page_says_so(
    owner: Browser, tenant: Tenant
) -> None:
    page = f"/o/{tenant.id}/groups/{tenant.group_id}"
    credential_id = tenant.draft()
    assert "can still be changed, published or deleted here" in owner.get(page).text
    assert owner.submit(owner.form(page, "/archive")).status_code == 303
    assert "can still be changed, published or deleted." in owner.get(page).text
    box = lxml.html.fromstring(owner.get(page).text).xpath("//input[@name='credential']/@value")[0]
    dialog = owner.submit(owner.form(page, "/confirm").without("credential").with_field("credential", box))
    assert owner.submit(form_on(dialog, "/publications")).status_code == 303
    (row,) = tenant.world.rows("selections")
    assert row["pairs"] == [[credential_id, 1]]


def test_a_copied_group_says_that_everything_was_copied(owner: Browser, tenant: Tenant) -> None:
    page = owner.get(f"/o/{tenant.id}/groups/{tenant.group_id}/duplicate").text
    assert "Everything below was copied, description and criteria included" in page
