"""The Create Credentials form against the real store: what is refused beside its field, and what is stored, once."""

from dataclasses import dataclass
from datetime import date

import lxml.html
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conferral.contracts.errors import Unavailable
from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Installation, Tenant, signed_in

BAD_NAMES = {
    "": "Enter the recipient's name.",
    "   ": "Enter the recipient's name.",
    "Ana\x00Example": "invisible character",
    "Ana\x1b[31m": "invisible character",
    "Ana\u2028Example": "invisible character",
    "Ana Example\u2029": "invisible character",
    "\u200d": "Is missing.",
    "=?utf-8?q?Ana=0d=0aBcc=3a_eve=40evil.example?=": "cannot contain",
    "A" * 201: "too long",
}
BAD_ADDRESSES = (
    "", "ana", "ana@", "@example.org", "ana@@example.org", "ana example@example.org", "ana@example",
    "ana@example.org\r\nBcc: eve@evil.example", "=?utf-8?q?x?=@example.org",
)  # fmt: skip
BAD_DAYS = ("", "yesterday", "2026-02-30", "24.11.2026", "11/24/2026", "20261124", "2026-W48-2", "0026-11-24")
GOOD = {"rows__0__name": "Zoë Müller-Łęcka", "rows__0__email": "zoe@example.org", "rows__0__issue_date": "2026-11-23"}


@pytest.fixture
def path(tenant: Tenant) -> str:
    return f"/o/{tenant.id}/groups/{tenant.group_id}/create-credentials"


@pytest.fixture
def form(owner: Browser, path: str) -> Form:
    return owner.form(path)


@dataclass(frozen=True)
class Empty:
    """An organisation in which nothing is created: these tests share it, and each sees that it stays so."""

    tenant: Tenant
    owner: Browser
    form: Form


@pytest.fixture(scope="module")
def empty(running: Installation, dashboard: Flask) -> Empty:
    tenant = running.tenant()
    owner = signed_in(dashboard, tenant.owner)
    return Empty(tenant, owner, owner.form(f"/o/{tenant.id}/groups/{tenant.group_id}/create-credentials"))


def beside(answer: TestResponse, field: str) -> str:
    """Return what the page says beside a field, by the tie that screen readers follow."""
    page = lxml.html.fromstring(answer.text)
    (element,) = page.xpath(f"//*[@id='{field}' and not(ancestor::template)]")
    assert element.get("aria-invalid") == "true", f"{field} is not marked"
    told = [page.get_element_by_id(each) for each in element.get("aria-describedby").split()]
    return " ".join(" ".join(each.itertext()).strip() for each in told)


def refused(empty: Empty, **values: str) -> TestResponse:
    """Send the form, and see that all comes back and nothing is stored."""
    sent = empty.form.filled(**{**GOOD, **values})
    answer = empty.owner.submit(sent)
    assert answer.status_code == 400
    assert "Nothing has been created yet." in answer.text
    back = form_on(answer, sent.action)
    for name in {**GOOD, **values}:
        field = name.replace("__", "-")
        # a control character cannot be in HTML, and a line break not in an input
        kept = back.value(field).replace("\x00", "").replace("\ufffd", "").replace("\x1b", "")
        assert kept.split() == sent.value(field).replace("\x00", "").replace("\x1b", "").split(), field
    assert empty.tenant.names() == []
    return answer


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_would_break_something_is_refused_beside_its_field(empty: Empty, name: str) -> None:
    assert BAD_NAMES[name] in beside(refused(empty, rows__0__name=name), "rows-0-name")


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_what_is_no_address_is_refused_beside_its_field(empty: Empty, address: str) -> None:
    assert "email address" in beside(refused(empty, rows__0__email=address), "rows-0-email")


@pytest.mark.parametrize("day", BAD_DAYS)
def test_what_is_no_day_is_refused_beside_its_field(empty: Empty, day: str) -> None:
    assert beside(refused(empty, rows__0__issue_date=day), "rows-0-issue_date")


def test_an_expiry_before_the_issue_date_is_refused_where_it_is_seen(empty: Empty) -> None:
    answer = refused(empty, rows__0__expiry_date="2026-11-22")
    assert "before the issue date" in beside(answer, "rows-0-expiry_date")
    assert lxml.html.fromstring(answer.text).get_element_by_id("show-all").checked, "the field would be hidden"


