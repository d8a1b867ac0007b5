"""Addresses that look mistyped."""

import pytest

from services.issuer_web.domain.typos import suggest, suggest_domain


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmail.con", "gmail.com"),
        ("gmial.com", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("GMAIL.CO", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmall.co", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("icloud.cmo", "icloud.com"),
        ("t-online.d", "t-online.de"),
        ("example.con", "example.com"),
        ("museum.example.ogr", "museum.example.org"),
    ],
)
def test_a_slip_is_recognised(typed: str, meant: str) -> None:
    assert suggest(f"Ana.Maria@{typed}") == f"Ana.Maria@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com", "mail.com", "ymail.com", "email.com", "gmx.de", "gmx.net", "live.com", "aol.com", "me.com",
        "yahoo.de", "yahoo.co.jp", "hotmail.se", "outlook.es", "orange.es", "example.org", "example.co", "uni.example",
        "company.com", "web.dev", "müller.example", "xn--mller-kva.example", "ox.ac.uk", "",
    ],
)  # fmt: skip
def test_what_may_well_be_meant_is_left_alone(domain: str) -> None:
    assert suggest_domain(domain) is None


@pytest.mark.parametrize("typed", ["", "@", "gmail.con", "@gmail.con", "ana@", "a b"])
def test_what_is_no_address_gets_no_suggestion(typed: str) -> None:
    assert suggest(typed) is None


def test_a_suggestion_is_right_by_its_own_measure() -> None:
    meant = suggest_domain("gmial.con")
    assert meant
    assert suggest_domain(meant) is None
