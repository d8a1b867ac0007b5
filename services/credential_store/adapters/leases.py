"""Named leases, measured by the database's time."""

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from services.credential_store.adapters.database import Database
from services.credential_store.domain.timing import EPOCH


class Leases:
    """One document per name."""

    def __init__(self, database: Database) -> None:
        self._leases = database.collection("leases")

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take or renew a lease; False: somebody else holds it."""
        free_or_mine = {"_id": name, "$or": [{"holder": holder}, {"until": {"$lte": now}}]}
        changes = {"$set": {"holder": holder, "until": until}, "$setOnInsert": {"schema_version": 1}}
        try:
            self._leases.update_one(free_or_mine, changes, upsert=True)
        except DuplicateKeyError:  # it exists, and is somebody else's
            return False
        return True

    def release(self, name: str, holder: str) -> None:
        """Give it up early."""
        self._leases.update_one({"_id": name, "holder": holder}, {"$set": {"until": EPOCH}})