def test_one_mistake_stores_none_and_its_correction_stores_all_once(owner: Browser, form: Form, tenant: Tenant) -> None:
    two = form_on(owner.submit(form.filled(**GOOD).with_field("action", "add")), form.action)
    two = two.filled(rows__1__name="=?", rows__1__email="second@example.org")
    answer = owner.submit(two)
    assert answer.status_code == 400
    assert "cannot contain" in beside(answer, "rows-1-name")
    assert tenant.names() == []

    corrected = form_on(answer, form.action).filled(rows__1__name="Second Example")
    created = owner.submit(corrected)
    assert created.status_code == 303
    assert tenant.names() == ["Second Example", "Zoë Müller-Łęcka"]
    page = owner.get(created.location)
    assert "2 credentials were created" in page.text
    assert "Nothing has been sent" in page.text
    assert owner.submit(corrected).location == created.location
    assert len(tenant.names()) == 2, "sent twice, created once"


def test_going_back_and_typing_somebody_else_is_no_repetition(owner: Browser, form: Form, tenant: Tenant) -> None:
    first = owner.submit(form.filled(**GOOD))
    second = owner.submit(
        form.filled(**{**GOOD, "rows__0__name": "Another One", "rows__0__email": "another@example.org"})
    )
    assert first.location != second.location
    assert tenant.names() == ["Another One", "Zoë Müller-Łęcka"]


def test_a_block_can_be_added_and_removed_without_scripts(owner: Browser, form: Form, tenant: Tenant) -> None:
    two = form_on(owner.submit(form.filled(**GOOD).with_field("action", "add")), form.action)
    assert two.value("rows-0-name") == GOOD["rows__0__name"]
    assert two.value("rows-1-name") == ""
    one = form_on(owner.submit(two.with_field("action", "remove-1")), form.action)
    assert one.value("rows-0-name") == GOOD["rows__0__name"]
    assert not [name for name, _ in one.fields if name.startswith("rows-1")]
    assert tenant.names() == []


def test_a_token_that_is_missing_brings_the_form_back_as_it_was_sent(
    owner: Browser, form: Form, tenant: Tenant
) -> None:
    answer = owner.submit(form.filled(**GOOD).without("csrf_token"))
    assert answer.status_code == 400
    assert "Please send this form once more." in answer.text
    again = form_on(answer, form.action)
    assert again.value("rows-0-name") == GOOD["rows__0__name"]
    assert tenant.names() == []
    assert owner.submit(again).status_code == 303
    assert tenant.names() == [GOOD["rows__0__name"]]


def test_a_session_that_ended_while_typing_keeps_what_was_typed(
    running: Installation, dashboard: Flask, owner: Browser, form: Form, tenant: Tenant
) -> None:
    running.database.collection("sessions").delete_many({"person_id": tenant.owner.person_id})
    answer = owner.submit(form.filled(**GOOD))
    assert answer.status_code == 400
    assert "You are signed out." in answer.text
    again = form_on(answer, form.action)
    # signing in elsewhere renews the cookie, so the form's token is of before
    other = signed_in(dashboard, tenant.owner)
    owner.keep("conferral", str(other.cookie("conferral")))
    once_more = form_on(owner.submit(again), form.action)
    assert once_more.value("rows-0-name") == GOOD["rows__0__name"]
    assert owner.submit(once_more).status_code == 303
    assert tenant.names() == [GOOD["rows__0__name"]]


@pytest.mark.parametrize("where", ["credential", "group"])
def test_other_forms_too_keep_what_was_typed_when_their_token_is_missing(
    owner: Browser, tenant: Tenant, where: str
) -> None:
    if where == "credential":
        form = owner.form(f"/o/{tenant.id}/credentials/{tenant.draft()}")
        form, field = form.filled(rows__0__name="Typed Name"), "rows-0-name"
    else:
        form, field = owner.form(f"/o/{tenant.id}/groups/new").filled(name="Typed Name"), "name"
    answer = owner.submit(form.without("csrf_token"))
    assert answer.status_code == 400
    assert "Please send this form once more." in answer.text
    again = form_on(answer, form.action)
    assert again.value(field) == "Typed Name"
    assert owner.submit(again).status_code == 303


def test_a_stranger_s_form_without_fields_is_a_page_and_no_fault(owner: Browser, path: str) -> None:
    answer = owner.post(path, [])
    assert answer.status_code == 400
    assert "This page was open for too long" in answer.text
    token = owner.form(path).value("csrf_token")
    assert owner.post(path, [("csrf_token", token)]).status_code == 400
    assert owner.post(path, [("csrf_token", token), ("shape", "forged.seal")]).status_code == 400


