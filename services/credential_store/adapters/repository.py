"""What the repositories share."""

from typing import Any, ClassVar

from pymongo.client_session import ClientSession

from services.credential_store.adapters.database import Database
from services.credential_store.adapters.schema import SCHEMA_VERSION
from services.credential_store.domain.scope import OrganisationScope

Document = dict[str, Any]
Session = ClientSession | None


class Repository:
    """The records of one collection."""

    collection: ClassVar[str]

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(self.collection)


def owned(scope: OrganisationScope, **conditions: Any) -> Document:
    """Return a filter, or a new document, of the scope's organisation."""
    return {"organisation_id": scope.organisation_id, **conditions}


def versioned(document: Document) -> Document:
    """Return the document with its schema version."""
    return {**document, "schema_version": SCHEMA_VERSION}
