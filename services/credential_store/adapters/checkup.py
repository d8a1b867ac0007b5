"""Looking at the database: whether it does what the store relies on."""

from datetime import UTC, datetime
from typing import Any

from pymongo.errors import PyMongoError

from conferral.runtime.checkup import Worrying
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.schema import COLLECTIONS, Index
from services.credential_store.domain.scope import of_system

_MOST_SKEW = 2.0
_SOME_SKEW = 0.5
_OPTIONS = ("unique", "sparse", "expireAfterSeconds")


def answers(database: Database) -> str:
    """Ask who it is."""
    try:
        hello: dict[str, Any] = database.admin.command("hello")
    except PyMongoError as error:
        # what follows is the driver's picture of the replica set, for those who write drivers
        raise RuntimeError(str(error).partition(", Timeout:")[0].partition(" (configured")[0]) from None
    if not hello.get("isWritablePrimary"):
        raise RuntimeError("It answers, and takes no writes: there is no primary.")
    if not hello.get("setName"):
        raise RuntimeError("It is no replica set, and so has no transactions.")
    version = database.admin.command("buildInfo").get("version", "unknown")
    return f"Version {version}, primary of replica set {hello['setName']}."


def commits(database: Database) -> str:
    """Write in a transaction, journaled by a majority."""
    comment = of_system("operations").comment
    rows = database.collection("installation")

    def work(session: Any) -> None:
        change = {"$set": {"schema_version": 1, "at": datetime.now(UTC)}}
        rows.update_one({"_id": "doctor"}, change, upsert=True, session=session, comment=comment)

    database.transaction(work)
    return "A transaction was committed, journaled by a majority."


def is_indexed(database: Database) -> str:
    """Compare indexes with what is declared."""
    missing, count = [], 0
    for spec in COLLECTIONS:
        there = database.collection(spec.name).index_information() if spec.indexes else {}
        for index in spec.indexes:
            count += 1
            if not _is_like(there.get(index.name), index):
                missing.append(f"{spec.name}.{index.name}")
    if missing:
        raise RuntimeError(f"Missing, or other than declared: {', '.join(missing)}.")
    return f"All {count} indexes are as declared."


def agrees_on_the_time(database: Database) -> str:
    """Compare its clock with this machine's. Leases are measured by the database's alone."""
    before = datetime.now(UTC)
    there: datetime = database.admin.command("hello")["localTime"].replace(tzinfo=UTC)
    after = datetime.now(UTC)
    skew = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    if skew > _MOST_SKEW:
        raise RuntimeError(f"This machine's clock and the database's are {skew:.1f} s apart.")
    if skew > _SOME_SKEW:
        raise Worrying(f"This machine's clock and the database's are {skew:.1f} s apart.")
    return f"This machine's clock and the database's agree to within {max(skew, 0.1):.1f} s."


def _is_like(there: Any, index: Index) -> bool:
    if there is None or [tuple(key) for key in there["key"]] != [tuple(key) for key in index.keys]:
        return False
    return all(there.get(name) == index.options.get(name) for name in _OPTIONS if name in index.options)