def test_amending_shows_both_values_when_somebody_was_quicker(owner: Browser, tenant: Tenant) -> None:
    path = f"/o/{tenant.id}/credentials/{tenant.draft()}"
    mine, theirs = owner.form(path).filled(rows__0__name="Mine"), owner.form(path).filled(rows__0__name="Theirs")
    assert owner.submit(theirs).status_code == 303
    clash = owner.submit(mine)
    assert clash.status_code == 409
    assert "Somebody changed this credential while you did." in clash.text
    assert tenant.names() == ["Theirs"]
    again = form_on(clash, path)
    assert again.value("rows-0-name") == "Mine"
    unchosen = owner.submit(again)
    assert unchosen.status_code == 400
    assert "Choose which of the two is kept." in unchosen.text
    assert tenant.names() == ["Theirs"]
    assert owner.submit(form_on(unchosen, path).with_field("keep-name", "yours")).status_code == 303
    assert tenant.names() == ["Mine"]


def test_a_published_credential_shows_its_days_as_people_write_them(
    running: Installation, dashboard: Flask, tenant: Tenant
) -> None:
    credential_id = tenant.draft(expiry_date=date(2027, 11, 24), attributes={"course": "2026-11-25"})
    running.publish(tenant, credential_id)
    viewer = signed_in(dashboard, running.colleague(tenant, "viewer"))  # others are shown a form
    page = lxml.html.fromstring(viewer.get(f"/o/{tenant.id}/credentials/{credential_id}").text)
    facts = dict(zip(page.xpath("//dl[1]/dt/text()"), page.xpath("//dl[1]/dd/bdi/text()"), strict=False))
    assert facts["Issue Date"] == "Nov 23, 2026"
    assert facts["Expiry Date"] == "Nov 24, 2027"
    assert "2026-11-25" in facts.values(), "an attribute that is no date is shown as it was typed"


def test_more_than_a_form_holds_is_told_and_stores_nothing(empty: Empty) -> None:
    answer = empty.owner.submit(
        Form(
            empty.form.action,
            [field for field in empty.form.filled(**GOOD).fields if not field[0].startswith("rows-")]
            + [(f"rows-{number}-name", "Ana") for number in range(501)],
        )
    )
    assert answer.status_code == 400
    assert "one form creates at most 500" in lxml.html.fromstring(answer.text).xpath("string(//*[@role='alert'])")
    huge = empty.owner.submit(empty.form.filled(rows__0__name="A" * 5_000_000))
    assert huge.status_code == 413
    assert "This is too much at once" in huge.text
    assert empty.tenant.names() == []


def test_an_amendment_that_clashes_while_the_rest_is_away_keeps_what_was_typed(
    running: Installation, dashboard: Flask, owner: Browser, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/o/{tenant.id}/credentials/{tenant.draft()}"
    mine = owner.form(path).filled(rows__0__name="Mine")
    assert owner.submit(owner.form(path).filled(rows__0__name="Theirs")).status_code == 303

    def away(*_arguments: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr("services.issuer_web.handlers.groups.get_group", away)
    answer = owner.submit(mine)
    assert answer.status_code == 503
    assert form_on(answer, path).value("rows-0-name") == "Mine"


def test_an_amendment_without_its_fields_is_refused(owner: Browser, tenant: Tenant) -> None:
    path = f"/o/{tenant.id}/credentials/{tenant.draft()}"
    form = owner.form(path)
    bare = [field for field in form.fields if not field[0].startswith("rows-")]
    assert owner.post(path, bare).status_code == 400
    assert owner.submit(form.without("before")).status_code == 400
    assert tenant.names() == ["Ana Example"]


def test_a_group_is_created_once_and_refused_beside_its_fields(owner: Browser, tenant: Tenant) -> None:
    path = f"/o/{tenant.id}/groups/new"
    form = owner.form(path)
    wrong = owner.submit(form.filled(name="=?", criteria_url="ftp://example.org"))
    assert wrong.status_code == 400
    assert "“=?”" in beside(wrong, "name")
    assert "web address" in beside(wrong, "criteria_url")
    assert len(tenant.world.rows("groups")) == 1
    right = form_on(wrong, path).filled(name="Night Sky Photography", criteria_url="")
    made = owner.submit(right)
    assert made.status_code == 303
    assert owner.submit(right).location == made.location
    assert len(tenant.world.rows("groups")) == 2
