"""Amending what is published, telling of it or not, discarding it; and what did not go well, tried once more."""

from typing import Any

import pytest

from conferral.contracts.errors import Conflict
from conferral.contracts.rpc import credentials, publications
from services.credential_store.handlers.credentials import amend_credential, discard_version, get_credential
from services.credential_store.handlers.problems import list_problems
from tests.support.publishing import ACTOR, World, result


def current(world: World, credential_id: str) -> credentials.CredentialAnswer:
    return get_credential(world.context, credentials.GetCredential(actor=ACTOR, credential_id=credential_id))


def amended(world: World, credential_id: str, **values: Any) -> credentials.CredentialAnswer:
    now = current(world, credential_id).credential
    content = now.content.model_copy(update=values)
    request = credentials.AmendCredential(
        actor=ACTOR, credential_id=credential_id, revision=now.revision, content=content
    )
    return amend_credential(world.context, request)


def discarded(world: World, credential_id: str, revision: int) -> credentials.CredentialAnswer:
    request = credentials.DiscardVersion(actor=ACTOR, credential_id=credential_id, revision=revision)
    return discard_version(world.context, request)


def problems(world: World, publication_id: str, **fields: Any) -> publications.Problems:
    return list_problems(world.context, publications.ListProblems(actor=ACTOR, publication_id=publication_id, **fields))


@pytest.fixture
def live(world: World) -> str:
    """A published credential's id."""
    [(credential_id, _)] = pairs = world.create(1)
    world.publish_all(pairs)
    return credential_id


def test_an_amendment_of_what_is_published_shows_both_and_leaves_the_page_as_it_is(world: World, live: str) -> None:
    assert current(world, live).live is None
    answer = amended(world, live, name="Corrected Name")
    assert answer.live is not None
    assert (answer.credential.state, answer.credential.published_version) == ("draft", 1)
    assert answer.credential.content.name == "Corrected Name"
    assert answer.live.number == 1
    assert answer.live.content.name != "Corrected Name"
    assert world.rows("public")[0]["recipient_name"] == answer.live.content.name


def test_saving_without_a_change_begins_no_version(world: World, live: str) -> None:
    before = current(world, live).credential
    assert amended(world, live).credential == before


def test_a_new_version_is_told_of_only_if_asked(world: World, live: str) -> None:
    answer = amended(world, live, name="Corrected Name")
    publication_id = world.publish_all([(live, answer.credential.revision)])
    assert world.rows("public")[0]["recipient_name"] == "Corrected Name"
    assert [row["ordinal"] for row in world.rows("deliveries")] == [1]
    summary = world.summary(publication_id)
    assert (summary.status, summary.counts.not_told, summary.counts.published) == ("finished", 1, 1)
    again = amended(world, live, name="Corrected Twice")
    told = world.publish_all([(live, again.credential.revision)], tell_again=True)
    assert sorted(row["ordinal"] for row in world.rows("deliveries")) == [1, 2]
    assert world.summary(told).counts.not_told == 0


def test_who_was_never_published_is_told_whatever_was_ticked(world: World, live: str) -> None:
    answer = amended(world, live, name="Corrected Name")
    [(new, _)] = world.create(1)
    world.publish_all([(live, answer.credential.revision), (new, 1)])
    assert sorted(row["credential_id"] for row in world.rows("deliveries")) == sorted([live, new])


def test_a_discarded_version_leaves_what_is_live(world: World, live: str) -> None:
    before = current(world, live).credential
    answer = amended(world, live, name="Corrected Name")
    kept = discarded(world, live, answer.credential.revision)
    assert (kept.live, kept.credential.state) == (None, "published")
    assert kept.credential.content == before.content
    with pytest.raises(Conflict):
        discarded(world, live, kept.credential.revision)
    [row] = world.rows("credentials")
    assert any(token.startswith(before.content.email.split("@")[0][:5]) for token in row["search"])
    assert len(world.rows("audit", action="discard_version")) == 1


def test_a_version_that_somebody_changed_or_is_on_its_way_is_not_discarded(world: World, live: str) -> None:
    first = amended(world, live, name="Corrected Name")
    second = amended(world, live, name="Corrected Twice")
    with pytest.raises(Conflict):
        discarded(world, live, first.credential.revision)
    world.publish([(live, second.credential.revision)])
    world.expand()
    with pytest.raises(Conflict):
        discarded(world, live, current(world, live).credential.revision)


def test_cancelling_a_new_version_unpublishes_nothing(world: World, live: str) -> None:
    answer = amended(world, live, name="Corrected Name")
    publication_id = world.publish([(live, answer.credential.revision)])
    world.expand()
    world.cancel(publication_id)
    world.control()
    now = current(world, live)
    assert (now.credential.state, now.credential.published_version) == ("draft", 1)
    assert now.live is not None
    assert len(world.rows("public")) == 1


def test_what_failed_says_why_and_is_retried_by_a_publication_of_its_own(world: World) -> None:
    pairs = world.create(3)
    failing = pairs[1][0]
    publication_id = world.publish(pairs)
    world.expand()
    world.record(world.load(publication_id), failed=[failing])
    [problem] = problems(world, publication_id).problems
    assert (problem.kind, problem.credential.id, problem.reason) == ("failed", failing, "A glyph is missing.")
    again = world.publish_all([(failing, problem.credential.revision)])
    assert world.summary(again).counts.published == 1
    assert problems(world, publication_id).problems == ()


def test_emails_that_did_not_arrive_are_listed_with_the_servers_words(world: World) -> None:
    publication_id = world.publish_all(world.create(4))
    claimed = world.claim(row["_id"] for row in world.rows("deliveries"))
    world.advance(begin=claimed[:3])
    results = [result(claimed[0], "sent"), result(claimed[1], "failed"), result(claimed[2], "unconfirmed")]
    world.advance([one.model_copy(update={"server": f"5{index}0 no"}) for index, one in enumerate(results)])
    world.cancel(publication_id)
    world.control()
    found = {problem.kind: problem for problem in problems(world, publication_id).problems}
    assert set(found) == {"email_failed", "email_unconfirmed", "email_cancelled"}
    assert found["email_failed"].reason == "510 no"
    assert found["email_cancelled"].reason.startswith("The publication was cancelled")


def test_problems_come_in_pages_of_whole_chunks(world: World) -> None:
    publication_id = world.publish_all(world.create(150))
    world.cancel(publication_id)
    world.control()
    first = problems(world, publication_id, limit=50)
    assert (len(first.problems), first.next_chunk) == (100, 1)
    rest = problems(world, publication_id, from_chunk=1)
    assert (len(rest.problems), rest.next_chunk) == (50, None)
    assert len({problem.credential.id for problem in (*first.problems, *rest.problems)}) == 150
