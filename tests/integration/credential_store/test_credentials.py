from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from conferral.contracts.errors import Conflict, InvalidInput, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials as contract
from conferral.contracts.rpc import groups


def content(name="Ana", **changes):
    return contract.CredentialContent(
        **{"name": name, "email": "ana@mail.example", "issue_date": date(2026, 1, 1), **changes}
    )


def names(answer):
    return [one.content.name for one in answer.credentials]


def test_amending_raises_the_revision_and_search_finds_the_new_name(member):
    (identifier,) = member.create("Ana")
    amended = member.ask(contract.AMEND_CREDENTIAL, credential_id=identifier, revision=1, content=content("Zoë"))
    assert amended.credential.revision == 2
    assert names(member.ask(contract.LIST_CREDENTIALS, search="zoe")) == ["Zoë"]
    assert names(member.ask(contract.LIST_CREDENTIALS, search="ana zoe")) == ["Zoë"]  # ana begins the address
    assert member.ask(contract.GET_CREDENTIAL, credential_id=identifier) == amended


def test_of_two_amendments_at_once_one_is_a_conflict(member):
    (identifier,) = member.create("Ana")

    def amend(name):
        try:
            member.ask(contract.AMEND_CREDENTIAL, credential_id=identifier, revision=1, content=content(name))
        except Conflict:
            return None
        return name

    with ThreadPoolExecutor(4) as pool:
        (winner,) = [name for name in pool.map(amend, ["Ben", "Cai", "Dee", "Eve"]) if name]
    assert member.ask(contract.GET_CREDENTIAL, credential_id=identifier).credential.content.name == winner


def test_an_amendment_with_a_mistake_changes_nothing(member):
    (identifier,) = member.create("Ana")
    with pytest.raises(InvalidInput) as caught:
        member.ask(
            contract.AMEND_CREDENTIAL, credential_id=identifier, revision=1, content=content("A\u2028b", email="x")
        )
    assert [field for field, _ in caught.value.problems] == ["name", "email"]
    assert member.ask(contract.GET_CREDENTIAL, credential_id=identifier).credential.revision == 1


def test_amending_a_published_credential_begins_a_draft_while_the_published_version_stays(member):
    (identifier,) = member.create("Ana")
    published = {"state": "published", "published_version": 1, "version": 1, "url": "http://x/c/1"}
    rows = member.store.database.collection("credentials")
    rows.update_one({"_id": identifier, "organisation_id": member.organisation_id}, {"$set": published})
    amended = member.ask(contract.AMEND_CREDENTIAL, credential_id=identifier, revision=1, content=content("Zoë"))
    assert (amended.credential.state, amended.credential.published_version) == ("draft", 1)
    assert member.ask(contract.DELETE_CREDENTIALS, credentials=((identifier, 2),)).deleted == 0


@pytest.mark.parametrize("state", ["queued", "rendering", "suspended", "revoked"])
def test_what_is_under_way_or_withdrawn_cannot_be_amended_or_deleted(member, state):
    (identifier,) = member.create("Ana")
    rows = member.store.database.collection("credentials")
    rows.update_one({"_id": identifier, "organisation_id": member.organisation_id}, {"$set": {"state": state}})
    with pytest.raises(Conflict):
        member.ask(contract.AMEND_CREDENTIAL, credential_id=identifier, revision=1, content=content("Zoë"))
    assert member.ask(contract.DELETE_CREDENTIALS, credentials=((identifier, 1),)).deleted == 0


def test_only_drafts_at_the_revision_that_was_seen_are_deleted(member):
    ids = member.create("Ana", "Ben", "Cai")
    member.ask(contract.AMEND_CREDENTIAL, credential_id=ids[1], revision=1, content=content("Ben"))
    pairs = tuple((one, 1) for one in [*ids, new_id()])
    assert member.ask(contract.DELETE_CREDENTIALS, credentials=pairs).deleted == 2
    listed = member.ask(contract.LIST_CREDENTIALS)
    assert [one.id for one in listed.credentials] == [ids[1]]
    assert listed.total == 1


def test_pages_hold_every_credential_once(member):
    created = [one for _ in range(3) for one in member.create(*[f"Person {number}" for number in range(7)])]
    seen, cursor = [], None
    while True:
        page = member.ask(contract.LIST_CREDENTIALS, cursor=cursor, limit=4)
        seen += [one.id for one in page.credentials]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(seen) == sorted(created)
    assert len(seen) == len(set(seen))


def test_a_cursor_of_somebody_else_is_refused(member):
    with pytest.raises(InvalidInput):
        member.ask(contract.LIST_CREDENTIALS, cursor="$gt")


def test_filters_narrow_and_are_counted(member):
    other = new_id()
    member.ask(
        groups.CREATE_GROUP, group_id=other, content=groups.GroupContent(name="Other", design_id=member.design_id)
    )
    batch_id = new_id()
    member.create("Ana", "Ben", batch_id=batch_id)
    assert member.ask(contract.LIST_CREDENTIALS, group_id=other).total == 0
    assert member.ask(contract.LIST_CREDENTIALS, group_id=member.group_id).total == 2
    assert names(member.ask(contract.LIST_CREDENTIALS, batch_id=batch_id)) == ["Ana", "Ben"]
    assert names(member.ask(contract.LIST_CREDENTIALS, state="queued")) == []
    assert member.ask(contract.LIST_CREDENTIALS, state="draft").total == 2
    assert names(member.ask(contract.LIST_CREDENTIALS, search="--")) == []


def test_groups_and_designs_are_created_once_for_each_id(member):
    wanted = groups.GroupContent(name="Chemistry 101", design_id=member.design_id)
    again = member.ask(groups.CREATE_GROUP, group_id=member.group_id, content=wanted)
    assert again.group.id == member.group_id
    assert again.organisation.did == f"did:web:127.0.0.1%3A8801:o:{member.organisation_id}"
    with pytest.raises(Conflict):
        member.ask(groups.CREATE_GROUP, group_id=member.group_id, content=wanted.model_copy(update={"name": "Else"}))
    assert len(member.ask(groups.LIST_GROUPS).groups) == 1
    assert len(member.ask(groups.LIST_DESIGNS).designs) == 1


def test_a_group_with_mistakes_or_a_strange_design_is_refused(member):
    for wrong in [{"name": "=?x?q?y?="}, {"criteria_url": "javascript:x"}, {"design_id": new_id()}]:
        given = groups.GroupContent(**{"name": "Fine", "design_id": member.design_id, **wrong})
        with pytest.raises(InvalidInput):
            member.ask(groups.CREATE_GROUP, group_id=new_id(), content=given)


def test_unknown_and_foreign_credentials_answer_alike(running):
    mine, other = running.organisation("Mine"), running.organisation("Other")
    (foreign,) = other.create("Ana")
    errors = []
    for identifier in [foreign, new_id()]:
        with pytest.raises(NotFound) as caught:
            mine.ask(contract.GET_CREDENTIAL, credential_id=identifier)
        errors.append(caught.value.args)
    assert errors[0] == errors[1]
