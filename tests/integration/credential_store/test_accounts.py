import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.errors import InvalidInput, LimitExceeded, NotAuthenticated, NotFound
from conferral.contracts.rpc import accounts
from services.credential_store.domain import accounts as rules

PASSWORD = "correct horse battery staple"
NEW = "another long password"


def resume(running, session):
    return running.ask(accounts.RESUME_SESSION, accounts.ResumeSession(actor=Actor(session=session)))


def ask_reset(running, email, address="192.0.2.7"):
    request = accounts.RequestPasswordReset(actor=Actor(), email=email, client_address=address)
    return running.ask(accounts.REQUEST_PASSWORD_RESET, request)


def reset(running, token, password=NEW):
    return running.ask(accounts.RESET_PASSWORD, accounts.ResetPassword(actor=Actor(), token=token, password=password))


def create(running, **changes):
    given = {
        "name": "Northfield",
        "owner_name": "Olive Owner",
        "owner_email": "olive@mail.example",
        "password": PASSWORD,
        **changes,
    }
    request = accounts.CreateOrganisation(actor=Actor(service="admin"), **given)
    return running.ask(accounts.CREATE_ORGANISATION, request)


def test_a_session_tells_its_person_and_organisations(running, member):
    session = resume(running, member.session)
    assert session.person_id == member.person_id
    (membership,) = session.memberships
    assert (membership.organisation_id, membership.organisation_name) == (member.organisation_id, "Northfield")
    assert membership.role == "owner"


def test_the_store_keeps_only_the_hash_of_a_session(running, member):
    assert all(member.session not in str(row) for row in running.rows("sessions"))


def test_wrong_password_unknown_address_and_no_password_answer_alike_after_the_same_work(running):
    create(running)
    create(running, name="Other", owner_email="none@mail.example", password=None)
    errors, times = [], []
    for email in ["olive@mail.example", "nobody@mail.example", "none@mail.example"]:
        began = time.perf_counter()
        with pytest.raises(NotAuthenticated) as caught:
            running.sign_in(email, "wrong password")
        times.append(time.perf_counter() - began)
        errors.append(caught.value.args)
    assert errors[0] == errors[1] == errors[2]
    assert max(times) < 5 * min(times)


def test_an_address_is_found_whatever_its_case(running):
    create(running, owner_email="Olive@Mail.example")
    assert running.sign_in(" olive@mail.EXAMPLE ")


def test_signing_in_again_ends_the_session_that_was_there(running):
    create(running)
    first = running.sign_in("olive@mail.example")
    second = running.sign_in("olive@mail.example", actor=Actor(session=first))
    assert resume(running, second)
    with pytest.raises(NotAuthenticated):
        resume(running, first)


def test_signing_out_ends_the_session(running, member):
    running.ask(accounts.SIGN_OUT, accounts.SignOut(actor=Actor(session=member.session)))
    with pytest.raises(NotAuthenticated):
        resume(running, member.session)


def test_an_old_session_is_none(running, member):
    rows = running.database.collection("sessions")
    rows.update_many({}, {"$set": {"expires_at": running.application.clock() - timedelta(seconds=1)}})
    with pytest.raises(NotAuthenticated):
        resume(running, member.session)


def test_attempts_are_limited_per_account_known_or_not(running):
    create(running)
    for email in ["olive@mail.example", "nobody@mail.example"]:
        for number in range(rules.SIGN_IN_PER_ACCOUNT.most):
            with pytest.raises(NotAuthenticated):
                running.sign_in(email, "wrong", address=f"192.0.2.{number}")
        with pytest.raises(LimitExceeded):
            running.sign_in(email, address="198.51.100.1")


def test_attempts_are_limited_per_client_address(running, monkeypatch):
    monkeypatch.setattr(rules, "SIGN_IN_PER_ADDRESS", rules.Limit(3, 900.0))
    for number in range(3):
        with pytest.raises(NotAuthenticated):
            running.sign_in(f"nobody{number}@mail.example", "wrong")
    with pytest.raises(LimitExceeded):
        running.sign_in("somebody@mail.example", "wrong")
    with pytest.raises(NotAuthenticated):
        running.sign_in("somebody@mail.example", "wrong", address="198.51.100.1")


def test_what_limits_attempts_holds_no_address(running):
    with pytest.raises(NotAuthenticated):
        running.sign_in("nobody@mail.example", "wrong", address="203.0.113.9")
    stored = str(running.rows("attempts"))
    assert "nobody" not in stored
    assert "203.0.113.9" not in stored


