"""Several questions in one call are answered as each alone would be, for the same person and by the same rules."""

import pytest

from conferral.contracts.errors import InvalidMessage, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials, groups, people, together


def question(operation, **request):
    return together.Question(operation=operation.name, request=request)


def ask(member, *questions):
    return member.ask(together.ASK_TOGETHER, questions=questions).answers


def test_each_is_answered_as_it_is_alone_and_in_order(member):
    member.create("Ana", "Ben")
    answers = ask(
        member,
        question(credentials.LIST_CREDENTIALS, search="ana"),
        question(groups.LIST_GROUPS),
        question(credentials.LIST_CREDENTIALS, limit=1),
    )
    alone = [
        member.ask(credentials.LIST_CREDENTIALS, search="ana"),
        member.ask(groups.LIST_GROUPS),
        member.ask(credentials.LIST_CREDENTIALS, limit=1),
    ]
    assert list(answers) == [one.encode() for one in alone]


def test_nobody_sees_more_than_with_single_questions(running, member):
    other = running.organisation("Other")
    with pytest.raises(NotFound):
        ask(member, question(groups.GET_GROUP, group_id=other.group_id))
    smuggled = {"organisation_id": other.organisation_id, "actor": {"session": other.session}}
    (answer,) = ask(member, question(groups.LIST_GROUPS, **smuggled))
    assert [group["id"] for group in answer["groups"]] == [member.group_id]


@pytest.mark.parametrize(
    "operation",
    [groups.AMEND_GROUP, credentials.DELETE_CREDENTIALS, people.LIST_INVITATIONS, together.ASK_TOGETHER],
    ids=lambda operation: operation.method,
)
def test_only_what_looks_can_be_asked_together(member, operation):
    with pytest.raises(InvalidMessage):
        ask(member, question(operation))


def test_the_error_of_one_is_the_error_of_the_call(member):
    with pytest.raises(NotFound):
        ask(member, question(groups.LIST_GROUPS), question(groups.GET_GROUP, group_id=new_id()))
    with pytest.raises(InvalidMessage):
        ask(member, question(groups.GET_GROUP, group_id=7))
