"""How an organisation's emails leave: who may settle it, what is kept secret, what the mailer is told."""

import pytest
from cryptography.exceptions import InvalidTag

from conferral.contracts.actors import Actor
from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.rpc import deliveries, groups, sending
from conferral.contracts.rpc.sending import MailServer, SendingContent

SECRET = "the relay's own password"
SERVER = MailServer(host="smtp.northfield.example", port=587, tls="starttls", user="northfield")


def change(member, password=None, revision=None, **fields):
    before = member.ask(sending.GET_SENDING)
    content = SendingContent(**{**before.content.model_dump(), **fields})
    revision = before.revision if revision is None else revision
    return member.ask(sending.CHANGE_SENDING, revision=revision, content=content, password=password)


def for_the_mailer(running, member):
    request = sending.GetMailServer(actor=Actor(service="mailer"), organisation_id=member.organisation_id)
    return running.ask(sending.GET_MAIL_SERVER, request)


def claim(running, organisation_id, *delivery_ids):
    request = deliveries.ClaimDeliveries(
        actor=Actor(service="mailer"), organisation_id=organisation_id, delivery_ids=delivery_ids
    )
    return running.ask(deliveries.CLAIM_DELIVERIES, request)


def record(running, member, delivery, outcome, server):
    result = deliveries.DeliveryResult(
        delivery_id=delivery.delivery_id, fence=delivery.fence, outcome=outcome, server=server
    )
    for results, begin in (((), ((delivery.delivery_id, delivery.fence),)), ((result,), ())):
        request = deliveries.AdvanceDeliveries(
            actor=Actor(service="mailer"), organisation_id=member.organisation_id, results=results, begin=begin
        )
        running.ask(deliveries.ADVANCE_DELIVERIES, request)


def test_a_new_sender_is_what_credentials_are_published_with(member):
    answer = change(member, sender_name="Examinations", sender_address="exams@northfield.example", reply_to=None)
    assert answer.content.sender_address == "exams@northfield.example"
    profile = member.ask(groups.GET_GROUP, group_id=member.group_id).organisation
    assert (profile.sender_name, profile.sender_address) == ("Examinations", "exams@northfield.example")


def test_a_password_goes_in_and_comes_out_for_the_mailer_only(running, member):
    answer = change(member, SECRET, server=SERVER)
    assert answer.has_password
    assert SECRET not in str(answer.encode())
    assert SECRET not in str(member.ask(sending.GET_SENDING).encode())
    for collection in ("organisations", "audit", "outbox", "deliveries"):
        assert SECRET not in str(running.rows(collection)), collection
    told = for_the_mailer(running, member)
    assert (told.server, told.password) == (SERVER, SECRET)
    assert SECRET not in repr(told)


def test_a_password_is_bound_to_its_organisation(running, member):
    foreign = running.organisation("Foreign")
    change(foreign, SECRET, server=SERVER)
    (row,) = running.rows("organisations", _id=foreign.organisation_id)
    rows = running.database.collection("organisations")
    rows.update_one({"_id": member.organisation_id}, {"$set": {"smtp": row["smtp"]}})
    with pytest.raises(InvalidTag):
        for_the_mailer(running, member)


def test_a_kept_password_stays_with_its_server_and_goes_to_no_other(running, member):
    change(member, SECRET, server=SERVER)
    change(member, server=SERVER, sender_name="Renamed")
    assert for_the_mailer(running, member).password == SECRET
    for other in ({"host": "evil.example"}, {"user": "other"}, {"port": 2525}, {"tls": "tls"}):
        with pytest.raises(InvalidInput) as caught:
            change(member, server=SERVER.model_copy(update=other))
        assert caught.value.problems[0][0] == "content.password"
    assert change(member, server=SERVER.model_copy(update={"user": ""})).has_password is False


def test_of_two_owners_who_save_at_once_the_second_learns_of_the_first(member):
    revision = member.ask(sending.GET_SENDING).revision
    change(member, sender_name="First")
    with pytest.raises(Conflict):
        change(member, revision=revision, sender_name="Second")
    assert member.ask(sending.GET_SENDING).content.sender_name == "First"


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("sender_name", {"sender_name": "x\r\nBcc: all@mail.example"}),
        ("sender_address", {"sender_address": "nobody"}),
        ("reply_to", {"reply_to": "a@b@c"}),
        ("server.host", {"server": SERVER.model_copy(update={"host": "not a host"})}),
    ],
)
def test_what_will_not_do_is_named_and_nothing_is_stored(member, field, fields):
    before = member.ask(sending.GET_SENDING)
    with pytest.raises(InvalidInput) as caught:
        change(member, "password", **fields)
    assert caught.value.problems[0][0] == f"content.{field}"
    assert member.ask(sending.GET_SENDING) == before


