"""Five hundred recipients in one form: the page stays small, and what was typed comes back and is stored."""

import lxml.html
import pytest
from werkzeug.test import TestResponse

from tests.support.dashboards import Browser, Form, form_on
from tests.support.installations import Tenant

MOST = 500
LARGEST_PAGE = 1_000_000
"""Bytes."""


@pytest.fixture
def path(tenant: Tenant) -> str:
    return f"/o/{tenant.id}/groups/{tenant.group_id}/create-credentials"


def many(form: Form, count: int = MOST, **of_one: str) -> Form:
    """Fill in this many blocks; ``of_one``: more fields of block 300."""
    rest = [(name, value) for name, value in form.fields if not name.startswith("rows-")]
    rows = []
    for number in range(count):
        typed = {"name": f"Person Number {number}", "email": f"person{number}@example.org", "issue_date": "2026-11-24"}
        typed |= of_one if number == 300 else {}
        rows += [(f"rows-{number}-{name}", value) for name, value in typed.items()]
    return Form(form.action, rest + rows)


def rows_of(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.fields if name.startswith("rows-") and value}


def test_five_hundred_come_back_small_and_whole_and_are_stored_once_they_are_right(
    owner: Browser, tenant: Tenant, path: str
) -> None:
    of_one = {"email": "nowhere", "language": "de", "expiry_date": "2030-01-01"}
    sent = many(owner.form(path), **of_one)
    answer = owner.submit(sent)
    assert answer.status_code == 400
    assert len(answer.data) < LARGEST_PAGE
    back = form_on(answer, path)
    assert rows_of(back) == rows_of(sent)
    assert tenant.names() == []

    corrected = Form(
        back.action, [(name, "p@example.org" if value == "nowhere" else value) for name, value in back.fields]
    )
    assert owner.submit(corrected).status_code == 303
    assert tenant.names() == sorted(f"Person Number {number}" for number in range(MOST))
    (found,) = [one for one in tenant.world.rows("credentials") if one["content"]["name"] == "Person Number 300"]
    assert (found["content"]["language"], found["content"]["expiry_date"]) == ("de", "2030-01-01")


def field_names(answer: TestResponse, number: int) -> set[str]:
    page = lxml.html.fromstring(answer.text)
    return {name.partition(f"rows-{number}-")[2] for name in page.xpath(f"//@name[starts-with(., 'rows-{number}-')]")}


def test_without_scripts_a_button_brings_the_fields_that_were_left_out(owner: Browser, path: str) -> None:
    sent = many(owner.form(path), 40).with_field("rows-3-language", "ar")
    answer = owner.submit(sent.with_field("action", "complete-7"))
    main = {"name", "email", "issue_date"}
    assert field_names(answer, 9) == main
    assert field_names(answer, 3) == main | {"language"}
    assert field_names(answer, 7) > main | {"language", "expiry_date"}
    assert field_names(answer, 7) == field_names(owner.get(path), 0)

    added = owner.submit(form_on(answer, path).with_field("action", "add"))
    assert field_names(added, 40) == field_names(answer, 7), "the new block is whole"
    assert rows_of(form_on(added, path)).items() >= rows_of(sent).items()
