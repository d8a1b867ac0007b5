"""Transactions with the real driver and server: bounded, repeated when asked, and gone when they are given up."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from conferral.contracts.errors import Unavailable
from services.credential_store.adapters import database as module
from services.credential_store.adapters.database import Database

SECONDS = 0.5


@pytest.fixture
def database(mongodb_uri: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "_TRANSACTION_SECONDS", SECONDS)
    database = Database(mongodb_uri)
    database.collection("leases").insert_many([{"_id": name, "n": 0} for name in ("a", "b")])
    yield database
    database.close()


def test_a_transaction_that_ran_out_of_time_leaves_nothing_locked(database: Database) -> None:
    """Found by torture: its abort was not sent, and for a minute nobody could write what it had touched."""
    leases = database.collection("leases")

    def slow(session: Any) -> None:
        leases.update_one({"_id": "a"}, {"$inc": {"n": 1}}, session=session)
        time.sleep(SECONDS)
        leases.update_one({"_id": "b"}, {"$inc": {"n": 1}}, session=session)

    with pytest.raises(Unavailable):
        database.transaction(slow)
    began = time.monotonic()
    assert leases.update_one({"_id": "a"}, {"$inc": {"n": 10}}).modified_count == 1
    assert time.monotonic() - began < 5
    assert [one["n"] for one in leases.find().sort("_id")] == [10, 0]


def test_what_the_work_raises_gives_the_transaction_up_and_passes(database: Database) -> None:
    leases = database.collection("leases")

    def fails(session: Any) -> None:
        leases.update_one({"_id": "a"}, {"$inc": {"n": 1}}, session=session)
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        database.transaction(fails)
    assert leases.update_one({"_id": "a", "n": 0}, {"$inc": {"n": 10}}).modified_count == 1


def test_a_transaction_that_met_another_one_runs_again(database: Database) -> None:
    leases, attempts = database.collection("leases"), []

    def work(session: Any) -> int:
        attempts.append(1)
        seen = leases.find_one({"_id": "a"}, session=session)
        if len(attempts) == 1:
            leases.update_one({"_id": "a"}, {"$inc": {"n": 5}})  # somebody else, in between
        leases.update_one({"_id": "a"}, {"$set": {"n": seen["n"] + 1 if seen else 0}}, session=session)
        return len(attempts)

    assert database.transaction(work) == 2
    assert [one["n"] for one in leases.find({"_id": "a"})] == [6]


def test_the_clock_that_leases_go_by_is_the_databases(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Wrong":
            return cls(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr(module, "datetime", Wrong)
    assert abs((database.now() - datetime.now(UTC)).total_seconds()) < 60
