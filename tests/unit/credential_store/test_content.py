from datetime import date

import pytest

from conferral.contracts.rpc.credentials import CredentialContent
from services.credential_store.domain.content import check_credential, is_incomplete


def content(**changes):
    return CredentialContent(**{"name": "Ana", "email": "a@b.example", "issue_date": date(2026, 1, 1), **changes})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "=?utf-8?q?x?="}, "name"),
        ({"email": "nobody"}, "email"),
        ({"issue_date": date(1815, 1, 1)}, "issue_date"),
        ({"expiry_date": date(2025, 12, 31)}, "expiry_date"),
        ({"expiry_date": date(9999, 12, 31)}, "expiry_date"),
        ({"language": "not a language"}, "language"),
        ({"attributes": {"Course": "x"}}, "attributes"),
        ({"attributes": {"course": "a\x00"}}, "attributes.course"),
        ({"attributes": {"course": "a" * 2001}}, "attributes.course"),
        ({"attributes": {f"key{n}": "x" for n in range(61)}}, "attributes"),
        ({"attributes": {f"key{n}": "x" * 2000 for n in range(11)}}, "attributes"),
    ],
)
def test_a_problem_names_its_field(changes, field):
    assert [problem.field for problem in check_credential(content(**changes))[1]] == [field]


def test_all_problems_are_told_at_once():
    _, problems = check_credential(content(name="", email="", expiry_date=date(2020, 1, 1)))
    assert {problem.field for problem in problems} == {"name", "email", "expiry_date"}


def test_what_is_right_is_put_right_and_empty_attributes_go():
    checked, problems = check_credential(
        content(name=" Ana ", expiry_date=date(2026, 1, 1), attributes={"course": " Chemistry ", "grade": " "})
    )
    assert problems == ()
    assert checked.name == "Ana"
    assert checked.attributes == {"course": "Chemistry"}


def test_a_draft_without_a_required_attribute_is_incomplete():
    assert is_incomplete(content(), ["course"])
    assert not is_incomplete(content(attributes={"course": "Chemistry"}), ["course"])
