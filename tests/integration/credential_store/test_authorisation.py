"""Every operation with every role, with services, with strangers."""

from dataclasses import replace

import pytest

from conferral.contracts.actors import ROLE_PERMISSIONS, ROLES, Actor
from conferral.contracts.errors import ConferralError, InvalidMessage, NotAuthenticated, NotFound, NotPermitted
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts, credentials, groups, operations, people, publications, selections, sending
from services.credential_store.handlers import HANDLERS
from tests.support.operation_table import ENTRIES
from tests.support.operation_table import operations as every_operation

OPERATIONS = [operation for operation in every_operation() if operation.service.startswith("store.")]
OF_MEMBERS = [operation for operation in OPERATIONS if operation.permission in ROLE_PERMISSIONS["owner"]]
OF_OPERATORS = [operation for operation in OPERATIONS if operation.permission == "operate"]
OF_SERVICES = [operation for operation in OPERATIONS if operation.permission == "service"]


MAKE_IDS = {
    "create_group", "create_design", "request_publication", "send_test_email", "invite_person", "save_filter",
}  # fmt: skip


def request_of(operation, actor, organisation_id):
    return operation.request(actor=actor, organisation_id=organisation_id, **ENTRIES[operation.name].fields)


def outcome(running, operation, actor, organisation_id):
    """The error's class and arguments, or None."""
    try:
        running.ask(operation, request_of(operation, actor, organisation_id))
    except ConferralError as error:
        return type(error), error.args
    return None


def test_every_operation_is_in_the_table_for_whom_the_table_says():
    assert {operation.name: operation.permission for operation in every_operation()} == {
        name: entry.permission for name, entry in ENTRIES.items()
    }


