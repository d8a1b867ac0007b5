from concurrent.futures import ThreadPoolExecutor

import pytest

from conferral.contracts.errors import Unavailable
from services.credential_store.adapters.database import Database, translated
from services.credential_store.adapters.guard import UnscopedCommand
from services.credential_store.adapters.schema import COLLECTIONS

OWNED = [spec for spec in COLLECTIONS if spec.scope_field == "organisation_id"]


@pytest.mark.parametrize("spec", OWNED, ids=lambda spec: spec.name)
def test_commands_that_name_no_organisation_are_refused_on_every_owned_collection(running, spec):
    rows = running.database.collection(spec.name)
    for forgetful in [
        lambda: rows.find_one({"_id": "x"}),
        lambda: list(rows.find({"organisation_id": {"$in": ["a", "b"]}})),
        lambda: list(rows.find({"organisation_id": None})),
        lambda: rows.insert_one({"_id": "x"}),
        lambda: rows.update_one({"_id": "x"}, {"$set": {"a": 1}}),
        lambda: rows.delete_many({}),
        lambda: rows.find_one_and_update({"_id": "x"}, {"$set": {"a": 1}}),
        lambda: rows.count_documents({}),
        lambda: rows.distinct("_id"),
        lambda: list(rows.aggregate([{"$group": {"_id": None}}])),
        lambda: list(rows.find({}, comment="conferral:made_up")),
    ]:
        with pytest.raises(UnscopedCommand):
            forgetful()
    assert rows.count_documents({"organisation_id": "x"}) == 0
    assert rows.count_documents({}, comment="conferral:migrate") == 0


def test_a_refusal_leaves_the_connection_usable(running, member):
    rows = running.database.collection("credentials")

    def work(session):
        rows.find_one({"_id": "x"}, session=session)

    for _ in range(30):  # more than the pool holds
        with pytest.raises(UnscopedCommand):
            running.database.transaction(work)
    assert member.create("Ana")


def test_an_unreachable_database_is_unavailable():
    database = Database("mongodb://127.0.0.1:9/none")
    with pytest.raises(Unavailable):
        database.ping()
    with pytest.raises(Unavailable):
        database.transaction(lambda session: database.collection("people").find_one({}, session=session))
    with pytest.raises(Unavailable), translated():
        database.collection("people").find_one({"_id": "x"})
    database.close()


def test_writes_at_the_same_place_run_again_until_all_are_in(running):
    database = running.database

    def add(_):
        def work(session):
            rows = database.collection("leases")
            found = rows.find_one({"_id": "sum"}, session=session) or {"number": 0}
            rows.update_one({"_id": "sum"}, {"$set": {"number": found["number"] + 1}}, upsert=True, session=session)

        database.transaction(work)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(12)))
    assert database.collection("leases").find_one({"_id": "sum"})["number"] == 12