def test_the_mailer_learns_with_each_claim_whose_server_to_use(running, member):
    test_id = new_id()
    member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    assert claim(running, member.organisation_id).sending == 0
    assert claim(running, member.organisation_id, test_id).sending == 0
    revision = change(member, SECRET, server=SERVER).revision
    assert claim(running, member.organisation_id, test_id).sending == revision
    assert claim(running, INSTALLATION, test_id).sending == 0
    change(member, server=None)
    assert claim(running, member.organisation_id, test_id).sending == 0


def test_a_test_email_goes_to_oneself_once_and_tells_the_servers_words(running, member):
    test_id = new_id()
    for _ in range(2):
        sent = member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    assert sent.state == "queued"
    (row,) = running.rows("deliveries", kind="test")
    assert row["to_address"] == sent.to_address
    (delivery,) = claim(running, member.organisation_id, test_id).deliveries
    record(running, member, delivery, "sent", "250 2.0.0 Ok: queued as 4Zx")
    told = member.ask(sending.GET_TEST_EMAIL, delivery_id=test_id)
    assert (told.state, told.server) == ("sent", "250 2.0.0 Ok: queued as 4Zx")


def test_a_test_email_that_is_put_off_ends_soon_with_the_servers_words(running, member):
    test_id = new_id()
    member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    rows = running.database.collection("deliveries")
    for state in ("queued", "failed"):
        due = {"next_attempt_at": running.application.clock()}
        rows.update_many({"organisation_id": member.organisation_id}, {"$set": due})
        (delivery,) = claim(running, member.organisation_id, test_id).deliveries
        record(running, member, delivery, "release", "535 5.7.8 Authentication credentials invalid")
        told = member.ask(sending.GET_TEST_EMAIL, delivery_id=test_id)
        assert (told.state, told.server) == (state, "535 5.7.8 Authentication credentials invalid")


def test_test_emails_are_limited_and_foreign_ones_unknown(running, member):
    test_id = new_id()
    member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    foreign = running.organisation("Foreign")
    with pytest.raises(NotFound):
        foreign.ask(sending.GET_TEST_EMAIL, delivery_id=test_id)
    with pytest.raises(NotFound):
        foreign.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    for _ in range(19):
        member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    with pytest.raises(LimitExceeded):
        member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)


def test_a_key_is_made_here_and_its_private_half_goes_to_the_mailer_only(running, member):
    change(member, sender_address="exams@northfield.example")
    made = member.ask(sending.CREATE_DKIM_KEY, revision=member.ask(sending.GET_SENDING).revision)
    assert (made.dkim.domain, made.dkim.active) == ("northfield.example", False)
    assert "PRIVATE" not in str(made.encode())
    assert "PRIVATE" not in str(running.rows("organisations"))
    test_id = new_id()
    member.ask(sending.SEND_TEST_EMAIL, delivery_id=test_id)
    assert claim(running, member.organisation_id, test_id).sending == 0, "nothing is signed before it is switched on"
    on = member.ask(sending.SWITCH_DKIM, revision=made.revision, active=True)
    assert claim(running, member.organisation_id, test_id).sending == on.revision
    told = for_the_mailer(running, member)
    assert told.server is None
    assert told.dkim == on.dkim
    assert told.dkim_private_key.startswith("-----BEGIN PRIVATE KEY-----")
    assert "PRIVATE" not in repr(told)
    off = member.ask(sending.SWITCH_DKIM, revision=on.revision, active=False)
    assert not off.dkim.active
    assert for_the_mailer(running, member).dkim_private_key == ""


def test_a_key_signs_only_for_the_domain_that_it_was_made_for(member):
    change(member, sender_address="exams@northfield.example")
    revision = member.ask(sending.CREATE_DKIM_KEY, revision=member.ask(sending.GET_SENDING).revision).revision
    with pytest.raises(Conflict):
        member.ask(sending.SWITCH_DKIM, revision=revision - 1, active=True)
    revision = change(member, sender_address="exams@southfield.example").revision
    with pytest.raises(InvalidInput):
        member.ask(sending.SWITCH_DKIM, revision=revision, active=True)
