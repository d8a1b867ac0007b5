"""Counts of long lists are told again for a while; counts of short ones are counted anew."""

from datetime import timedelta

import pytest

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials as contract
from services.credential_store.adapters import counting
from services.credential_store.domain.scope import of_message
from tests.integration.credential_store.conftest import Member
from tests.support.waiting import wait_until


class Counter:
    """Counts how often it was asked to count."""

    def __init__(self, number: int) -> None:
        self.number, self.asked = number, 0

    def __call__(self) -> int:
        self.asked += 1
        return self.number


@pytest.fixture
def counts(member: Member) -> counting.Counting:
    return counting.Counting(member.store.database)


def test_many_are_counted_once_for_all_who_look_and_for_each_organisation_apart(member, counts):
    many, others, elsewhere = Counter(3001), Counter(5000), of_message(new_id())
    for _ in range(3):
        assert counts.of(of_message(member.organisation_id), "drafts", many) == 3001
        assert counts.of(elsewhere, "drafts", others) == 5000
    assert (many.asked, others.asked) == (1, 1)


def test_few_are_counted_each_time(member, counts):
    few = Counter(counting.FEW)
    for _ in range(3):
        counts.of(of_message(member.organisation_id), "drafts", few)
    assert few.asked == 3


def test_what_was_counted_some_seconds_ago_holds_until_somebody_does_something(member, counts, monkeypatch):
    monkeypatch.setattr(counting, "A_SECOND", 10**15)  # so that only the second rule is left
    scope, many = of_message(member.organisation_id), Counter(5000)
    counts.of(scope, "drafts", many)
    counts.of(scope, "drafts", many)
    assert many.asked == 2, "the group was created a moment ago"
    monkeypatch.setattr(counting, "LONGEST_TRANSACTION", timedelta(milliseconds=-1))
    counts.of(scope, "drafts", many)
    assert many.asked == 2
    member.create("Ana")
    counts.of(scope, "drafts", many)
    assert many.asked == 3
    monkeypatch.setattr(counting, "LONGEST_SECONDS", 0.0)
    counts.of(scope, "drafts", many)
    assert many.asked == 4


def test_the_total_of_a_long_list_follows_what_is_done(member):
    rows = tuple(member.row(f"Person {number}") for number in range(400))
    for part in range(3):
        member.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), part=part, rows=rows)
    drafts = member.ask(contract.LIST_CREDENTIALS, state="draft", limit=200)
    assert drafts.total == 1200
    member.ask(contract.DELETE_CREDENTIALS, credentials=tuple((one.id, one.revision) for one in drafts.credentials))
    wait_until(lambda: member.ask(contract.LIST_CREDENTIALS, state="draft").total == 1000)
