"""The same address twice in a group: warned of, allowed or refused, as the group's setting says."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conferral.contracts.errors import InvalidInput
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials as contract
from conferral.contracts.rpc import groups
from services.credential_store.adapters import migrations
from services.credential_store.domain.scope import of_message


def group_with(member, duplicates):
    """Make a group with this setting the one that the member works in."""
    member.group_id = new_id()
    content = groups.GroupContent(name="Chemistry 102", design_id=member.design_id, duplicates=duplicates)
    answer = member.ask(groups.CREATE_GROUP, group_id=member.group_id, content=content)
    assert answer.group.content.duplicates == duplicates
    return member


def create(member, *emails, accepts=False, **fields):
    rows = tuple(
        member.row(f"Person {number}", email=email).model_copy(update={"accepts_duplicate": accepts})
        for number, email in enumerate(emails)
    )
    return member.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows, asks_about_duplicates=True, **fields)


def codes(answer):
    return [
        [(problem.field, problem.code, problem.acceptable) for problem in result.problems] for result in answer.results
    ]


def addresses(member):
    return sorted(row["content"]["email"] for row in member.store.rows("credentials"))


def test_a_group_that_warns_stores_nothing_until_the_warning_is_accepted(member):
    assert create(member, "ana@mail.example").created == 1
    warned = create(member, "ben@mail.example", "Ana@Mail.Example", "BEN@mail.example")
    assert warned.created == 0
    assert codes(warned) == [[], [("email", "duplicate", True)], [("email", "duplicate_in_call", True)]]
    assert addresses(member) == ["ana@mail.example"]
    assert create(member, "ben@mail.example", "Ana@Mail.Example", "BEN@mail.example", accepts=True).created == 3


def test_a_caller_that_asks_for_no_warning_is_not_warned(member):
    assert all(member.create("Ana", "Ana"))
    assert all(member.create("Ana"))


def test_a_group_that_allows_an_address_twice_says_nothing(member):
    group_with(member, "allow")
    assert create(member, "ana@mail.example", "ana@mail.example").created == 2
    assert create(member, "ana@mail.example").created == 1


def test_a_group_that_refuses_stores_no_address_twice_whatever_is_accepted(member):
    group_with(member, "refuse")
    assert codes(create(member, "ana@mail.example", "ANA@mail.example", accepts=True)) == [
        [],
        [("email", "duplicate_in_call", False)],
    ]
    assert create(member, "ana@mail.example").created == 1
    again = create(member, "ana@mail.example", accepts=True)
    assert codes(again) == [[("email", "duplicate", False)]]
    assert addresses(member) == ["ana@mail.example"]


def test_another_group_and_another_organisation_do_not_matter(member):
    group_with(member, "refuse")
    assert create(member, "ana@mail.example").created == 1
    assert create(group_with(member, "refuse"), "ana@mail.example").created == 1
    assert create(group_with(member.store.organisation("Other"), "refuse"), "ana@mail.example").created == 1


def test_the_right_rows_of_a_call_that_is_not_atomic_are_stored(member):
    group_with(member, "refuse")
    answer = create(member, "ana@mail.example", "ana@mail.example", "ben@mail.example", atomic=False)
    assert answer.created == 2
    assert addresses(member) == ["ana@mail.example", "ben@mail.example"]


@pytest.mark.parametrize("size", [3, 130])
def test_of_several_browsers_at_once_one_creates_where_the_group_refuses(member, size):
    group_with(member, "refuse")
    emails = [f"person-{number}@mail.example" for number in range(size)]
    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(lambda _: create(member, *emails).created, range(4)))
    assert sorted(created) == [0, 0, 0, size]
    assert addresses(member) == sorted(emails)
    assert member.ask(groups.GET_GROUP, group_id=member.group_id).group.drafts == size


def test_a_deleted_draft_and_a_revoked_credential_leave_their_address_free(member):
    group_with(member, "refuse")
    (first,) = [result.credential_id for result in create(member, "ana@mail.example").results]
    member.ask(contract.DELETE_CREDENTIALS, credentials=((first, 1),))
    assert create(member, "ana@mail.example").created == 1
    rows = member.store.database.collection("credentials")
    rows.update_many({"organisation_id": member.organisation_id}, {"$set": {"state": "revoked"}})
    assert create(member, "ana@mail.example").created == 1


def test_amending_to_an_address_that_the_group_has_is_refused_beside_the_field(member):
    group_with(member, "refuse")
    created = create(member, "ana@mail.example", "ben@mail.example")
    second = created.results[1].credential_id

    def amend(email, revision):
        content = member.row("Ben", email=email).content
        return member.ask(contract.AMEND_CREDENTIAL, credential_id=second, revision=revision, content=content)

    with pytest.raises(InvalidInput) as refused:
        amend("Ana@mail.example", 1)
    assert [path for path, _ in refused.value.problems] == ["email"]
    assert amend("BEN@mail.example", 1).credential.content.email == "BEN@mail.example"
    assert amend("cai@mail.example", 2).credential.revision == 3
    assert create(member, "ben@mail.example").created == 1, "the address that was given up is free"
    assert codes(create(member, "cai@mail.example")) == [[("email", "duplicate", False)]]


def test_five_hundred_addresses_are_looked_up_in_a_group_of_thousands_within_a_second(member):
    """Bounded: what is asked for is found by the index, however many others the group has."""
    present = [f"other-{number}@mail.example" for number in range(2000)]
    for first in range(0, 2000, 500):
        create(member, *present[first : first + 500])
    store, scope = member.store.application.store, of_message(member.organisation_id)
    wanted = [f"absent-{number}@mail.example" for number in range(500)]
    began = member.store.application.clock()
    found = store.credentials.addresses(scope, member.group_id, [*wanted[3:], present[0], present[-1], present[777]])
    assert found == {present[0], present[-1], present[777]}
    assert (member.store.application.clock() - began).total_seconds() < 1


def test_credentials_of_before_are_found_once_they_are_migrated(member):
    create(member, "Ana@mail.example")
    rows = member.store.database.collection("credentials")
    conditions = {"organisation_id": member.organisation_id}
    rows.update_many(conditions, {"$set": {"schema_version": 1}, "$unset": {"address": 1}})
    assert create(member, "ana@mail.example", accepts=True).created == 1
    rows.delete_many({**conditions, "schema_version": 2})
    assert migrations.migrate(member.store.database) == {"credentials": 1}
    assert codes(create(member, "ana@mail.example")) == [[("email", "duplicate", True)]]
