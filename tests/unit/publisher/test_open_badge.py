import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from jsonschema import Draft201909Validator, FormatChecker
from pyld import jsonld

from conferral.contracts.edition import AttributeLabel
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import GroupProfile, OrganisationProfile
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.publishing import ChunkItem
from services.publisher.domain.open_badge import SHAPES, Names, document_templates, document_values, identity_hash
from tests.support.documents import achievement_schema, load_context

ORGANISATION = OrganisationProfile(
    id=new_id(),
    name='Tern "Coast" Institute',
    url="https://tern.example",
    did="did:web:credentials.example:o:tern",
    timezone="Europe/Lisbon",
    sender_name="Tern",
    sender_address="hello@tern.example",
)
GROUP = GroupProfile(
    id=new_id(),
    name="養蜂入門 {{ id }}",
    description="Bees, from egg to honey.",
    criteria="Eight evenings and one sting.",
    criteria_url="https://tern.example/bees",
    tags=("bees", "craft"),
    language="en-GB",
)
LABELS = (AttributeLabel(key="grade", label="Grade"), AttributeLabel(key="student_number", label="No.", public=False))
URL = "https://credentials.example:8443/c/mfrggzdfmztwq2lknnwg23tpoa"
LIST = "a" * 26


def item(**changes: Any) -> ChunkItem:
    values: dict[str, Any] = {
        "credential_id": URL.rsplit("/", 1)[-1],
        "revision": 3,
        "version": 2,
        "url": URL,
        "content": CredentialContent(
            name='Nadia "Nûr" \\ الزهراء\u2028', email="Nadia@Example.org", issue_date=date(2026, 11, 20)
        ),
        "language": "en",
        "valid_from": datetime(2026, 11, 23, 12, 30, 5, 250000, tzinfo=UTC),
        "valid_until": None,
        "awarded_date": datetime(2026, 11, 20, tzinfo=UTC),
        "salt": "pepper",
        "status_list_id": LIST,
        "status_list_index": 131_071,
        "key_id": new_id(),
    }
    return ChunkItem(**(values | changes))


UNTIL = datetime(2027, 11, 20, 23, 59, 59, tzinfo=UTC)
ITEMS = {
    "plain": (item(), {}),
    "plain.results": (item(), {"grade": 'A "with" distinction'}),
    "until": (item(valid_until=UNTIL), {}),
    "until.results": (item(valid_until=UNTIL), {"grade": "B"}),
}


def completed(shape: str, group: GroupProfile = GROUP, organisation: OrganisationProfile = ORGANISATION) -> Any:
    one, public = ITEMS[shape]
    names = Names.of(one.url, group.id)
    values = document_values(one, public, names)
    assert values.shape == shape
    return json.loads(document_templates(organisation, group, LABELS, names)[shape].fill(values.values))


