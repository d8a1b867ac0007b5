"""Credentials on their way to publication: the same collection as the drafts', a hundred at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import UpdateMany
from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.domain.publication import Change
from services.credential_store.domain.scope import OrganisationScope

Document = dict[str, Any]

_AT_ONCE = 100
"""Ids in one ``$in``: SecantusDB's time grows with the square of it."""


class Publishable:
    """A state's change raises the revision, so that nobody amends what has moved on; a delivery's does not."""

    def __init__(self, database: Database) -> None:
        self._credentials = database.collection("credentials")

    def many(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, Document]:
        """Return those that exist, by id."""
        return self._find(scope, credential_ids, {"search": 0})

    def groups_of(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, str]:
        """Return credential id to group id for those that exist."""
        found = self._find(scope, credential_ids, {"group_id": 1})
        return {credential_id: document["group_id"] for credential_id, document in found.items()}

    def standing(self, scope: OrganisationScope, credential_ids: Sequence[str]) -> dict[str, Document]:
        """Return ``state`` and ``published_version``, by id."""
        return self._find(scope, credential_ids, {"state": 1, "published_version": 1})

    def change(self, scope: OrganisationScope, changes: Sequence[Change], *, session: ClientSession) -> int:
        """Carry out those whose credential still has its state and revision, and return how many."""
        alike: dict[str, list[Change]] = {}
        for change in changes:
            sameness = (
                change.credential["state"],
                change.credential["revision"],
                sorted(change.changes.items()),
                change.remove,
                change.url_base,
            )
            alike.setdefault(repr(sameness), []).append(change)
        # One command for all that change alike: several times cheaper than one for each.
        updates = [_update(scope, group) for group in alike.values()]
        if not updates:
            return 0
        return self._credentials.bulk_write(updates, ordered=False, session=session).modified_count

    def record_deliveries(
        self, scope: OrganisationScope, states: Mapping[tuple[str, int], str], *, session: ClientSession
    ) -> None:
        """Write how a credential's latest delivery stands: (credential id, ordinal of the delivery) to state."""
        alike: dict[tuple[int, str], list[str]] = {}
        for (credential_id, ordinal), state in states.items():
            alike.setdefault((ordinal, state), []).append(credential_id)
        updates = [
            UpdateMany(
                # An older delivery's end says nothing about the latest one.
                {"_id": {"$in": ids}, "organisation_id": scope.organisation_id, "deliveries": ordinal},
                {"$set": {"delivery_state": state}},
            )
            for (ordinal, state), ids in alike.items()
        ]
        if updates:
            self._credentials.bulk_write(updates, ordered=False, session=session)

    def count_delivery(self, scope: OrganisationScope, credential: Document, *, session: ClientSession) -> bool:
        """Note one more email, if version and number of emails are still these and the version is live."""
        condition = {
            "_id": credential["_id"],
            "organisation_id": scope.organisation_id,
            "deliveries": credential["deliveries"],
            "published_version": credential["published_version"],
            "state": {"$nin": ["suspended", "revoked"]},
        }
        update = {"$set": {"delivery_state": "queued"}, "$inc": {"deliveries": 1}}
        return self._credentials.update_one(condition, update, session=session).modified_count == 1

    def _find(self, scope: OrganisationScope, credential_ids: Sequence[str], fields: Document) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for start in range(0, len(credential_ids), _AT_ONCE):
            ids = list(credential_ids[start : start + _AT_ONCE])
            condition = {"_id": {"$in": ids}, "organisation_id": scope.organisation_id}
            found.update((document["_id"], document) for document in self._credentials.find(condition, fields))
        return found


def _update(scope: OrganisationScope, group: Sequence[Change]) -> UpdateMany:
    first = group[0]
    condition = {
        "_id": {"$in": [change.credential["_id"] for change in group]},
        "organisation_id": scope.organisation_id,
        "state": first.credential["state"],
        "revision": first.credential["revision"],
    }
    if first.url_base is None:
        update: Document = {"$set": first.changes, "$inc": {"revision": 1}}
        if first.remove:
            update["$unset"] = dict.fromkeys(first.remove, "")
        return UpdateMany(condition, update)
    derived = {
        **{name: {"$literal": value} for name, value in first.changes.items()},
        "url": {"$concat": [first.url_base, "$_id"]},
        "revision": {"$add": ["$revision", 1]},
    }
    steps: list[Document] = [{"$set": derived}]
    if first.remove:
        steps.append({"$unset": list(first.remove)})
    return UpdateMany(condition, steps)
