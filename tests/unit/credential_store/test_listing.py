"""Every list that the dashboard can ask for is one range of a declared index, bounded on both sides, or stops."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from typing import get_args

import pytest

from conferral.contracts.errors import InvalidInput
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialFilter, Sort
from services.credential_store.adapters.schema import COLLECTIONS
from services.credential_store.domain import listing, paging

DECLARED = {
    index.name: [key for key, _ in index.keys]
    for spec in COLLECTIONS
    if spec.name == "credentials"
    for index in spec.indexes
}
GROUP, BATCH = new_id(), new_id()
CHOICES = {
    "group_id": (None, GROUP),
    "batch_id": (None, BATCH),
    "state": (None, "draft", "published"),
    "incomplete": (False, True),
    "delivery_state": (None, "failed"),
    "issued_from": (None, date(2026, 1, 1)),
    "issued_to": (None, date(2026, 12, 31)),
    "search": ("", "ana", "ana beekeeping"),
}
FILTERS = [CredentialFilter(**dict(zip(CHOICES, values, strict=True))) for values in product(*CHOICES.values())]
SORTS = get_args(Sort)


def assert_bounded(range_):
    keys = DECLARED[range_.index]
    assert keys == ["organisation_id", *keys[1:-1], range_.key], "the range key is the last"
    assert set(keys[1:-1]) == set(range_.equal), "every key before it has one value"
    assert all(isinstance(value, str) for value in range_.equal.values())
    assert "" <= range_.low < range_.high


def asked(wanted):
    """What a filter asks for, whatever answers it."""
    days = wanted.issued_from is not None or wanted.issued_to is not None
    fields = {name for name in ("group_id", "batch_id", "state", "delivery_state") if getattr(wanted, name)}
    return fields | ({"incomplete", "state"} if wanted.incomplete else set()), days, len(wanted.search.split())


def answered(range_):
    words = len(range_.words) + (range_.key == listing.WORD)
    days = range_.issued is not None or (
        range_.key == listing.ISSUED and (range_.low, range_.high) != listing.BOUNDS[listing.ISSUED]
    )
    return set(range_.equal) | set(range_.rest), days, words


@pytest.mark.parametrize("sort", SORTS)
def test_each_combination_is_bounded_and_asks_for_everything_it_was_given(sort):
    for wanted in FILTERS:
        plan = listing.plan(wanted, sort)
        assert plan.walk.key == plan.sort_key, "the walk is in the list's order"
        for range_ in (plan.walk, *plan.narrower):
            assert_bounded(range_)
            assert answered(range_) == asked(wanted), (wanted, range_)
        assert plan.walk.is_exact == (not plan.narrower)


def test_every_index_of_the_table_is_declared_and_answers_something_alone():
    assert set(listing.INDEXES) <= set(DECLARED)
    used = {
        plan.walk.index for wanted in FILTERS for sort in SORTS if (plan := listing.plan(wanted, sort)).walk.is_exact
    }
    assert used == set(listing.INDEXES) - {"by_word"}


def test_what_is_asked_most_is_read_in_order_from_an_index_of_its_own():
    exact = [
        ({}, "newest", "newest"),
        ({"group_id": GROUP}, "newest", "of_group"),
        ({"state": "draft"}, "newest", "in_state"),
        ({"group_id": GROUP, "state": "draft"}, "oldest", "of_group_in_state"),
        ({"batch_id": BATCH}, "newest", "of_batch"),
        ({"delivery_state": "failed"}, "newest", "in_delivery_state"),
        ({}, "name", "by_name"),
        ({"group_id": GROUP}, "-name", "of_group_by_name"),
        ({"issued_from": date(2026, 1, 1)}, "newest", "by_issue_date"),
        ({"group_id": GROUP, "issued_to": date(2026, 1, 1)}, "issue_date", "of_group_by_issue_date"),
    ]
    for given, sort, index in exact:
        plan = listing.plan(CredentialFilter(**given), sort)
        assert (plan.walk.index, plan.walk.is_exact) == (index, True), given


def test_a_search_looks_first_at_the_records_that_have_its_longest_word():
    plan = listing.plan(CredentialFilter(search="an beekeeping", state="draft"), "newest")
    assert [one.index for one in plan.narrower] == ["by_word", "in_state"]
    assert (plan.narrower[0].low, plan.narrower[0].high) == ("beekeeping", "beekeepinh")


def test_what_cannot_match_is_not_looked_for():
    assert listing.plan(CredentialFilter(search="--"), "newest").nothing
    assert listing.plan(CredentialFilter(incomplete=True, state="published"), "newest").nothing


@pytest.mark.parametrize(
    ("key", "cursor"),
    [("order", "$gt"), ("name_order", "ana"), ("issue_order", "2026-01-01"), ("order", "ana\t" + GROUP)],
)
def test_a_cursor_of_another_list_is_refused(key, cursor):
    with pytest.raises(InvalidInput):
        listing.read_cursor(key, cursor)


def test_the_keys_of_a_credential_are_cursors_of_its_lists_and_lie_within_their_bounds():
    for name in ("Åsa  Ünal", "王小明", "أمينة", "x" * 200, "\U0001f600", " "):
        order = paging.order(datetime(2026, 5, 31, tzinfo=UTC), 7, GROUP)
        keys = {"order": order, **listing.keys_of(name, "2026-05-31", order, GROUP)}
        for key, value in keys.items():
            assert listing.read_cursor(key, value) == value
            assert listing.BOUNDS[key][0] <= value < listing.BOUNDS[key][1]


def test_stretches_join_without_a_gap_and_reach_the_newest_first():
    now = datetime(2026, 11, 24, tzinfo=UTC)
    whole = listing.plan(CredentialFilter(), "newest").walk
    for cursor in (None, paging.order(now - timedelta(days=400), 3, GROUP), paging.order(now, 3, GROUP)):
        left = listing.after(whole, -1, cursor)
        stretches = listing.stretches(left, -1, now)
        assert (stretches[0].high, stretches[-1].low) == (left.high, left.low)
        assert all(one.low == other.high for one, other in pairwise(stretches))
        assert len(stretches) < 20
        newest = paging.order(now, 0, GROUP)
        assert cursor or stretches[0].low <= newest < stretches[0].high
