"""What DNS says of a sender's domain, and what is missing in words that can be forwarded."""

from collections.abc import Mapping, Sequence

import pytest

from services.issuer_web.domain.sender_domain import Key, LookUp, Record, check, check_dkim, check_dmarc, check_spf

DOMAIN = "northfield.example"
KEY = Key(DOMAIN, "conferral-1", "MIIB" + "A" * 300)
GOOD = {
    DOMAIN: ["unrelated", "v=spf1 include:_spf.mail.example ~all"],
    "conferral-1._domainkey.northfield.example": [f"v=DKIM1; k=rsa; p={KEY.public_key}"],
    "_dmarc.northfield.example": ["v=DMARC1; p=reject"],
}


def answers(zone: Mapping[str, Sequence[str]]) -> LookUp:
    return lambda name: zone.get(name, ())


def test_a_domain_in_order_lacks_nothing() -> None:
    findings = check(DOMAIN, answers(GOOD), host=None, key=KEY)
    assert [(one.kind, one.state, one.wanted) for one in findings] == [
        ("SPF", "good", None),
        ("DKIM", "good", None),
        ("DMARC", "good", None),
    ]


def test_an_empty_domain_is_told_the_exact_records() -> None:
    spf, dkim, dmarc = check(DOMAIN, answers({}), host="smtp.mail.example", key=KEY)
    assert {one.state for one in (spf, dkim, dmarc)} == {"missing"}
    assert spf.wanted == Record(DOMAIN, "v=spf1 a:smtp.mail.example ~all")
    assert dkim.wanted == Record(f"conferral-1._domainkey.{DOMAIN}", f"v=DKIM1; k=rsa; p={KEY.public_key}")
    assert dmarc.wanted == Record(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")


def test_for_the_installations_server_nobody_is_told_to_publish_a_guess() -> None:
    assert check_spf(DOMAIN, answers({}), None).wanted is None


def test_nobody_answering_is_not_taken_for_a_missing_record() -> None:
    findings = check(DOMAIN, lambda _: None, host=None, key=KEY)
    assert [one.state for one in findings] == ["unknown"] * 3


@pytest.mark.parametrize(
    "records",
    [["v=spf1 -all", "v=spf1 ~all"], ["v=spf1 +all"], ["v=spf1 mx ALL"]],
)
def test_an_spf_record_that_does_harm_is_wrong(records: list[str]) -> None:
    assert check_spf(DOMAIN, answers({DOMAIN: records}), None).state == "wrong"


def test_a_key_that_was_cut_off_is_wrong_and_white_space_in_it_is_not() -> None:
    name = f"{KEY.selector}._domainkey.{DOMAIN}"
    assert check_dkim(KEY, answers({name: [f"v=DKIM1; p={KEY.public_key[:200]}"]})).state == "wrong"
    spaced = f"v=DKIM1; k=rsa; p={KEY.public_key[:100]} {KEY.public_key[100:]}"
    assert check_dkim(KEY, answers({name: [spaced]})).state == "good"
    assert check_dkim(None, answers(GOOD)).state == "missing"


def test_a_subdomain_inherits_dmarc() -> None:
    assert check_dmarc(f"mail.{DOMAIN}", answers(GOOD)).state == "good"
    assert check_dmarc("mail.other.example", answers(GOOD)).state == "missing"


@pytest.mark.parametrize("records", [["v=DMARC1; p=none", "v=DMARC1; p=reject"], ["v=DMARC1"], ["v=DMARC1; p=maybe"]])
def test_a_dmarc_record_that_does_not_count_is_wrong(records: list[str]) -> None:
    assert check_dmarc(DOMAIN, answers({f"_dmarc.{DOMAIN}": records})).state == "wrong"
