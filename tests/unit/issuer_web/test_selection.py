"""Ticked rows."""

from datetime import UTC, date, datetime

import pytest

from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialContent, CredentialSummary
from conferral.contracts.rpc.publications import MOST_SELECTED
from services.issuer_web.domain.selection import Selection, read_ticks, tick_value

TODAY = date(2026, 11, 24)
GROUP, OTHER = "a" * 26, "b" * 26


def credential(**fields: object) -> CredentialSummary:
    content = {"name": "Ana", "email": "ana@example.org", "issue_date": TODAY, **dict(fields.pop("content", {}))}  # type: ignore[call-overload]
    given = {
        "id": new_id(), "revision": 3, "group_id": GROUP, "group_name": "G", "state": "draft", "incomplete": False,
        "published_version": None, "url": None, "failure": None, "delivery_state": "none",
        "created_at": datetime.now(UTC), "updated_at": datetime.now(UTC), **fields,
    }  # fmt: skip
    return CredentialSummary(content=CredentialContent.model_validate(content), **given)


def test_what_a_tick_box_says_is_read_again() -> None:
    one, two = credential(), credential(group_id=OTHER, revision=1)
    selection = read_ticks([tick_value(one, TODAY), tick_value(two, TODAY)])
    assert selection.credentials == ((one.id, 3), (two.id, 1))
    assert selection.groups == (GROUP, OTHER)
    assert selection.publishable == 2
    assert not selection.warnings


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"incomplete": True}, "i"),
        ({"content": {"expiry_date": date(2026, 11, 23)}}, "e"),
        ({"content": {"issue_date": date(2026, 11, 25)}}, "f"),
    ],
)
def test_what_looks_wrong_is_counted(fields: dict[str, object], flag: str) -> None:
    selection = read_ticks([tick_value(credential(**fields), TODAY), tick_value(credential(), TODAY)])
    assert dict(selection.warnings) == {flag: 1}
    assert selection.publishable == (1 if flag == "i" else 2)


def test_an_expiry_today_is_not_past_yet() -> None:
    assert not read_ticks([tick_value(credential(content={"expiry_date": TODAY}), TODAY)]).warnings


@pytest.mark.parametrize(
    "value",
    [
        "", "x", f"{GROUP}:1:{GROUP}", f"{GROUP}:-1:{GROUP}:", f"{GROUP}:1:{GROUP}::", f"{GROUP}\n:1:{GROUP}:",
        f"{GROUP}:{'9' * 5000}:{GROUP}:", f"{GROUP}:١:{GROUP}:",
        f"{GROUP.upper()}:1:{GROUP}:", f"{GROUP}:1:{GROUP}:<b>",
    ],
)  # fmt: skip
def test_what_no_tick_box_says_is_left_out(value: str) -> None:
    assert read_ticks([value]) == Selection()


def test_a_row_that_is_ticked_twice_counts_once() -> None:
    one = credential()
    assert read_ticks([tick_value(one, TODAY)] * 2).credentials == ((one.id, 3),)


def test_no_more_is_selected_than_one_request_takes() -> None:
    values = [f"{new_id()}:1:{GROUP}:i" for _ in range(MOST_SELECTED + 1)]
    selection = read_ticks(values)
    assert len(selection.credentials) == len(selection.values) == MOST_SELECTED
    assert selection.warnings["i"] == MOST_SELECTED


def test_a_row_ticked_on_a_page_of_the_version_before_is_read_as_well() -> None:
    selection = read_ticks([f"{'c' * 26}:3:{GROUP}:ib"])
    assert selection.credentials == (("c" * 26, 3),)
    assert selection.warnings == {"i": 1}
