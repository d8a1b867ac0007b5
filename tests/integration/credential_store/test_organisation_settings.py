"""What an owner settles about the organisation."""

import pytest

from conferral.contracts.errors import Conflict, InvalidInput
from conferral.contracts.rpc import accounts, groups, organisations, sending
from conferral.contracts.rpc.organisations import OrganisationContent


def change(member, revision, **fields):
    content = OrganisationContent(**{"name": "Northfield", "timezone": "UTC", **fields})
    return member.ask(organisations.CHANGE_ORGANISATION, revision=revision, content=content)


def test_what_is_saved_is_what_credentials_are_published_with_from_then_on(running, member):
    before = member.ask(organisations.GET_ORGANISATION)
    given = {
        "name": "Northfield College",
        "url": "https://northfield.example",
        "timezone": "Asia/Kathmandu",
        "postal_address": "1 Field Lane\nNorthfield",
        "logo": "ab" * 32,
    }
    after = change(member, before.revision, **given)
    assert after.revision == before.revision + 1
    assert after.content == OrganisationContent(**given)
    profile = member.ask(groups.GET_GROUP, group_id=member.group_id).organisation
    assert {name: getattr(profile, name) for name in given} == given
    (row,) = running.rows("audit", organisation_id=member.organisation_id, action="change_organisation")
    assert row["details"]["fields"] == [*sorted(given), "sender_name"]
    assert "Field Lane" not in str(row)


def test_of_two_owners_who_save_at_once_the_second_learns_of_the_first(member):
    revision = member.ask(organisations.GET_ORGANISATION).revision
    change(member, revision, name="First")
    with pytest.raises(Conflict):
        change(member, revision, name="Second")
    assert member.ask(organisations.GET_ORGANISATION).content.name == "First"


def test_an_organisation_of_before_there_were_revisions_can_be_changed(running, member):
    rows = running.database.collection("organisations")
    rows.update_one({"_id": member.organisation_id}, {"$unset": {"revision": ""}})
    assert member.ask(organisations.GET_ORGANISATION).revision == 0
    assert change(member, 0, name="Renamed").revision == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "=?utf-8?q?x?="),
        ("url", "javascript:alert(1)"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("postal_address", "line\n" * 150),
    ],
)
def test_what_will_not_do_is_named_and_nothing_is_stored(member, field, value):
    revision = member.ask(organisations.GET_ORGANISATION).revision
    with pytest.raises(InvalidInput) as caught:
        change(member, revision, **{"url": "https://northfield.example", field: value})
    assert [path for path, _ in caught.value.problems] == [f"content.{field}"]
    after = member.ask(organisations.GET_ORGANISATION)
    assert (after.revision, after.content.url) == (revision, None)


def test_saving_what_is_there_already_changes_nothing(running, member):
    before = member.ask(organisations.GET_ORGANISATION)
    assert change(member, before.revision).revision == before.revision
    assert running.rows("audit", organisation_id=member.organisation_id, action="change_organisation") == []


def test_a_new_time_zone_is_what_today_means_to_everybody(running, member):
    change(member, member.ask(organisations.GET_ORGANISATION).revision, timezone="Pacific/Auckland")
    (membership,) = member.ask(accounts.RESUME_SESSION).memberships
    assert membership.timezone == "Pacific/Auckland"


def test_the_sender_name_follows_the_organisation_s_name_while_the_two_are_the_same(member):
    change(member, member.ask(organisations.GET_ORGANISATION).revision, name="Renamed")
    emails = member.ask(sending.GET_SENDING)
    assert emails.content.sender_name == "Renamed"
    own = emails.content.model_copy(update={"sender_name": "Our office"})
    with pytest.raises(Conflict):  # a form that was open before does not bring the old name back
        member.ask(sending.CHANGE_SENDING, revision=emails.revision - 1, content=own)
    member.ask(sending.CHANGE_SENDING, revision=emails.revision, content=own)
    change(member, member.ask(organisations.GET_ORGANISATION).revision, name="Renamed again")
    assert member.ask(sending.GET_SENDING).content.sender_name == "Our office"
