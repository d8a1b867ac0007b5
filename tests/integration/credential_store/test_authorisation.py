"""Every operation with every role, with services, with strangers."""

from datetime import date

import pytest

from conferral.contracts.actors import ROLE_PERMISSIONS, ROLES, Actor
from conferral.contracts.errors import ConferralError, InvalidMessage, NotAuthenticated, NotFound, NotPermitted
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import (
    accounts,
    credentials,
    deliveries,
    designs,
    emails,
    groups,
    my_account,
    organisations,
    people,
    publications,
    publishing,
    selections,
    sending,
    together,
)
from services.credential_store.handlers import HANDLERS

OPERATIONS = [
    operation
    for module in (
        accounts,
        credentials,
        deliveries,
        designs,
        emails,
        groups,
        my_account,
        organisations,
        people,
        publications,
        publishing,
        selections,
        sending,
        together,
    )
    for operation in module.OPERATIONS
]
CONTENT = credentials.CredentialContent(name="Ana", email="ana@mail.example", issue_date=date(2026, 1, 1))
UNKNOWN = new_id()
FIELDS = {
    "create_credentials": {
        "batch_id": UNKNOWN,
        "rows": (credentials.CredentialRow(group_id=UNKNOWN, content=CONTENT),),
    },
    "amend_credential": {"credential_id": UNKNOWN, "revision": 1, "content": CONTENT},
    "discard_version": {"credential_id": UNKNOWN, "revision": 1},
    "list_emails": {"credential_id": UNKNOWN},
    "resend_email": {"credential_id": UNKNOWN, "after": 0},
    "pause_publication": {"publication_id": UNKNOWN},
    "resume_publication": {"publication_id": UNKNOWN},
    "cancel_publication": {"publication_id": UNKNOWN},
    "list_problems": {"publication_id": UNKNOWN},
    "delete_credentials": {"credentials": ((UNKNOWN, 1),)},
    "get_credential": {"credential_id": UNKNOWN},
    "create_group": {"group_id": UNKNOWN, "content": groups.GroupContent(name="Group", design_id=UNKNOWN)},
    "get_group": {"group_id": UNKNOWN},
    "amend_group": {
        "group_id": UNKNOWN,
        "revision": 1,
        "content": groups.GroupContent(name="Group", design_id=UNKNOWN),
    },
    "archive_group": {"group_id": UNKNOWN, "revision": 1, "archived": True},
    "get_design": {"design_id": UNKNOWN},
    "amend_design": {
        "design_id": UNKNOWN,
        "revision": 1,
        "name": "Design",
        "plugin_version": "1",
        "options": {},
    },
    "uses_of_designs": {"design_ids": (UNKNOWN,)},
    "store_image": {"content": "iVBORw0KGgo="},
    "create_design": {
        "design_id": UNKNOWN,
        "name": "Design",
        "plugin_id": "minimal",
        "plugin_version": "1",
        "options": {},
    },
    "request_publication": {"publication_id": UNKNOWN, "credentials": ((UNKNOWN, 1),)},
    "freeze_selection": {"purpose": "publish", "credentials": ((UNKNOWN, 1),)},
    "delete_selection": {"selection_id": UNKNOWN},
    "save_filter": {"filter_id": new_id(), "name": "Mine", "filter": credentials.CredentialFilter()},
    "delete_saved_filter": {"filter_id": UNKNOWN},
    "get_publication": {"publication_id": UNKNOWN},
    "ask_together": {"questions": (together.Question(operation=groups.LIST_GROUPS.name, request={}),)},
    "load_chunk": {"publication_id": UNKNOWN, "chunk": 0},
    "record_published": {"publication_id": UNKNOWN, "chunk": 0, "fence": 1, "published": (), "failed": ()},
    "hand_back_chunk": {"publication_id": UNKNOWN, "chunk": 0, "fence": 1, "reason": "test", "seconds": 1.0},
    "claim_deliveries": {"delivery_ids": (UNKNOWN,)},
    "advance_deliveries": {"results": (), "begin": ()},
    "change_organisation": {"revision": 1, "content": organisations.OrganisationContent(name="")},
    "change_sending": {
        "revision": 7,
        "content": sending.SendingContent(sender_name="Tern", sender_address="tern@mail.example"),
    },
    "create_dkim_key": {"revision": 7},
    "switch_dkim": {"revision": 7, "active": False},
    "send_test_email": {"delivery_id": UNKNOWN},
    "get_test_email": {"delivery_id": UNKNOWN},
    "invite_person": {"invitation_id": UNKNOWN, "email": "", "role": "viewer"},
    "resend_invitation": {"invitation_id": UNKNOWN},
    "withdraw_invitation": {"invitation_id": UNKNOWN},
    "change_role": {"person_id": UNKNOWN, "before": "viewer", "role": "owner"},
    "remove_person": {"person_id": UNKNOWN},
    "create_organisation": {"name": "Name", "owner_name": "Olive", "owner_email": "olive@mail.example"},
}
OF_MEMBERS = [operation for operation in OPERATIONS if operation.permission in ROLE_PERMISSIONS["owner"]]
OF_SERVICES = [operation for operation in OPERATIONS if operation.permission == "service"]


def request_of(operation, actor, organisation_id):
    return operation.request(actor=actor, organisation_id=organisation_id, **FIELDS.get(operation.method, {}))


def outcome(running, operation, actor, organisation_id):
    """The error's class and arguments, or None."""
    try:
        running.ask(operation, request_of(operation, actor, organisation_id))
    except ConferralError as error:
        return type(error), error.args
    return None


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
    (credential_id,) = foreign.create("Ana")
    real = {
        "credential_id": credential_id,
        "group_id": foreign.group_id,
        "credentials": ((credential_id, 1),),
        "rows": (foreign.row("Ana"),),
    }
    for operation in OF_MEMBERS:
        if operation.method in {"create_group", "create_design", "request_publication", "send_test_email"}:
            continue  # their ids are the caller's own
        fields = FIELDS.get(operation.method, {})
        actor = Actor(session=member.session)
        unknown = outcome(running, operation, actor, member.organisation_id)
        monkeypatch.setitem(FIELDS, operation.method, {key: real.get(key, value) for key, value in fields.items()})
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


def test_an_operation_of_an_organisation_needs_one(running, member):
    for operation in OF_MEMBERS:
        assert outcome(running, operation, Actor(session=member.session), None)[0] is InvalidMessage, operation.name


def test_a_removed_member_is_out_at_once(running, member):
    rows = running.database.collection("memberships")
    rows.delete_many({"organisation_id": member.organisation_id, "person_id": member.person_id})
    with pytest.raises(NotFound):
        member.ask(groups.LIST_GROUPS)
