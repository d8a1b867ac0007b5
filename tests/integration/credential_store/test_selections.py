"""What a dialog freezes is what is published or deleted, however the list looks by then."""

from datetime import date, timedelta

import pytest

from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials, publications
from conferral.contracts.rpc import selections as contract
from conferral.contracts.rpc.credentials import CredentialFilter
from services.credential_store.handlers import selections as handler

TODAY = date.today()  # noqa: DTZ011 - days far from it are meant


def change(member, identifier, **fields):
    rows = member.store.database.collection("credentials")
    rows.update_one({"_id": identifier, "organisation_id": member.organisation_id}, {"$set": fields})


def test_all_that_match_are_frozen_with_their_number_and_what_to_warn_of(member):
    member.create(*[f"Person {number}" for number in range(210)])
    ids = member.create("Zoë One", "Zoë Two", "Zoë Three", "Zoë Four")
    change(member, ids[0], incomplete=True)
    change(member, ids[1], **{"content.issue_date": (TODAY + timedelta(days=9)).isoformat()})
    change(member, ids[2], **{"content.expiry_date": "2020-01-01"}, state="failed")
    change(member, ids[3], state="published", published_version=1)
    wanted = CredentialFilter(search="zoe")
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="publish", filter=wanted)
    assert (frozen.selected, frozen.left, frozen.groups) == (3, 1, (member.group_id,))
    assert (frozen.incomplete, frozen.expired, frozen.future) == (1, 1, 1)
    assert frozen.published_before == 0
    change(member, ids[0], published_version=1)  # incomplete: stays behind, so there is nothing to tell
    change(member, ids[1], published_version=1)
    assert member.ask(contract.FREEZE_SELECTION, purpose="publish", filter=wanted).published_before == 1
    day = date(2020, 1, 1)
    assert frozen.expiries == contract.Expiries(never=1, dated=1, first=day, last=day), (
        "the incomplete one stays behind"
    )
    every = member.ask(contract.FREEZE_SELECTION, purpose="publish", filter=CredentialFilter())
    assert (every.selected, every.left) == (213, 1)


def test_a_publication_of_a_frozen_selection_publishes_that_and_nothing_that_came_later(member):
    ids = member.create("Ana", "Ben", "Cai")
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="publish", filter=CredentialFilter(state="draft"))
    member.create("Dee")
    publication_id = new_id()
    for _ in range(2):  # the second Confirm is the same publication
        answer = member.ask(
            publications.REQUEST_PUBLICATION, publication_id=publication_id, selection_id=frozen.selection_id
        )
        assert answer.publication.counts.selected == 3
    (stored,) = member.store.rows("selections", organisation_id=member.organisation_id)
    assert sorted(pair[0] for pair in stored["pairs"]) == sorted(ids)


def test_a_selection_is_of_one_purpose_one_person_and_one_hour(running, member):
    member.create("Ana")
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="delete", filter=CredentialFilter())
    with pytest.raises(NotFound):
        member.ask(publications.REQUEST_PUBLICATION, publication_id=new_id(), selection_id=frozen.selection_id)
    colleague = running.colleague(member, "owner")
    with pytest.raises(NotFound):
        colleague.ask(contract.DELETE_SELECTION, selection_id=frozen.selection_id)
    rows = running.database.collection("frozen_selections")
    past = running.application.clock() - timedelta(seconds=1)
    rows.update_one({"organisation_id": member.organisation_id}, {"$set": {"expires_at": past}})
    with pytest.raises(NotFound, match="too old"):
        member.ask(contract.DELETE_SELECTION, selection_id=frozen.selection_id)


def test_deleting_goes_on_in_pieces_and_leaves_what_changed_or_was_published(member, monkeypatch):
    monkeypatch.setattr(handler, "_PIECE", 10)
    ids = member.create(*[f"Person {number}" for number in range(75)])
    change(member, ids[0], published_version=1)
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="delete", filter=CredentialFilter())
    assert (frozen.selected, frozen.left) == (74, 1)
    change(member, ids[1], revision=2)
    steps = [member.ask(contract.DELETE_SELECTION, selection_id=frozen.selection_id) for _ in range(3)]
    assert [(one.selected, one.done) for one in steps] == [(74, 50), (74, 74), (74, 74)]
    assert steps[-1].deleted == 73
    left = member.ask(credentials.LIST_CREDENTIALS)
    assert {one.id for one in left.credentials} == {ids[0], ids[1]}
    assert left.total == 2


