"""The reader's collection: one small document per published credential, found by its random id."""

from collections.abc import Collection, Sequence
from typing import Any

from pymongo import ReplaceOne
from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database, translated
from services.credential_store.domain.scope import OrganisationScope, SystemScope

Document = dict[str, Any]


class PublicDocuments:
    """Whatever is in here is public to whoever has its id."""

    def __init__(self, database: Database) -> None:
        self._public = database.collection("public")

    def put(
        self, scope: OrganisationScope, documents: Sequence[Document], *, first: Collection[str], session: ClientSession
    ) -> None:
        """Store or replace them; ``first`` are the ids of those that were never public before."""
        owned = [{**document, "organisation_id": scope.organisation_id} for document in documents]
        if new := [document for document in owned if document["_id"] in first]:
            self._public.insert_many(new, session=session)
        replacements = [
            ReplaceOne({"_id": document["_id"]}, document, upsert=True)
            for document in owned
            if document["_id"] not in first
        ]
        if replacements:
            self._public.bulk_write(replacements, ordered=False, session=session)

    def find(self, scope: SystemScope, credential_id: str) -> Document | None:
        """Return one, or a tombstone (``erased``), or None."""
        with translated():
            return self._public.find_one({"_id": credential_id}, comment=scope.comment)
