"""Who belongs to an organisation: roles, invitations, removal; and that it always keeps an owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.errors import (
    ConferralError,
    Conflict,
    InvalidInput,
    LimitExceeded,
    NotAuthenticated,
    NotFound,
    NotPermitted,
)
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts, groups, people

PASSWORD = "correct horse battery staple"
GUEST = "dana@mail.example"


def invite(member, email=GUEST, role="drafter", invitation_id=None):
    return member.ask(people.INVITE_PERSON, invitation_id=invitation_id or new_id(), email=email, role=role).invitations


def tokens(running, address=GUEST):
    sent = [row for row in running.rows("deliveries", kind="invitation") if row["to_address"] == address]
    links = [row["values"]["invitation_url"] for row in sorted(sent, key=lambda row: row["created_at"])]
    return [link.removeprefix("http://127.0.0.1:8800/invitation/") for link in links]


def look(running, token):
    return running.ask(people.LOOK_AT_INVITATION, people.LookAtInvitation(actor=Actor(), token=token))


def accept(running, token, **changes):
    given = {"name": "Dana Drafter", "password": PASSWORD, **changes}
    request = people.AcceptInvitation(actor=Actor(), token=token, **given)
    return running.ask(people.ACCEPT_INVITATION, request).session


def join(running, token, session):
    return running.ask(people.JOIN_INVITATION, people.JoinInvitation(actor=Actor(session=session), token=token))


def resume(running, session):
    return running.ask(accounts.RESUME_SESSION, accounts.ResumeSession(actor=Actor(session=session)))


def roles(member):
    return {person.name: person.role for person in member.ask(people.LIST_PEOPLE).people}


def audited(running, member):
    return [row["action"] for row in running.rows("audit", organisation_id=member.organisation_id)]


def test_an_invited_person_joins_with_the_role_and_works_at_once(running, member):
    (invitation,) = invite(member)
    assert (invitation.email, invitation.role, invitation.expired) == (GUEST, "drafter", False)
    (token,) = tokens(running)
    shown = look(running, token)
    assert (shown.organisation_name, shown.email, shown.role, shown.known) == ("Northfield", GUEST, "drafter", False)
    session = accept(running, token)
    (membership,) = resume(running, session).memberships
    assert (membership.organisation_id, membership.role) == (member.organisation_id, "drafter")
    assert roles(member) == {"Dana Drafter": "drafter", "Olive Owner": "owner"}
    assert member.ask(people.LIST_INVITATIONS).invitations == ()
    assert running.sign_in(GUEST)
    assert {"invite_person", "accept_invitation"} <= set(audited(running, member))


def test_the_store_keeps_only_the_hash_of_an_invitations_token(running, member):
    invite(member)
    (token,) = tokens(running)
    assert all(token not in str(row) for row in running.rows("invitations"))
    assert all(token not in str(row) for row in running.rows("outbox"))


def test_an_invitation_works_once(running, member):
    invite(member)
    (token,) = tokens(running)
    accept(running, token)
    for use in (look, accept):
        with pytest.raises(NotFound):
            use(running, token)


def test_of_two_uses_of_one_invitation_at_once_one_counts(running, member):
    invite(member)
    (token,) = tokens(running)

    def use(name):
        try:
            return accept(running, token, name=name)
        except (NotFound, Conflict):
            return None

    with ThreadPoolExecutor(2) as pool:
        sessions = [session for session in pool.map(use, ["Dana One", "Dana Two"]) if session]
    assert len(sessions) == 1
    assert len(running.rows("memberships", organisation_id=member.organisation_id)) == 2


def test_an_expired_invitation_is_refused_and_shown_as_expired(running, member):
    invite(member)
    (token,) = tokens(running)
    past = running.application.clock() - timedelta(seconds=1)
    running.database.collection("invitations").update_many(
        {"organisation_id": member.organisation_id}, {"$set": {"expires_at": past}}
    )
    for use in (look, accept):
        with pytest.raises(NotFound):
            use(running, token)
    (invitation,) = member.ask(people.LIST_INVITATIONS).invitations
    assert invitation.expired


def test_a_withdrawn_invitation_is_refused(running, member):
    (invitation,) = invite(member)
    (token,) = tokens(running)
    assert member.ask(people.WITHDRAW_INVITATION, invitation_id=invitation.id).invitations == ()
    with pytest.raises(NotFound):
        accept(running, token)
    with pytest.raises(NotFound):
        member.ask(people.WITHDRAW_INVITATION, invitation_id=invitation.id)


def test_sending_again_makes_a_new_link_and_the_old_one_useless(running, member):
    (invitation,) = invite(member)
    (again,) = member.ask(people.RESEND_INVITATION, invitation_id=invitation.id).invitations
    assert again.id == invitation.id
    old, new = tokens(running)
    with pytest.raises(NotFound):
        accept(running, old)
    assert accept(running, new)


def test_inviting_twice_with_one_id_sends_once(running, member):
    invitation_id = new_id()
    assert invite(member, invitation_id=invitation_id) == invite(member, invitation_id=invitation_id)
    assert len(tokens(running)) == 1
    with pytest.raises(Conflict):
        invite(member, "other@mail.example", invitation_id=invitation_id)


def test_an_address_that_is_invited_or_belongs_already_is_refused_whatever_its_case(running, member):
    invite(member)
    with pytest.raises(InvalidInput) as caught:
        invite(member, "Dana@Mail.example")
    assert caught.value.problems[0][0] == "email"
    accept(running, tokens(running)[0])
    with pytest.raises(InvalidInput, match="correct"):
        invite(member, "DANA@mail.example")
    with pytest.raises(InvalidInput):
        invite(member, "no address")


def test_one_mailbox_is_not_flooded(running, member):
    (invitation,) = invite(member)
    for _ in range(4):
        member.ask(people.RESEND_INVITATION, invitation_id=invitation.id)
    with pytest.raises(LimitExceeded):
        member.ask(people.RESEND_INVITATION, invitation_id=invitation.id)
    assert len(tokens(running)) == 5


def test_a_person_with_an_account_signs_in_to_join_and_keeps_their_password(running, member):
    other = running.organisation("Southfield")
    address = resume(running, other.session).email
    invite(member, address, "publisher")
    (token,) = tokens(running, address)
    assert look(running, token).known
    with pytest.raises(Conflict):
        accept(running, token, password="somebody else's password")
    assert join(running, token, other.session).organisation_id == member.organisation_id
    assert {one.role for one in resume(running, other.session).memberships} == {"owner", "publisher"}
    assert running.sign_in(address)


def test_a_forwarded_invitation_lets_nobody_else_join(running, member):
    other = running.organisation("Southfield")
    invite(member)
    (token,) = tokens(running)
    with pytest.raises(NotPermitted):
        join(running, token, other.session)
    assert accept(running, token), "and is still good for its own address"


def test_a_short_password_leaves_the_invitation_good(running, member):
    invite(member)
    (token,) = tokens(running)
    with pytest.raises(InvalidInput) as caught:
        accept(running, token, name="", password="short")
    assert {path for path, _ in caught.value.problems} == {"name", "password"}
    assert accept(running, token)


def test_a_changed_role_holds_at_once(running, member):
    colleague = running.colleague(member, "viewer")
    create = {"group_id": new_id(), "content": groups.GroupContent(name="New", design_id=member.design_id)}
    with pytest.raises(NotPermitted):
        colleague.ask(groups.CREATE_GROUP, **create)
    member.ask(people.CHANGE_ROLE, person_id=colleague.person_id, before="viewer", role="publisher")
    assert colleague.ask(groups.CREATE_GROUP, **create)
    assert "change_role" in audited(running, member)


def test_a_role_that_somebody_else_changed_in_between_is_a_conflict(running, member):
    colleague = running.colleague(member, "viewer")
    member.ask(people.CHANGE_ROLE, person_id=colleague.person_id, before="viewer", role="drafter")
    with pytest.raises(Conflict):
        member.ask(people.CHANGE_ROLE, person_id=colleague.person_id, before="viewer", role="publisher")
    assert "drafter" in {person.role for person in member.ask(people.LIST_PEOPLE).people}


def test_a_removed_persons_sessions_end_at_once(running, member):
    colleague = running.colleague(member, "drafter")
    remaining = member.ask(people.REMOVE_PERSON, person_id=colleague.person_id).people
    assert [person.person_id for person in remaining] == [member.person_id]
    with pytest.raises(NotAuthenticated):
        resume(running, colleague.session)
    with pytest.raises(NotFound):
        member.ask(people.REMOVE_PERSON, person_id=colleague.person_id)


def test_the_last_owner_can_neither_be_demoted_nor_removed(running, member):
    with pytest.raises(Conflict):
        member.ask(people.CHANGE_ROLE, person_id=member.person_id, before="owner", role="viewer")
    with pytest.raises(Conflict):
        member.ask(people.REMOVE_PERSON, person_id=member.person_id)
    assert roles(member) == {"Olive Owner": "owner"}
    assert resume(running, member.session), "and stays signed in"


def test_two_owners_who_demote_each_other_at_once_leave_one(running, member):
    second = running.colleague(member, "owner")

    def demote(pair):
        who, whom = pair
        try:
            who.ask(people.CHANGE_ROLE, person_id=whom.person_id, before="owner", role="viewer")
        except ConferralError:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(demote, [(member, second), (second, member)]))
    rows = running.rows("memberships", organisation_id=member.organisation_id)
    assert done == 1
    assert [row["role"] for row in rows].count("owner") == 1


def test_people_of_a_foreign_organisation_cannot_be_touched(running, member):
    foreign = running.organisation("Foreign")
    (theirs,) = invite(foreign)
    for operation, fields in (
        (people.CHANGE_ROLE, {"person_id": foreign.person_id, "before": "owner", "role": "viewer"}),
        (people.REMOVE_PERSON, {"person_id": foreign.person_id}),
        (people.RESEND_INVITATION, {"invitation_id": theirs.id}),
        (people.WITHDRAW_INVITATION, {"invitation_id": theirs.id}),
    ):
        with pytest.raises(NotFound):
            member.ask(operation, **fields)
    assert len(foreign.ask(people.LIST_INVITATIONS).invitations) == 1


def test_the_installations_operator_sees_no_organisations_data(running, member):
    operator = running.organisation("Operations", operator=True)
    assert resume(running, operator.session).operator
    for operation in (people.LIST_PEOPLE, people.LIST_INVITATIONS, groups.LIST_GROUPS):
        with pytest.raises(NotFound):
            running.ask(
                operation,
                operation.request(actor=Actor(session=operator.session), organisation_id=member.organisation_id),
            )