def test_every_operation_of_the_store_is_served():
    assert set(HANDLERS) == set(OPERATIONS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_its_permissions_say_and_nothing_else(running, member, role):
    colleague = running.colleague(member, role)
    for operation in OF_MEMBERS:
        refused = outcome(running, operation, Actor(session=colleague.session), member.organisation_id)
        allowed = operation.permission in ROLE_PERMISSIONS[role]
        assert (refused is None or refused[0] is not NotPermitted) == allowed, operation.name


def test_a_foreign_organisation_answers_like_an_unknown_one_in_every_operation(running, member):
    foreign = running.organisation("Foreign")
    for operation in OF_MEMBERS:
        actor = Actor(session=member.session)
        answers = [outcome(running, operation, actor, one) for one in (foreign.organisation_id, new_id())]
        assert answers[0] == answers[1], operation.name
        assert answers[0][0] is NotFound, operation.name


def test_foreign_records_in_ones_own_organisation_answer_like_unknown_ones(running, member, monkeypatch):
    foreign = running.organisation("Foreign")
    (credential_id, on_its_way) = foreign.create("Ana", "Ben")
    ids = {name: new_id() for name in ("publication_id", "invitation_id", "delivery_id", "filter_id")}
    foreign.ask(
        publications.REQUEST_PUBLICATION,
        publication_id=ids["publication_id"],
        credentials=((on_its_way, 1),),
    )
    foreign.ask(people.INVITE_PERSON, invitation_id=ids["invitation_id"], email="guest@mail.example", role="viewer")
    foreign.ask(sending.SEND_TEST_EMAIL, delivery_id=ids["delivery_id"])
    theirs = credentials.CredentialFilter()
    foreign.ask(selections.SAVE_FILTER, filter_id=ids["filter_id"], name="Theirs", filter=theirs)
    frozen = foreign.ask(selections.FREEZE_SELECTION, purpose="delete", credentials=((credential_id, 1),))
    real = {
        **ids,
        "selection_id": frozen.selection_id,
        "credential_id": credential_id,
        "group_id": foreign.group_id,
        "design_id": foreign.design_id,
        "design_ids": (foreign.design_id,),
        "person_id": foreign.person_id,
        "credentials": ((credential_id, 1),),
        "rows": (foreign.row("Ana"),),
    }
    for operation in OF_MEMBERS:
        if operation.method in MAKE_IDS:
            continue  # their ids are the caller's own
        entry = ENTRIES[operation.name]
        actor = Actor(session=member.session)
        unknown = outcome(running, operation, actor, member.organisation_id)
        fields = {key: real.get(key, value) for key, value in entry.fields.items()}
        monkeypatch.setitem(ENTRIES, operation.name, replace(entry, fields=fields))
        assert outcome(running, operation, actor, member.organisation_id) == unknown, operation.name
    still = foreign.ask(credentials.GET_CREDENTIAL, credential_id=credential_id).credential
    assert (still.state, still.revision) == ("draft", 1)


def test_a_foreign_group_id_creates_no_second_group_and_tells_nothing_of_the_first(running, member):
    foreign = running.organisation("Foreign")
    with pytest.raises(ConferralError) as caught:
        member.ask(
            groups.CREATE_GROUP,
            group_id=foreign.group_id,
            content=groups.GroupContent(name="Chemistry 101", design_id=member.design_id),
        )
    assert "Foreign" not in str(caught.value.args)
    assert len(member.ask(groups.LIST_GROUPS).groups) == 1


@pytest.mark.parametrize("actor", [Actor(), Actor(session="made up"), Actor(service="issuer_web")])
def test_nobody_works_in_an_organisation_without_a_session(running, member, actor):
    for operation in [*OF_MEMBERS, accounts.RESUME_SESSION, accounts.SIGN_OUT]:
        assert outcome(running, operation, actor, member.organisation_id)[0] is NotAuthenticated, operation.name


def test_a_person_cannot_do_what_is_a_services_business(running, member):
    for operation in OF_SERVICES:
        refused = outcome(running, operation, Actor(session=member.session), member.organisation_id)
        assert refused[0] is NotAuthenticated, operation.name


def test_an_operator_of_the_installation_is_a_stranger_in_every_organisation(running, member):
    operator = running.organisation("Operations", operator=True)
    for operation in OF_MEMBERS:
        refused = outcome(running, operation, Actor(session=operator.session), member.organisation_id)
        assert refused[0] is NotFound, operation.name


def test_only_operators_run_the_installation(running, member):
    operator = running.organisation("Operations", operator=True)
    assert OF_OPERATORS
    for operation in OF_OPERATORS:
        refused = outcome(running, operation, Actor(session=member.session), None)
        assert refused[0] is NotPermitted, operation.name  # an owner, and no operator
        assert outcome(running, operation, Actor(service="issuer_web"), None)[0] is NotAuthenticated, operation.name
        allowed = outcome(running, operation, Actor(session=operator.session), None)
        assert allowed is None or allowed[0] is NotFound, operation.name


def test_an_operator_need_not_belong_to_any_organisation(running, member):
    request = operations.CreateOperator(
        actor=Actor(service="admin"), name="Olga", email="Olga@mail.example", password="a long enough password"
    )
    assert not running.ask(operations.CREATE_OPERATOR, request).known
    assert running.ask(operations.CREATE_OPERATOR, request).known
    session = running.sign_in("olga@mail.example", "a long enough password")
    person = running.ask(accounts.RESUME_SESSION, accounts.ResumeSession(actor=Actor(session=session)))
    assert (person.operator, person.memberships) == (True, ())
    answer = running.ask(operations.GET_OPERATIONS, operations.GetOperations(actor=Actor(session=session)))
    assert answer.mail == "flows"
    ask = groups.ListGroups(actor=Actor(session=session), organisation_id=member.organisation_id)
    with pytest.raises(NotFound):
        running.ask(groups.LIST_GROUPS, ask)
    assert len(running.rows("audit", action="create_operator")) == 2


def test_an_operation_of_an_organisation_needs_one(running, member):
    for operation in OF_MEMBERS:
        assert outcome(running, operation, Actor(session=member.session), None)[0] is InvalidMessage, operation.name


def test_a_removed_member_is_out_at_once(running, member):
    rows = running.database.collection("memberships")
    rows.delete_many({"organisation_id": member.organisation_id, "person_id": member.person_id})
    with pytest.raises(NotFound):
        member.ask(groups.LIST_GROUPS)
