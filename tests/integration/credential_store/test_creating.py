from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from conferral.contracts.errors import Conflict
from conferral.contracts.ids import is_id, new_id
from conferral.contracts.rpc import credentials as contract
from conferral.contracts.rpc import groups
from services.credential_store.domain.scope import of_message, of_system
from services.credential_store.entrypoints.relay import context_of
from services.credential_store.handlers import creating


def counts(member):
    group = member.ask(groups.GET_GROUP, group_id=member.group_id).group
    return group.drafts, group.published


def test_created_drafts_are_listed_in_the_order_of_the_rows(member):
    ids = member.create("Ana", "Ben", "Cai")
    listed = member.ask(contract.LIST_CREDENTIALS)
    assert [one.id for one in listed.credentials] == ids
    assert all(is_id(one) for one in ids)
    assert listed.total == 3
    assert {one.state for one in listed.credentials} == {"draft"}
    assert counts(member) == (3, 0)


def test_repeating_a_call_creates_nothing_and_answers_the_same(member):
    batch_id = new_id()
    assert member.create("Ana", "Ben", batch_id=batch_id) == member.create("Ana", "Ben", batch_id=batch_id)
    assert counts(member) == (2, 0)


@pytest.mark.parametrize("size", [5, 230])
def test_concurrent_double_submits_create_once(member, size):
    names, batch_id = [f"Person {number}" for number in range(size)], new_id()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: member.create(*names, batch_id=batch_id), range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0])) == size
    assert counts(member) == (size, 0)
    assert len(member.store.rows("credentials")) == size
    events = member.store.rows("outbox", routing_key="credentials.created")
    assert sorted(one for event in events for one in event["body"]["credential_ids"]) == sorted(answers[0])


def test_other_rows_under_the_same_part_are_a_conflict(member):
    batch_id = new_id()
    member.create("Ana", batch_id=batch_id)
    with pytest.raises(Conflict):
        member.create("Ben", batch_id=batch_id)
    assert member.create("Ben", batch_id=batch_id, part=1) != [None]


def test_an_atomic_call_with_one_wrong_row_stores_nothing_and_can_be_corrected(member):
    batch_id = new_id()
    rows = (member.row("Ana"), member.row("=?utf-8?q?x?="))
    answer = member.ask(contract.CREATE_CREDENTIALS, batch_id=batch_id, rows=rows)
    assert answer.created == 0
    assert [[problem.field for problem in result.problems] for result in answer.results] == [[], ["name"]]
    assert member.store.rows("credentials") == []
    assert all(member.create("Ana", "Ben", batch_id=batch_id))


def test_a_call_that_is_not_atomic_stores_the_right_rows(member):
    rows = (member.row("Ana"), member.row("Ben", email="nobody"), member.row("Cai"))
    answer = member.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows, atomic=False)
    assert answer.created == 2
    assert [result.credential_id is None for result in answer.results] == [False, True, False]


def test_an_external_id_is_used_once_in_the_organisation_and_again_in_another(member):
    def create(who, *external_ids):
        rows = tuple(who.row("Ana", external_id=one) for one in external_ids)
        return who.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows).created

    assert create(member, "a", "a") == 0
    assert create(member, "a") == 1
    assert create(member, "a") == 0
    assert create(member.store.organisation("Other"), "a") == 1


def test_concurrent_calls_with_one_external_id_create_one(member):
    def create(_):
        try:
            rows = (member.row("Ana", external_id="same"),)
            return member.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows).created
        except Conflict:
            return 0

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(create, range(4))) == 1
    assert counts(member) == (1, 0)


def begin(member, batch_id, rows, *, atomic=True):
    """A call whose process dies after its record was committed."""
    store, scope = member.store.application.store, of_message(member.organisation_id)
    request = contract.CreateCredentials(**member.who, batch_id=batch_id, rows=rows, atomic=atomic)
    right, wrong = creating.batch.examine(request.rows, {member.group_id: ()}, ())
    record = creating.batch.new_record(
        request, right, wrong, member.person_id, member.store.application.clock() - timedelta(minutes=1)
    )
    store.transaction(lambda session: store.batches.add(scope, record, session=session))
    return request


def test_a_call_that_was_cut_off_is_finished_by_the_sweeper(member):
    request = begin(member, new_id(), tuple(member.row(f"Person {number}") for number in range(130)))
    assert member.store.rows("credentials") == []
    assert creating.finish_abandoned(context_of(member.store.application)) == 1
    assert counts(member) == (130, 0)
    assert member.ask(contract.CREATE_CREDENTIALS, batch_id=request.batch_id, rows=request.rows).created == 130
    assert counts(member) == (130, 0)
    assert creating.finish_abandoned(context_of(member.store.application)) == 0


def test_an_atomic_call_that_loses_an_external_id_midway_is_taken_back_whole(member):
    rows = tuple(member.row(f"Person {number}", external_id=f"key-{number}") for number in range(130))
    request = begin(member, new_id(), rows)
    other = (member.row("Faster", external_id="key-120"),)
    assert member.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), rows=other).created == 1
    answer = member.ask(contract.CREATE_CREDENTIALS, batch_id=request.batch_id, rows=rows)
    assert answer.created == 0
    assert [number for number, result in enumerate(answer.results) if result.problems] == [120]
    assert counts(member) == (1, 0)


def test_a_draft_without_what_its_design_requires_is_incomplete(running):
    member = running.organisation("Strict")
    rows = (member.row("Ana"), member.row("Ben", attributes={"course": "Chemistry"}))
    member.ask(contract.CREATE_CREDENTIALS, batch_id=new_id(), rows=rows)
    assert [one.incomplete for one in member.ask(contract.LIST_CREDENTIALS).credentials] == [True, False]


def test_five_hundred_rows_are_created_well_within_the_time_a_caller_waits(member):
    began = member.store.application.clock()
    assert len(set(member.create(*[f"Person {number}" for number in range(500)]))) == 500
    assert member.store.application.clock() - began < timedelta(seconds=contract.CREATE_CREDENTIALS.timeout)


def test_creation_is_audited_without_personal_data(member):
    member.create("Ana Testperson")
    (row,) = member.store.rows("audit", action="create_credentials")
    assert row["actor"] == member.person_id
    assert "Testperson" not in str(row)


def test_status_list_positions_roll_over_to_a_new_list(member):
    store, scope = member.store.application.store, of_message(member.organisation_id)
    lists = member.store.database.collection("status_lists")
    lists.update_one({"organisation_id": member.organisation_id}, {"$set": {"next": 131_070}})
    pairs = store.transaction(lambda session: store.status_lists.allocate(scope, 5, session=session))
    assert len(set(pairs)) == 5
    assert [sum(pair[0] == one for pair in pairs) for one in dict.fromkeys(pair[0] for pair in pairs)] == [2, 3]


def test_unfinished_calls_are_looked_up_across_organisations_only_under_a_system_scope(member):
    batches = member.store.application.store.batches
    assert batches.unfinished(of_system("sweeper"), member.store.application.clock(), 5) == []
