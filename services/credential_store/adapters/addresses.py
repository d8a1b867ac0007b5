"""Addresses whose last email failed: one small record each, gone as soon as a later email is accepted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteMany, UpdateOne
from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.domain.scope import OrganisationScope

_AT_ONCE = 100
"""Addresses in one ``$in``: SecantusDB's time grows with the square of it."""


class FailingAddresses:
    """See publishing_ports.FailingAddresses."""

    def __init__(self, database: Database) -> None:
        self._addresses = database.collection("failing_addresses")

    def record(
        self,
        scope: OrganisationScope,
        failed: Collection[str],
        accepted: Collection[str],
        now: datetime,
        *,
        session: ClientSession,
    ) -> None:
        """Note those to which an email failed, and forget those to which one was accepted."""
        owner = {"organisation_id": scope.organisation_id}
        updates: list[UpdateOne | DeleteMany] = [
            UpdateOne(
                {**owner, "address": address}, {"$set": {"at": now}, "$setOnInsert": {"schema_version": 1}}, upsert=True
            )
            for address in sorted(failed)
        ]
        if accepted:
            updates.append(DeleteMany({**owner, "address": {"$in": sorted(accepted)}}))
        if updates:
            self._addresses.bulk_write(updates, ordered=False, session=session)

    def among(self, scope: OrganisationScope, addresses: Sequence[str]) -> set[str]:
        """Return which of these folded addresses are failing, a hundred in one look."""
        owner: dict[str, Any] = {"organisation_id": scope.organisation_id}
        if self._addresses.find_one(owner, {"_id": 1}) is None:
            return set()
        wanted, found = sorted(set(addresses)), set[str]()
        for start in range(0, len(wanted), _AT_ONCE):
            condition = {**owner, "address": {"$in": wanted[start : start + _AT_ONCE]}}
            found.update(one["address"] for one in self._addresses.find(condition, {"address": 1}))
        return found
