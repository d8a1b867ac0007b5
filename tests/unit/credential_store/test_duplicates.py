"""What a group's setting says of an address that is there already."""

from datetime import date

import pytest

from conferral.contracts.rpc.credentials import CredentialContent, CredentialRow
from services.credential_store.domain import duplicates

GROUP, OTHER = "a" * 26, "b" * 26


def row(email: str, group_id: str = GROUP, *, accepts: bool = False) -> CredentialRow:
    content = CredentialContent(name="Ana", email=email, issue_date=date(2026, 1, 1))
    return CredentialRow(group_id=group_id, content=content, accepts_duplicate=accepts)


def numbers(policy: duplicates.Policy, *rows: CredentialRow, asks: bool = True, present: str = "") -> list[int]:
    found = duplicates.find(rows, {GROUP: policy, OTHER: policy}, {(GROUP, present)} if present else set(), asks=asks)
    return sorted(found)


def test_the_first_of_two_rows_is_right() -> None:
    assert numbers("refuse", row("a@b.example"), row("A@B.example"), row("c@b.example")) == [1]


def test_an_address_that_is_there_makes_every_row_of_it_wrong() -> None:
    assert numbers("warn", row("a@b.example"), row("a@b.example"), present="a@b.example") == [0, 1]


def test_another_group_is_another_place() -> None:
    assert numbers("refuse", row("a@b.example"), row("a@b.example", OTHER)) == []


@pytest.mark.parametrize(
    ("policy", "asks", "accepts", "wrong"),
    [
        ("warn", True, False, True),
        ("warn", True, True, False),
        ("warn", False, False, False),
        ("allow", True, False, False),
        ("refuse", True, True, True),
        ("refuse", False, True, True),
    ],
)
def test_the_setting_decides(policy: duplicates.Policy, asks: bool, accepts: bool, wrong: bool) -> None:  # noqa: FBT001
    assert bool(numbers(policy, row("a@b.example", accepts=accepts), asks=asks, present="a@b.example")) is wrong


def test_a_group_of_before_the_setting_warns() -> None:
    assert duplicates.policy_of({"content": {"name": "Old"}}) == "warn"
