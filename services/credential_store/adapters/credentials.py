"""Credentials in their current state, and the create calls that they came by."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument

from services.credential_store.adapters.repository import Document, Repository, Session, owned, versioned
from services.credential_store.domain.scope import OrganisationScope, SystemScope


class Credentials(Repository):
    """See ports.Credentials."""

    collection = "credentials"

    def get(self, scope: OrganisationScope, credential_id: str, *, session: Session = None) -> Document | None:
        """Return one."""
        return self._rows.find_one(owned(scope, _id=credential_id), session=session)

    def add(self, scope: OrganisationScope, credentials: Sequence[Document], *, session: Session) -> None:
        """Store new ones."""
        self._rows.insert_many([versioned(owned(scope, **one)) for one in credentials], session=session)

    def taken(
        self, scope: OrganisationScope, external_ids: Sequence[str], *, session: Session = None
    ) -> dict[str, str]:
        """Return which external ids exist, each with its credential's id."""
        if not external_ids:
            return {}
        conditions = owned(scope, external_id={"$in": sorted(set(external_ids))})
        found = self._rows.find(conditions, {"external_id": 1}, session=session)
        return {one["external_id"]: one["_id"] for one in found}

    def addresses(
        self, scope: OrganisationScope, group_id: str, addresses: Sequence[str], *, session: Session = None
    ) -> set[str]:
        """Return which of these folded addresses the group has a credential for that is not revoked.

        Grouped by the server, so that a group in which an address is allowed a thousand times answers once for it. The
        state is looked at afterwards: a second ``$in`` keeps SecantusDB from its index.
        """
        if not addresses:
            return set()
        conditions = owned(scope, group_id=group_id, address={"$in": sorted(set(addresses))})
        stages = [{"$match": conditions}, {"$group": {"_id": {"address": "$address", "state": "$state"}}}]
        found = [one["_id"] for one in self._rows.aggregate(stages, session=session)]
        return {one["address"] for one in found if one["state"] != "revoked"}

    def amend(
        self, scope: OrganisationScope, credential_id: str, revision: int, changes: Document, *, session: Session
    ) -> Document | None:
        """Set fields and raise the revision; None: it is at another revision, or not there."""
        return self._rows.find_one_and_update(
            owned(scope, _id=credential_id, revision=revision),
            {"$set": changes, "$inc": {"revision": 1}},
            return_document=ReturnDocument.AFTER,
            session=session,
        )

    def remove_drafts(
        self, scope: OrganisationScope, pairs: Sequence[tuple[str, int]], *, session: Session
    ) -> list[Document]:
        """Delete those that are never-published drafts at this revision, and return them as they were."""
        revisions = dict(pairs)
        conditions = owned(scope, _id={"$in": sorted(revisions)}, state="draft", published_version=None)
        found = [
            one for one in self._rows.find(conditions, session=session) if one["revision"] == revisions[one["_id"]]
        ]
        if found:
            # read in the same transaction: whoever changes one of them in between makes this run again
            self._rows.delete_many(
                owned(scope, _id={"$in": [one["_id"] for one in found]}, state="draft"), session=session
            )
        return found


class Batches(Repository):
    """See ports.Batches."""

    collection = "batches"

    def get(self, scope: OrganisationScope, batch_id: str, part: int, *, session: Session = None) -> Document | None:
        """Return the record of a call."""
        return self._rows.find_one(owned(scope, _id=_batch_key(scope, batch_id, part)), session=session)

    def add(self, scope: OrganisationScope, record: Document, *, session: Session) -> None:
        """Store the record of a new call."""
        key = _batch_key(scope, record["batch_id"], record["part"])
        self._rows.insert_one(versioned(owned(scope, _id=key, **record)), session=session)

    def advance(
        self, scope: OrganisationScope, record: Document, stored: int, changes: Document, *, session: Session
    ) -> bool:
        """Set fields if ``stored`` (rows so far) is still this."""
        key = _batch_key(scope, record["batch_id"], record["part"])
        conditions = owned(scope, _id=key, stored=stored, state="storing")
        outcome = self._rows.update_one(conditions, {"$set": changes}, session=session)
        return outcome.matched_count == 1

    def unfinished(self, scope: SystemScope, before: datetime, limit: int) -> list[Document]:
        """Return calls of any organisation that began before and are not whole."""
        conditions = {"state": "storing", "created_at": {"$lt": before}}
        return list(self._rows.find(conditions, comment=scope.comment).limit(limit))


def _batch_key(scope: OrganisationScope, batch_id: str, part: int) -> str:
    return f"{scope.organisation_id}:{batch_id}:{part}"
