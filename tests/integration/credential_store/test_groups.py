"""Groups and designs: changed, archived, and what their credentials follow."""

import base64
from datetime import date

import pytest

from conferral.contracts.errors import Conflict, InvalidInput, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials, designs, groups
from conferral.contracts.wording import EmailWording
from services.credential_store.adapters.migrations import migrate

PNG = b"\x89PNG\r\n\x1a\n" + b"rest of a picture"


def content(member, **fields):
    return groups.GroupContent(**{"name": "Chemistry 101", "design_id": member.design_id, **fields})


def amend(member, revision=1, **fields):
    return member.ask(
        groups.AMEND_GROUP, group_id=member.group_id, revision=revision, content=content(member, **fields)
    )


def listed(member, **fields):
    return [group.id for group in member.ask(groups.LIST_GROUPS, **fields).groups]


def test_a_group_keeps_everything_that_was_entered(member):
    image = member.ask(designs.STORE_IMAGE, content=base64.b64encode(PNG).decode()).digest
    fields = {
        "name": "Chimie 101",
        "description": "About matter.\nAnd more.",
        "criteria_url": "https://example.org/criteria",
        "tags": ("chemistry", "化学"),
        "language": "fr",
        "visibility": "public",
        "image": image,
        "sender_name": "École du Nord",
        "reply_to": "office@example.org",
        "duplicates": "refuse",
        "expiry": groups.DefaultExpiry(kind="period", amount=18, unit="months"),
    }
    answer = amend(member, **fields)
    assert answer.group.content == content(member, **fields)
    assert answer.group.revision == 2
    assert answer.profile.image == image
    assert (answer.organisation.sender_name, answer.organisation.reply_to) == ("École du Nord", "office@example.org")


def test_of_two_changes_at_once_the_second_is_told_and_changes_nothing(member):
    amend(member, name="Hers")
    with pytest.raises(Conflict):
        amend(member, name="His")
    assert member.ask(groups.GET_GROUP, group_id=member.group_id).group.content.name == "Hers"


def test_a_change_is_audited_with_the_names_of_fields_and_no_values(member):
    amend(member, name="Other", reply_to="office@example.org")
    (row,) = member.store.rows("audit", organisation_id=member.organisation_id, action="amend_group")
    assert row["details"] == {"fields": ["name", "reply_to"]}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": " "}, "name"),
        ({"sender_name": "=?utf-8?q?a=0d=0a?="}, "sender_name"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"criteria_url": "javascript:alert(1)"}, "criteria_url"),
        ({"image": "ab" * 32}, "image"),
        ({"tags": ("x" * 61,)}, "tags.0"),
        ({"expiry": groups.DefaultExpiry(kind="period", amount=0, unit="years")}, "expiry"),
        ({"expiry": groups.DefaultExpiry(kind="period", amount=101, unit="years")}, "expiry"),
        ({"expiry": groups.DefaultExpiry(kind="date")}, "expiry"),
        ({"expiry": groups.DefaultExpiry(kind="date", day=date(1800, 1, 1))}, "expiry"),
    ],
)
def test_what_is_wrong_with_a_group_is_said_by_field_and_nothing_is_changed(member, fields, wrong):
    with pytest.raises(InvalidInput) as refused:
        amend(member, **fields)
    assert [path for path, _ in refused.value.problems] == [wrong]
    assert member.ask(groups.GET_GROUP, group_id=member.group_id).group.revision == 1


def test_another_organisations_design_and_group_are_unknown(running, member):
    other = running.organisation("Other")
    with pytest.raises(InvalidInput):
        amend(member, design_id=other.design_id)
    fields = {"group_id": other.group_id, "revision": 1, "content": content(member)}
    with pytest.raises(NotFound):
        member.ask(groups.AMEND_GROUP, **fields)


