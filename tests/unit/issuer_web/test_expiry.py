"""The expiry date that a form begins with."""

from datetime import date

import pytest

from conferral.contracts.rpc.groups import DefaultExpiry
from services.issuer_web.domain.expiry import default_expiry, following, prefilled


@pytest.mark.parametrize(
    ("rule", "issued", "expires"),
    [
        ({}, date(2026, 5, 31), None),
        ({"kind": "period", "amount": 30, "unit": "days"}, date(2026, 12, 15), date(2027, 1, 14)),
        ({"kind": "period", "amount": 1, "unit": "months"}, date(2026, 1, 31), date(2026, 2, 28)),
        ({"kind": "period", "amount": 11, "unit": "months"}, date(2026, 2, 1), date(2027, 1, 1)),
        ({"kind": "period", "amount": 12, "unit": "months"}, date(2026, 12, 31), date(2027, 12, 31)),
        ({"kind": "period", "amount": 2, "unit": "years"}, date(2028, 2, 29), date(2030, 2, 28)),
        ({"kind": "period", "amount": 4, "unit": "years"}, date(2028, 2, 29), date(2032, 2, 29)),
        ({"kind": "period", "amount": 9000, "unit": "years"}, date(2026, 1, 1), None),
        ({"kind": "date", "day": date(2027, 6, 30)}, date(2026, 1, 1), date(2027, 6, 30)),
    ],
)
def test_a_default_expiry_follows_the_day_of_issue(rule, issued, expires):
    assert default_expiry(DefaultExpiry(**rule), issued) == expires


YEAR = DefaultExpiry(kind="period", amount=1, unit="years")
TODAY = date(2026, 11, 24)


def test_a_block_of_one_group_begins_with_its_default_expiry():
    assert prefilled(YEAR, TODAY) == {"expiry_date": "2027-11-24"}
    assert prefilled(DefaultExpiry(), TODAY) == {}


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({"issue_date": "2026-01-01", "expiry_date": "2027-11-24"}, {"expiry_date": "2027-01-01"}),
        ({"issue_date": "2026-01-01", "expiry_date": "2028-12-31"}, {}),
        ({"issue_date": "2026-01-01", "expiry_date": ""}, {}),
        ({"issue_date": "tomorrow", "expiry_date": "2027-11-24"}, {}),
    ],
    ids=["untouched", "typed", "emptied", "no date"],
)
def test_an_untouched_expiry_date_moves_with_the_issue_date_and_a_typed_one_stays(typed, changed):
    assert following(typed, YEAR, TODAY) == changed
