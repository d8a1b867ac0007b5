"""An issuer's words with placeholders: what is found wrong, what a design is given, what fills it."""

from datetime import date
from typing import Any

import pytest

from conferral.contracts.edition import AttributeLabel
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import AttributeDeclaration, DesignDeclaration
from conferral.contracts.wording import EmailWording, flaw_of
from services.publisher.domain import wording

ATTRIBUTES = (
    AttributeDeclaration(key="grade", label="Grade", type="text"),
    AttributeDeclaration(key="signatory_title", label="Position of who signs", type="text"),
    AttributeDeclaration(key="hours", label="Hours", type="number"),
    AttributeDeclaration(key="passed_on", label="Passed on", type="date"),
    AttributeDeclaration(key="remarks", label="Remarks", type="long_text", public=False),
    AttributeDeclaration(key="portrait", label="Portrait", type="image"),
)
KNOWN = wording.offered(ATTRIBUTES)
DESIGN = DesignDeclaration(
    plugin_id="thin", plugin_version="1", name="Thin", description="", origin="", attributes=ATTRIBUTES,
    wording=("subject", "body"),
)  # fmt: skip
ORGANISATION = OrganisationProfile(
    id=new_id(), name="Tern {{ credential_url }}", did="did:web:example.org", timezone="UTC", sender_name="Tern",
    sender_address="tern@example.org",
)  # fmt: skip


def group(**words: str) -> GroupProfile:
    return GroupProfile(id=new_id(), name="Bees {", description="", criteria="", wording=EmailWording(**words))


def content(**attributes: str) -> CredentialContent:
    return CredentialContent(
        name="Ana", email="ana@example.org", issue_date=date(2026, 11, 23), attributes=attributes
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "found", "nearest"),
    [
        ("Dear {recipient name", "unclosed", "{recipient name", ""),
        ("Dear {recipient {name}", "unclosed", "{recipient {name}", ""),
        ("Dear recipient name}", "unopened", "Dear recipient name}", ""),
        ("Dear { }", "empty", "{ }", ""),
        ("Dear {recipent name}", "unknown", "{recipent name}", "recipient name"),
        ("{Position of who sings}", "unknown", "{Position of who sings}", "signatory title"),
        ("{zzz}", "unknown", "{zzz}", ""),
        ("{remarks}", "private", "{remarks}", ""),
        ("{portrait}", "unknown", "{portrait}", ""),
        ("{{ credential_url }}", "unclosed", "{{ credential_url }}", ""),
    ],
)
def test_what_is_wrong_is_named_with_what_was_perhaps_meant(text: str, kind: str, found: str, nearest: str) -> None:
    flaw = flaw_of(text, KNOWN)
    assert flaw is not None
    assert (flaw.kind, flaw.found, flaw.nearest) == (kind, found, nearest)


@pytest.mark.parametrize(
    "text", ["", "Plain", "{Recipient_Name} {RECIPIENT  NAME} { issue date }", "{signatory_title}"]
)
def test_case_and_underscores_make_no_difference(text: str) -> None:
    assert flaw_of(text, KNOWN) is None


def test_a_design_is_given_the_parts_that_it_offers_with_markers_for_what_differs() -> None:
    words = group(subject="{Organisation}: {grade}", body="Dear {recipient name},\n{group name}", closing="Bye")
    assert wording.marked(words, ORGANISATION, DESIGN) == {
        # what an issuer is called becomes no marker
        "subject": "Tern { { credential_url } }: {{ wording_a_grade }}",
        "body": "Dear {{ recipient_name }},\nBees {",
    }


def test_values_that_stand_side_by_side_make_no_marker() -> None:
    organisation = ORGANISATION.model_copy(update={"name": "{ credential_url }}"})
    marked = wording.marked(group(subject="{group name}{organisation}"), organisation, DESIGN)
    assert marked == {"subject": "Bees { { credential_url } }"}


def test_a_placeholder_that_the_design_does_not_have_any_more_is_refused() -> None:
    with pytest.raises(wording.Refused, match=r"subject.*\{level\}"):
        wording.marked(group(subject="{level}"), ORGANISATION, DESIGN)


@pytest.mark.parametrize(
    ("slot", "attributes", "expected"),
    [
        ("wording_issue_date", {}, "23. November 2026"),
        ("wording_expiry_date", {}, ""),
        ("wording_a_grade", {"grade": "1,3\r\nBcc: everyone@example.org"}, "1,3 Bcc: everyone@example.org"),
        ("wording_a_grade", {}, ""),
        ("wording_a_hours", {"hours": "1200.5"}, "1.200,5"),
        ("wording_a_passed_on", {"passed_on": "2026-05-31"}, "31. Mai 2026"),
        ("wording_a_passed_on", {"passed_on": "some day"}, "some day"),
        ("wording_a_remarks", {"remarks": "late"}, None),
    ],
)
def test_values_are_written_as_in_the_recipients_language_in_one_line(
    slot: str, attributes: dict[str, str], expected: str | None
) -> None:
    labels = [AttributeLabel(key=one.key, label=one.label, type=one.type, public=one.public) for one in ATTRIBUTES]
    values: dict[str, Any] = wording.values_of([slot, "recipient_name"], content(**attributes), labels, "de")
    assert values == ({} if expected is None else {slot: expected})