def test_success_starts_the_count_over(running):
    create(running)
    for _ in range(3):
        for _ in range(rules.SIGN_IN_PER_ACCOUNT.most - 1):
            with pytest.raises(NotAuthenticated):
                running.sign_in("olive@mail.example", "wrong")
        assert running.sign_in("olive@mail.example")


def test_a_reset_by_email_changes_the_password_once_and_ends_all_sessions(running):
    create(running)
    sessions = [running.sign_in("olive@mail.example") for _ in range(2)]
    ask_reset(running, "Olive@mail.example")
    (delivery,) = running.rows("deliveries")
    (message,) = running.rows("outbox", kind="command")
    assert message["body"]["delivery_ids"] == [delivery["_id"]]
    assert message["body"]["organisation_id"] == delivery["organisation_id"] == "installation"
    assert (delivery["kind"], delivery["state"], delivery["to_address"]) == (
        "password_reset",
        "queued",
        "olive@mail.example",
    )
    start, token = delivery["values"]["reset_url"].rsplit("/", 1)
    assert start == "http://127.0.0.1:8800/reset"
    assert token not in str(running.rows("password_resets"))
    with pytest.raises(InvalidInput):
        reset(running, token, "short")
    reset(running, token)
    for session in sessions:
        with pytest.raises(NotAuthenticated):
            resume(running, session)
    with pytest.raises(NotFound):
        reset(running, token)
    with pytest.raises(NotAuthenticated):
        running.sign_in("olive@mail.example")
    assert running.sign_in("olive@mail.example", NEW)


def test_of_two_uses_of_one_link_at_once_one_counts(running):
    create(running)
    ask_reset(running, "olive@mail.example")
    token = running.rows("deliveries")[0]["values"]["reset_url"].rsplit("/", 1)[1]

    def use(password):
        try:
            reset(running, token, password)
        except NotFound:
            return None
        return password

    with ThreadPoolExecutor(2) as pool:
        used = [password for password in pool.map(use, ["first long password", "second long password"]) if password]
    assert len(used) == 1
    assert running.sign_in("olive@mail.example", used[0])


def test_an_old_link_is_refused(running):
    create(running)
    ask_reset(running, "olive@mail.example")
    token = running.rows("deliveries")[0]["values"]["reset_url"].rsplit("/", 1)[1]
    rows = running.database.collection("password_resets")
    rows.update_many({}, {"$set": {"expires_at": running.application.clock() - timedelta(seconds=1)}})
    with pytest.raises(NotFound):
        reset(running, token)


def test_asking_for_a_reset_tells_nobody_who_has_an_account(running):
    create(running)
    times = []
    for email in ["olive@mail.example", "nobody@mail.example"]:
        began = time.perf_counter()
        assert ask_reset(running, email)
        times.append(time.perf_counter() - began)
    assert min(times) >= 0.4
    assert abs(times[0] - times[1]) < 0.2
    assert len(running.rows("deliveries")) == 1
    for _ in range(3):
        ask_reset(running, "nobody@mail.example")
    with pytest.raises(LimitExceeded):
        ask_reset(running, "nobody@mail.example")


def test_an_organisation_is_created_once_even_when_asked_twice_at_once(running):
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: create(running), range(3)))
    assert len({(answer.organisation_id, answer.person_id) for answer in answers}) == 1
    assert sorted(answer.created for answer in answers) == [False, False, True]
    (organisation,) = running.rows("organisations")
    (key,) = running.rows("signing_keys")
    assert key["_id"] == organisation["key_id"]
    assert key["_id"].startswith(f"did:web:127.0.0.1%3A8801:o:{organisation['_id']}#")
    vault = running.application.tools.vault
    assert vault.unwrap(organisation["_id"], key["_id"], key["wrapped"])
    assert [row["_id"] for row in running.rows("status_lists")] == [organisation["status_list_id"]]


def test_an_owner_of_two_organisations_keeps_their_password(running):
    first = create(running)
    second = create(running, name="Southfield", password="something else entirely", operator=True)
    assert first.person_id == second.person_id
    assert first.organisation_id != second.organisation_id
    assert (first.known_owner, second.known_owner) == (False, True)
    session = resume(running, running.sign_in("olive@mail.example"))
    assert len(session.memberships) == 2
    assert session.operator


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "=?utf-8?q?x?="}, "name"),
        ({"owner_name": "A\u2028b"}, "owner_name"),
        ({"owner_email": "nobody"}, "owner_email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"url": "javascript:x"}, "url"),
        ({"password": "short"}, "password"),
    ],
)
def test_what_is_wrong_with_an_organisation_is_told_by_field(running, changes, field):
    with pytest.raises(InvalidInput) as caught:
        create(running, **changes)
    assert [name for name, _ in caught.value.problems] == [field]
    assert running.rows("organisations") == []
