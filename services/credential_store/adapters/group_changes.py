"""What a changed group carries on to its credentials, piece by piece. See handlers.spread."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import DESCENDING, UpdateMany

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.repository import Document, Session, owned
from services.credential_store.domain.scope import OrganisationScope, SystemScope
from services.credential_store.domain.timing import EPOCH

_FIELDS = {"order": 1, "state": 1, "content.attributes": 1, "incomplete": 1, "published_version": 1}


class GroupChanges:
    """See publishing_ports.GroupChanges. A group has ``sweep_at`` as long as there is something to carry on."""

    def __init__(self, database: Database) -> None:
        self._groups = database.collection("groups")
        self._credentials = database.collection("credentials")
        self._public = database.collection("public")

    def due(self, scope: SystemScope, now: datetime, limit: int) -> list[Document]:
        """Return groups of any organisation that have something to carry on."""
        due = self._groups.find({"sweep_at": {"$gt": EPOCH, "$lte": now}}, comment=scope.comment)
        return list(due.limit(limit))

    def take(self, scope: SystemScope, group: Document, until: datetime) -> bool:
        """Hold a due group until then; False: somebody else does, or it was changed again."""
        condition = {"_id": group["_id"], "sweep_at": group["sweep_at"], "spread.token": group["spread"]["token"]}
        taken = self._groups.update_one(condition, {"$set": {"sweep_at": until}}, comment=scope.comment)
        return taken.modified_count == 1

    def advance(self, scope: OrganisationScope, group: Document, changes: Document, *, session: Session) -> bool:
        """Set fields (None: drop them) if it stands where ``group`` says."""
        spread = group["spread"]
        condition = owned(scope, _id=group["_id"], **{"spread.token": spread["token"], "spread.after": spread["after"]})
        update: Document = {"$set": {key: value for key, value in changes.items() if value is not None}}
        if gone := [key for key, value in changes.items() if value is None]:
            update["$unset"] = dict.fromkeys(gone, "")
        return self._groups.update_one(condition, update, session=session).matched_count == 1

    def credentials(
        self, scope: OrganisationScope, group_id: str, after: str | None, limit: int, *, session: Session
    ) -> list[Document]:
        """Return the group's next credentials, newest first."""
        conditions = owned(scope, group_id=group_id)
        if after is not None:
            conditions["order"] = {"$lt": after}
        found = self._credentials.find(conditions, _FIELDS, session=session)
        return list(found.sort("order", DESCENDING).limit(limit))

    def show(
        self, scope: OrganisationScope, credential_ids: Sequence[str], visibility: str, *, session: Session
    ) -> None:
        """Set the visibility of published pages."""
        if credential_ids:
            condition = owned(scope, _id={"$in": list(credential_ids)}, visibility={"$in": ["public", "unlisted"]})
            self._public.update_many(condition, {"$set": {"visibility": visibility}}, session=session)

    def mark(
        self, scope: OrganisationScope, complete: Sequence[str], incomplete: Sequence[str], *, session: Session
    ) -> None:
        """Note which unpublished credentials lack what their design requires. Nobody's revision changes by that."""
        updates = [
            UpdateMany(owned(scope, _id={"$in": list(ids)}), {"$set": {"incomplete": flag}})
            for ids, flag in ((complete, False), (incomplete, True))
            if ids
        ]
        if updates:
            self._credentials.bulk_write(updates, ordered=False, session=session)
