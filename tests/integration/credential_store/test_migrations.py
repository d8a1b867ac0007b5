from services.credential_store.adapters import migrations
from services.credential_store.adapters.schema import COLLECTIONS, SCHEMA_VERSION


def indexes(running):
    return {spec.name: sorted(running.database.collection(spec.name).index_information()) for spec in COLLECTIONS}


def test_migrating_twice_changes_nothing_the_second_time(running, member):
    before = indexes(running)
    assert migrations.migrate(running.database) == {}
    assert indexes(running) == before
    for spec in COLLECTIONS:
        assert {index.name for index in spec.indexes} <= set(before[spec.name]), spec.name


def test_every_document_has_a_schema_version(running, member):
    member.create("Ana")
    for spec in COLLECTIONS:
        assert all(1 <= row["schema_version"] <= SCHEMA_VERSION for row in running.rows(spec.name)), spec.name
    assert {row["schema_version"] for row in running.rows("credentials")} == {SCHEMA_VERSION}


def test_documents_of_an_older_version_are_brought_on_once(running, member, monkeypatch):
    member.create("Ana", "Ben")
    rows = running.database.collection("credentials")
    rows.update_many({"organisation_id": member.organisation_id}, {"$set": {"schema_version": 0}})
    steps = {"credentials": {0: lambda document: {"upgraded": document["content"]["name"]}}}
    monkeypatch.setattr(migrations, "UPGRADES", steps)
    assert migrations.migrate(running.database) == {"credentials": 2}
    assert sorted(row["upgraded"] for row in running.rows("credentials")) == ["Ana", "Ben"]
    assert migrations.migrate(running.database) == {}


def test_what_a_credential_is_sorted_by_is_filled_in_and_follows_what_an_older_version_amended(running, member):
    behind, bare, fresh = member.create("Ana", "Ben", "Cai")
    rows, owner = running.database.collection("credentials"), {"organisation_id": member.organisation_id}
    rows.update_one({"_id": behind, **owner}, {"$set": {"content.name": "Zoë", "content.issue_date": "2027-05-31"}})
    rows.update_one({"_id": bare, **owner}, {"$unset": {"name_order": "", "issue_order": ""}})
    assert migrations.migrate(running.database) == {"credentials": 2}
    assert migrations.migrate(running.database) == {}
    stored = {row["_id"]: row for row in running.rows("credentials")}
    assert stored[behind]["name_order"] == f"zoe\t{behind}"
    assert stored[behind]["issue_order"] == f"2027-05-31{stored[behind]['order']}"
    assert stored[bare]["name_order"] == f"ben\t{bare}"
    assert stored[fresh]["name_order"] == f"cai\t{fresh}"


def test_the_organisation_leads_every_index_but_those_of_the_named_exceptions():
    others = {
        (spec.name, index.name)
        for spec in COLLECTIONS
        if spec.scope_field == "organisation_id"
        for index in spec.indexes
        if index.keys[0][0] != "organisation_id"
    }
    assert others == {
        ("memberships", "by_person"),  # authentication
        ("invitations", "by_token"),  # whoever has the link belongs to no organisation yet
        ("frozen_selections", "expiry"),  # the server's own
        ("batches", "unfinished"),  # the sweeper, as the rest
        ("groups", "to_sweep"),
        ("publications", "to_sweep"),
        ("publications", "to_control"),
        ("publication_chunks", "to_sweep"),
        ("deliveries", "to_sweep"),
        ("groups", "to_sweep"),
    }