def test_there_is_an_example_of_every_shape() -> None:
    assert set(ITEMS) == set(SHAPES)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_completed_document_is_valid_by_the_schema_of_the_standard(shape: str) -> None:
    validator = Draft201909Validator(achievement_schema(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(completed(shape))] == []


@pytest.mark.parametrize("shape", SHAPES)
def test_a_completed_document_has_no_term_that_its_contexts_do_not_define(shape: str) -> None:
    document = completed(shape)
    (expanded,) = jsonld.expand(document, {"documentLoader": load_context})
    compacted = jsonld.compact(expanded, {"@context": document["@context"]}, {"documentLoader": load_context})
    # A term without a definition would be gone after expansion.
    assert _leaves(compacted) == _leaves(document)


def test_a_groups_image_is_the_achievements_and_valid_by_schema_and_contexts() -> None:
    document = completed("plain", GROUP.model_copy(update={"image": "ab" * 32}))
    image = {"id": f"https://credentials.example:8443/i/{'ab' * 32}", "type": "Image"}
    assert document["credentialSubject"]["achievement"]["image"] == image
    validator = Draft201909Validator(achievement_schema(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(document)] == []
    (expanded,) = jsonld.expand(document, {"documentLoader": load_context})
    compacted = jsonld.compact(expanded, {"@context": document["@context"]}, {"documentLoader": load_context})
    assert _leaves(compacted) == _leaves(document)


def test_an_organisations_logo_is_the_issuers_image_and_valid_by_schema_and_contexts() -> None:
    document = completed("plain", organisation=ORGANISATION.model_copy(update={"logo": "cd" * 32}))
    assert document["issuer"]["image"] == {"id": f"https://credentials.example:8443/i/{'cd' * 32}", "type": "Image"}
    validator = Draft201909Validator(achievement_schema(), format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(document)] == []
    (expanded,) = jsonld.expand(document, {"documentLoader": load_context})
    compacted = jsonld.compact(expanded, {"@context": document["@context"]}, {"documentLoader": load_context})
    assert _leaves(compacted) == _leaves(document)


def test_the_properties_of_a_whole_document() -> None:
    document = completed("until.results")
    assert list(document)[:4] == ["@context", "id", "type", "name"]
    assert document["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert document["id"] == URL
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["issuer"] == {
        "id": ORGANISATION.did,
        "type": ["Profile"],
        "name": ORGANISATION.name,
        "url": ORGANISATION.url,
    }
    assert document["validFrom"] == "2026-11-23T12:30:05.250Z"
    assert document["validUntil"] == "2027-11-20T23:59:59Z"
    assert document["awardedDate"] == "2026-11-20T00:00:00Z"
    subject = document["credentialSubject"]
    achievement = f"https://credentials.example:8443/g/{GROUP.id}"
    assert subject["achievement"] == {
        "id": achievement,
        "type": ["Achievement"],
        "name": GROUP.name,
        "description": GROUP.description,
        "criteria": {"id": GROUP.criteria_url, "narrative": GROUP.criteria},
        "inLanguage": "en-GB",
        "tag": ["bees", "craft"],
        "resultDescription": [
            {"id": f"{achievement}#grade", "type": ["ResultDescription"], "name": "Grade", "resultType": "Result"}
        ],
    }
    assert subject["result"] == [{"type": ["Result"], "resultDescription": f"{achievement}#grade", "value": "B"}]
    assert [one["identityType"] for one in subject["identifier"]] == ["emailAddress", "name"]
    assert subject["identifier"][1]["identityHash"] == ITEMS["until.results"][0].content.name
    assert document["credentialStatus"] == {
        "id": f"https://credentials.example:8443/status/{LIST}#131071",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "131071",
        "statusListCredential": f"https://credentials.example:8443/status/{LIST}",
    }


def test_what_a_group_and_an_organisation_do_not_have_is_left_out() -> None:
    group = GROUP.model_copy(
        update={"criteria_url": None, "criteria": "", "tags": (), "description": "", "language": "de-1996"}
    )
    document = completed("plain", group, ORGANISATION.model_copy(update={"url": None}))
    achievement = document["credentialSubject"]["achievement"]
    assert achievement["description"] == group.name
    assert achievement["criteria"] == {}
    assert {"tag", "inLanguage", "resultDescription"}.isdisjoint(achievement)
    assert "url" not in document["issuer"]
    assert "result" not in document["credentialSubject"]


def test_the_address_is_hashed_with_its_salt_and_without_its_case() -> None:
    expected = "sha256$" + hashlib.sha256(b"nadia@example.orgpepper").hexdigest()
    assert identity_hash("Nadia@Example.org", "pepper") == expected
    assert "nadia@example.org" not in json.dumps(completed("plain")).lower()


def test_the_same_input_gives_the_same_bytes() -> None:
    names = Names.of(URL, GROUP.id)
    first, second = (document_templates(ORGANISATION, GROUP, LABELS, names) for _ in range(2))
    assert first == second


def _leaves(data: Any) -> list[str]:
    if isinstance(data, dict):
        return sorted(leaf for key, value in data.items() if key != "@context" for leaf in _leaves(value))
    if isinstance(data, list):
        return sorted(leaf for value in data for leaf in _leaves(value))
    return [str(data)]
