"""Resend Email: one more, to the address as it now is; never beside another one, and once however often it is asked."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials, emails
from services.credential_store.handlers.credentials import amend_credential, get_credential
from services.credential_store.handlers.emails import list_emails, resend_email
from tests.support.publishing import ACTOR, World, new_world, result


def resend(world: World, credential_id: str, after: int) -> emails.Emails:
    return resend_email(world.context, emails.ResendEmail(actor=ACTOR, credential_id=credential_id, after=after))


def shown(world: World, credential_id: str) -> emails.Emails:
    return list_emails(world.context, emails.ListEmails(actor=ACTOR, credential_id=credential_id))


def send(world: World, outcome: str = "sent") -> None:
    claimed = world.claim(row["_id"] for row in world.rows("deliveries", state="queued"))
    world.advance(begin=claimed)
    world.advance([result(one, outcome) for one in claimed])


@pytest.fixture
def live(world: World) -> str:
    """The id of a published credential whose email was refused."""
    [(credential_id, _)] = pairs = world.create(1)
    world.publish_all(pairs)
    send(world, "failed")
    return credential_id


def test_it_is_a_new_email_with_a_link_of_its_own_and_the_next_ordinal(world: World, live: str) -> None:
    answer = resend(world, live, 1)
    assert [(one.ordinal, one.state) for one in answer.emails] == [(2, "queued"), (1, "failed")]
    first, second = sorted(world.rows("deliveries"), key=lambda row: int(row["ordinal"]))
    assert first["message_id"] != second["message_id"]
    assert first["values"]["credential_url"] != second["values"]["credential_url"]
    assert first["values"]["recipient_name"] == second["values"]["recipient_name"]
    assert (first["template"], first["from_address"]) == (second["template"], second["from_address"])
    [command] = world.rows("outbox", routing_key="mailer.deliver", _id=second["command_id"])
    assert command["body"]["delivery_ids"] == [second["_id"]]
    assert len(world.rows("audit", action="resend_email", target=live)) == 1
    send(world)
    [credential] = world.rows("credentials")
    assert (credential["delivery_state"], credential["deliveries"]) == ("sent", 2)


def test_the_publication_counts_its_own_emails_only(world: World, live: str) -> None:
    [publication] = world.rows("publications")
    before = world.summary(publication["_id"])
    resend(world, live, 1)
    send(world)
    assert world.summary(publication["_id"]) == before


def test_asking_twice_at_once_sends_one(world: World, live: str) -> None:
    def ask(_: int) -> bool:
        try:
            resend(world, live, 1)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert any(pool.map(ask, range(2)))
    assert len(world.rows("deliveries")) == 2
    assert [one.ordinal for one in resend(world, live, 1).emails] == [2, 1]


def test_not_while_another_one_is_on_its_way(world: World) -> None:
    [(credential_id, _)] = pairs = world.create(1)
    world.publish_all(pairs)
    for prepare in (lambda: None, lambda: world.claim([world.rows("deliveries")[0]["_id"]])):
        prepare()
        with pytest.raises(Conflict, match="on its way"):
            resend(world, credential_id, 1)
    assert len(world.rows("deliveries")) == 1


def test_it_goes_to_the_address_of_the_version_that_is_live_now(world: World, live: str) -> None:
    now = get_credential(world.context, credentials.GetCredential(actor=ACTOR, credential_id=live)).credential
    content = now.content.model_copy(update={"email": "corrected@example.org"})
    amend = credentials.AmendCredential(actor=ACTOR, credential_id=live, revision=now.revision, content=content)
    draft = amend_credential(world.context, amend).credential
    assert shown(world, live).address == now.content.email
    world.publish_all([(live, draft.revision)])
    assert resend(world, live, 1).address == "corrected@example.org"
    assert [row["to_address"] for row in world.rows("deliveries", ordinal=2)] == ["corrected@example.org"]


def test_an_address_that_must_not_be_written_to_is_refused_with_the_reason(world: World, live: str) -> None:
    row = {"_id": new_id(), "organisation_id": world.organisation_id, "address": "recipient-0@example.org"}
    world.database.collection("suppressions").insert_one(row)
    with pytest.raises(Conflict, match="must not be written to"):
        resend(world, live, 1)


def test_what_has_no_page_has_no_email(world: World) -> None:
    [(draft, _)] = world.create(1)
    with pytest.raises(Conflict, match="not published"):
        resend(world, draft, 0)
    assert shown(world, draft).address is None


def test_what_was_revoked_is_not_written_about(world: World, live: str) -> None:
    rows = world.database.collection("credentials")
    rows.update_one({"_id": live, "organisation_id": world.organisation_id}, {"$set": {"state": "revoked"}})
    with pytest.raises(Conflict, match="not published"):
        resend(world, live, 1)


def test_what_a_cancelled_publication_did_not_send_can_be_sent_by_hand(world: World) -> None:
    [(credential_id, _)] = pairs = world.create(1)
    publication_id = world.publish_all(pairs)
    world.cancel(publication_id)
    world.control()
    resend(world, credential_id, 1)
    send(world)
    assert [one.state for one in shown(world, credential_id).emails] == ["sent", "cancelled"]


def test_strangers_resend_nothing(world: World, live: str) -> None:
    with pytest.raises(NotFound):
        resend(new_world(world.application, world.database), live, 1)