def test_an_archived_group_is_listed_apart_and_takes_no_new_credentials(member):
    second = new_id()
    member.ask(groups.CREATE_GROUP, group_id=second, content=content(member, name="Second"))
    (kept,) = member.create("Ana Maria")
    member.ask(groups.ARCHIVE_GROUP, group_id=member.group_id, revision=1, archived=True)
    assert listed(member) == [second]
    assert listed(member, archived=True) == [member.group_id]
    with pytest.raises(Conflict, match="archive"):
        member.create("Too late")
    assert member.ask(credentials.GET_CREDENTIAL, credential_id=kept).credential.state == "draft"
    with pytest.raises(Conflict):
        member.ask(groups.ARCHIVE_GROUP, group_id=member.group_id, revision=1, archived=False)
    answer = member.ask(groups.ARCHIVE_GROUP, group_id=member.group_id, revision=2, archived=False)
    assert not answer.group.archived
    assert listed(member) == [second, member.group_id]
    assert listed(member, archived=True) == []
    member.create("In time again")


def test_pages_of_the_archive_continue_where_they_ended(member):
    made = [new_id() for _ in range(5)]
    for group_id in made:
        member.ask(groups.CREATE_GROUP, group_id=group_id, content=content(member))
        member.ask(groups.ARCHIVE_GROUP, group_id=group_id, revision=1, archived=True)
    first = member.ask(groups.LIST_GROUPS, archived=True, limit=3)
    second = member.ask(groups.LIST_GROUPS, archived=True, limit=3, cursor=first.cursor)
    assert [group.id for group in (*first.groups, *second.groups)] == made[::-1]
    assert second.cursor is None


def test_a_design_is_changed_by_compare_and_set(member):
    change = {"design_id": member.design_id, "plugin_version": "1.0", "options": {"colour": "#445566"}}
    answer = member.ask(designs.AMEND_DESIGN, revision=1, name="Plain and blue", **change)
    assert (answer.design.name, answer.design.revision) == ("Plain and blue", 2)
    assert answer.design.pin.options == {"colour": "#445566"}
    with pytest.raises(Conflict):
        member.ask(designs.AMEND_DESIGN, revision=1, name="Plain and red", **change)
    assert member.ask(designs.GET_DESIGN, design_id=member.design_id).design.name == "Plain and blue"
    assert member.ask(groups.GET_GROUP, group_id=member.group_id).design.options == {"colour": "#445566"}


def test_a_design_from_before_there_were_revisions_can_be_changed_once_from_the_first(member):
    rows = member.store.database.collection("designs")
    rows.update_one({"_id": member.design_id, "organisation_id": member.organisation_id}, {"$unset": {"revision": ""}})
    change = {"design_id": member.design_id, "plugin_version": "1.0", "options": {}, "name": "Plain"}
    assert member.ask(designs.AMEND_DESIGN, revision=1, **change).design.revision == 2
    with pytest.raises(Conflict):
        member.ask(designs.AMEND_DESIGN, revision=1, **change)


def test_a_design_names_its_newest_groups_and_says_when_there_are_more(member):
    made = [new_id() for _ in range(4)]
    for number, group_id in enumerate(made):
        member.ask(groups.CREATE_GROUP, group_id=group_id, content=content(member, name=f"Group {number}"))
    unused = new_id()
    fields = {"name": "Unused", "plugin_id": "minimal", "plugin_version": "1.0", "options": {}}
    member.ask(groups.CREATE_DESIGN, design_id=unused, **fields)
    used, idle = member.ask(designs.USES_OF_DESIGNS, design_ids=(member.design_id, unused)).uses
    assert [group.name for group in used.groups] == ["Group 3", "Group 2", "Group 1"]
    assert used.more
    assert (idle.groups, idle.more) == ((), False)


@pytest.mark.parametrize("raw", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"", b"\x89PNG"])
def test_only_png_and_jpeg_are_kept_as_images(member, raw):
    with pytest.raises(InvalidInput):
        member.ask(designs.STORE_IMAGE, content=base64.b64encode(raw).decode())


def test_the_same_image_is_kept_once(member):
    stored = [member.ask(designs.STORE_IMAGE, content=base64.b64encode(PNG).decode()).digest for _ in range(2)]
    assert len(set(stored)) == 1
    assert member.store.application.store.publishing.blobs.get(stored[0]) == (PNG, "image/png")


