"""One's own name, password and sessions."""

from datetime import timedelta

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.errors import InvalidInput, LimitExceeded, NotAuthenticated, NotFound
from conferral.contracts.rpc import accounts, my_account

PASSWORD = "correct horse battery staple"
NEW = "another long password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def ask(running, session, operation, **fields):
    return running.ask(operation, operation.request(actor=Actor(session=session), **fields))


def resume(running, session):
    return ask(running, session, accounts.RESUME_SESSION)


@pytest.fixture
def email(running, member):
    return resume(running, member.session).email


def test_a_new_name_is_what_colleagues_see(running, member):
    ask(running, member.session, my_account.CHANGE_NAME, name=" Olive  Nyong'o ")
    assert resume(running, member.session).name == "Olive  Nyong'o"
    with pytest.raises(InvalidInput):
        ask(running, member.session, my_account.CHANGE_NAME, name="=?utf-8?q?x?=")


def test_a_new_password_ends_all_other_sessions_and_keeps_this_one(running, member, email):
    other = running.sign_in(email)
    ask(running, member.session, my_account.CHANGE_PASSWORD, present=PASSWORD, password=NEW)
    assert resume(running, member.session)
    with pytest.raises(NotAuthenticated):
        resume(running, other)
    with pytest.raises(NotAuthenticated):
        running.sign_in(email)
    assert running.sign_in(email, NEW)


def test_without_the_present_password_nothing_changes(running, member, email):
    with pytest.raises(InvalidInput) as caught:
        ask(running, member.session, my_account.CHANGE_PASSWORD, present="a guess", password=NEW)
    assert caught.value.problems[0][0] == "present"
    with pytest.raises(InvalidInput) as caught:
        ask(running, member.session, my_account.CHANGE_PASSWORD, present=PASSWORD, password="short")
    assert caught.value.problems[0][0] == "password"
    assert running.sign_in(email)


def test_guessing_the_present_password_is_limited(running, member):
    for _ in range(10):
        with pytest.raises(InvalidInput):
            ask(running, member.session, my_account.CHANGE_PASSWORD, present="a guess", password=NEW)
    with pytest.raises(LimitExceeded):
        ask(running, member.session, my_account.CHANGE_PASSWORD, present="a guess", password=NEW)


def test_sessions_say_when_they_began_and_with_what(running, member, email):
    second = running.sign_in(email, user_agent=FIREFOX)
    sessions = ask(running, second, my_account.LIST_SESSIONS).sessions
    assert len(sessions) == 2
    (current,) = [session for session in sessions if session.current]
    assert current.user_agent == FIREFOX
    assert current.began_at <= current.last_used_at
    assert all(second not in session.id for session in sessions)


def test_the_last_use_of_a_session_is_noted_to_within_some_minutes(running, member):
    before = running.rows("sessions", person_id=member.person_id)[0]["last_used_at"]
    resume(running, member.session)
    assert running.rows("sessions", person_id=member.person_id)[0]["last_used_at"] == before
    running.database.collection("sessions").update_many(
        {"person_id": member.person_id}, {"$set": {"last_used_at": before - timedelta(minutes=6)}}
    )
    resume(running, member.session)
    assert running.rows("sessions", person_id=member.person_id)[0]["last_used_at"] >= before


def test_one_session_is_ended_and_nobody_elses(running, member, email):
    second = running.sign_in(email)
    stranger = running.organisation("Foreign")
    (foreign,) = ask(running, stranger.session, my_account.LIST_SESSIONS).sessions
    with pytest.raises(NotFound):
        ask(running, member.session, my_account.END_SESSION, session_id=foreign.id)
    (other,) = [one for one in ask(running, member.session, my_account.LIST_SESSIONS).sessions if not one.current]
    assert len(ask(running, member.session, my_account.END_SESSION, session_id=other.id).sessions) == 1
    with pytest.raises(NotAuthenticated):
        resume(running, second)
    assert resume(running, stranger.session)


def test_all_others_are_ended_at_once(running, member, email):
    others = [running.sign_in(email) for _ in range(3)]
    (kept,) = ask(running, member.session, my_account.END_OTHER_SESSIONS).sessions
    assert kept.current
    for other in others:
        with pytest.raises(NotAuthenticated):
            resume(running, other)


def test_nobody_without_a_session_has_an_account(running):
    for operation, fields in (
        (my_account.CHANGE_NAME, {"name": "Olive"}),
        (my_account.CHANGE_PASSWORD, {"present": PASSWORD, "password": NEW}),
        (my_account.LIST_SESSIONS, {}),
        (my_account.END_OTHER_SESSIONS, {}),
    ):
        with pytest.raises(NotAuthenticated):
            ask(running, "made up", operation, **fields)
