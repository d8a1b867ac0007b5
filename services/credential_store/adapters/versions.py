"""Published contents: immutable, numbered, one document each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.domain.scope import OrganisationScope

Document = dict[str, Any]


class Versions:
    """``_id`` is ``<credential id>:<number>``."""

    def __init__(self, database: Database) -> None:
        self._versions = database.collection("versions")

    def add(self, scope: OrganisationScope, versions: Sequence[Document], *, session: ClientSession) -> None:
        """Store new versions."""
        if versions:
            documents = [{**version, "organisation_id": scope.organisation_id} for version in versions]
            self._versions.insert_many(documents, session=session)

    def get(self, scope: OrganisationScope, version_id: str) -> Document | None:
        """Return one."""
        return self._versions.find_one({"_id": version_id, "organisation_id": scope.organisation_id})

    def supersede(
        self, scope: OrganisationScope, version_ids: Sequence[str], now: datetime, *, session: ClientSession
    ) -> None:
        """Note that newer ones took their place."""
        if version_ids:
            condition = {"_id": {"$in": list(version_ids)}, "organisation_id": scope.organisation_id}
            self._versions.update_many(condition, {"$set": {"superseded_at": now}}, session=session)