WORDS = EmailWording(subject="  {recipient name}\u202e: your certificate", body="One.\r\n\r\nTwo {grade}.\r\n")
STORED = EmailWording(subject="{recipient name}: your certificate", body="One.\n\nTwo {grade}.")


def reword(member, revision=1, wording=WORDS, group_id=None):
    return member.ask(
        groups.CHANGE_WORDING, group_id=group_id or member.group_id, revision=revision, wording=wording
    )  # fmt: skip


def test_what_a_groups_emails_say_is_kept_whatever_else_of_the_group_changes(member):
    answer = reword(member)
    assert (answer.group.revision, answer.profile.wording) == (2, STORED)
    assert amend(member, revision=2, name="Other").profile.wording == STORED
    (row,) = member.store.rows("audit", organisation_id=member.organisation_id, action="change_wording")
    assert row["details"] == {"parts": ["body", "subject"]}


def test_of_two_wordings_at_once_the_second_is_told_and_changes_nothing(member):
    reword(member)
    with pytest.raises(Conflict):
        reword(member, wording=EmailWording(subject="His"))
    assert member.ask(groups.GET_GROUP, group_id=member.group_id).profile.wording == STORED
    with pytest.raises(NotFound):
        reword(member, group_id=new_id())


@pytest.mark.parametrize(
    ("part", "written"),
    [
        ("subject", "Hello\r\nBcc: everyone@example.org"),
        ("subject", "=?utf-8?q?hello?="),
        ("subject", "Dear {recipient name"),
        ("body", "Dear\u2028you"),
        ("closing", "}"),
    ],
)
def test_words_that_could_not_be_sent_are_refused_with_the_part_they_are_in(member, part, written):
    with pytest.raises(InvalidInput) as refused:
        reword(member, wording=EmailWording(**{part: written}))
    assert [path for path, _ in refused.value.problems] == [f"wording.{part}"]
    assert member.ask(groups.GET_GROUP, group_id=member.group_id).profile.wording == EmailWording()


def test_a_new_group_may_begin_with_another_ones_words(member):
    group_id = new_id()
    member.ask(groups.CREATE_GROUP, group_id=group_id, content=content(member, name="Copy"), wording=WORDS)
    assert member.ask(groups.GET_GROUP, group_id=group_id).profile.wording == STORED


def found(member, search="", **fields):
    answer = member.ask(groups.FIND_GROUPS, search=search, **fields)
    return [group.name for group in answer.groups], answer.more


def test_groups_are_found_by_the_beginnings_of_words_of_their_names(member):
    other = member.store.organisation("Other")
    for name in ("Æsthetics of Bees", "Bee-keeping: Łódź 2026", "Hydrobees", "Old bees"):
        group_id = new_id()
        member.ask(groups.CREATE_GROUP, group_id=group_id, content=content(member, name=name))
    member.ask(groups.ARCHIVE_GROUP, group_id=group_id, revision=1, archived=True)
    assert found(member) == (["Hydrobees", "Bee-keeping: Łódź 2026", "Æsthetics of Bees", "Chemistry 101"], False)
    assert found(member, limit=2) == (["Hydrobees", "Bee-keeping: Łódź 2026"], True)
    assert found(member, "BEE") == (["Bee-keeping: Łódź 2026", "Æsthetics of Bees"], False)
    assert found(member, "bee", limit=1) == (["Bee-keeping: Łódź 2026"], True)
    assert found(member, "2026 łodz") == (["Bee-keeping: Łódź 2026"], False)
    assert found(member, "bee 2027") == ([], False)
    assert found(member, "--") == ([], False)
    assert found(other, "bee") == ([], False)


def test_a_group_is_found_by_the_name_that_it_has_now_and_an_older_one_once_migrated(member):
    amend(member, name="Physics")
    assert found(member, "chem") == ([], False)
    assert found(member, "phys") == (["Physics"], False)
    rows = member.store.database.collection("groups")
    rows.update_one({"organisation_id": member.organisation_id, "_id": member.group_id}, {"$unset": {"search": ""}})
    assert found(member, "phys") == ([], False)
    migrate(member.store.database)
    assert found(member, "phys") == (["Physics"], False)