def test_ticked_credentials_are_frozen_in_the_revision_that_was_seen(member):
    ids = member.create("Ana", "Ben")
    pairs = ((ids[0], 1), (ids[1], 7), (new_id(), 1))
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="delete", credentials=pairs)
    assert (frozen.selected, frozen.left) == (1, 2)
    for wrong in ({}, {"credentials": pairs, "filter": CredentialFilter()}):
        with pytest.raises(InvalidInput):
            member.ask(contract.FREEZE_SELECTION, purpose="delete", **wrong)


def test_more_than_can_be_selected_is_refused_and_nothing_is_stored(running, member, monkeypatch):
    monkeypatch.setattr(handler, "MOST_COUNTED", 2)
    member.create("Ana", "Ben", "Cai")
    with pytest.raises(LimitExceeded, match="Narrow the filter"):
        member.ask(contract.FREEZE_SELECTION, purpose="publish", filter=CredentialFilter())
    assert running.rows("frozen_selections") == []


def test_filters_are_kept_per_person_by_name_and_forgotten(running, member):
    colleague = running.colleague(member, "viewer")
    wanted = CredentialFilter(state="draft", search="zoe", issued_from=date(2026, 1, 1))
    first = new_id()
    member.ask(contract.SAVE_FILTER, filter_id=first, name="Mine", filter=CredentialFilter())
    member.ask(contract.SAVE_FILTER, filter_id=new_id(), name=" Mine ", filter=wanted, sort="name")
    colleague.ask(contract.SAVE_FILTER, filter_id=new_id(), name="Mine", filter=CredentialFilter())
    (kept,) = member.ask(contract.LIST_SAVED_FILTERS).filters
    assert (kept.name, kept.filter, kept.sort) == ("Mine", wanted, "name")
    with pytest.raises(NotFound):
        colleague.ask(contract.DELETE_SAVED_FILTER, filter_id=kept.id)
    with pytest.raises(Conflict):
        colleague.ask(contract.SAVE_FILTER, filter_id=kept.id, name="Theirs", filter=CredentialFilter())
    member.ask(contract.SAVE_FILTER, filter_id=kept.id, name="Renamed", filter=wanted)
    assert [one.name for one in member.ask(contract.LIST_SAVED_FILTERS).filters] == ["Renamed"]
    assert len(member.ask(contract.LIST_SAVED_FILTERS).filters) == 1
    member.ask(contract.DELETE_SAVED_FILTER, filter_id=kept.id)
    assert member.ask(contract.LIST_SAVED_FILTERS).filters == ()


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\u2028b"])
def test_a_name_with_a_mistake_keeps_nothing(member, name):
    with pytest.raises(InvalidInput):
        member.ask(contract.SAVE_FILTER, filter_id=new_id(), name=name, filter=CredentialFilter())
    assert member.ask(contract.LIST_SAVED_FILTERS).filters == ()


def test_a_dialog_warns_of_addresses_whose_last_email_failed_whichever_credential_it_was_about(member):
    ids = member.create("Ana", "Ben", "Cai")
    change(member, ids[0], address="away@example.org")
    change(member, ids[1], address="away@example.org", incomplete=True)
    among = {"organisation_id": member.organisation_id, "address": "away@example.org"}
    member.store.database.collection("failing_addresses").insert_one(among)
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="publish", filter=CredentialFilter())
    assert (frozen.selected, frozen.incomplete, frozen.unreachable) == (3, 1, 1)
    ticked = tuple((one, 1) for one in ids)
    assert member.ask(contract.CHECK_SELECTION, credentials=ticked).unreachable == 1
    gone = member.ask(contract.FREEZE_SELECTION, purpose="delete", filter=CredentialFilter())
    assert gone.unreachable == 0
    assert member.ask(contract.CHECK_SELECTION, credentials=((ids[0], 9), (new_id(), 1))).unreachable == 0


def test_why_ticked_ones_stay_is_told_by_reason(member):
    ids = member.create("Ana", "Ben", "Cai", "Dee", "Eve", "Fay")
    change(member, ids[0], state="published", published_version=1, revision=2)
    change(member, ids[1], state="published", published_version=1)
    change(member, ids[2], state="queued", revision=2)
    change(member, ids[3], revision=2)
    change(member, ids[4], state="failed")
    ticked = (*((one, 1) for one in ids), (new_id(), 1))
    frozen = member.ask(contract.FREEZE_SELECTION, purpose="delete", credentials=ticked)
    assert (frozen.selected, frozen.left) == (1, 6)
    assert {one.reason: one.count for one in frozen.staying} == {
        "published": 2,
        "moving": 1,
        "changed": 1,
        "failed": 1,
        "gone": 1,
    }
