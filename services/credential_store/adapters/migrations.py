"""``conferral migrate``: indexes, and documents of older schema versions. As often as wanted; while the system runs.

Versions N and N-1 of the code run side by side, so an upgrade only adds what N-1 ignores.
"""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from pymongo import IndexModel, UpdateOne

from services.credential_store.adapters.database import Database, translated
from services.credential_store.adapters.schema import COLLECTIONS, SCHEMA_VERSION, Collection
from services.credential_store.domain.listing import keys_of
from services.credential_store.domain.scope import of_system
from services.credential_store.domain.search import tokens_of_name
from services.credential_store.domain.text import fold_address

_log = structlog.get_logger()
_PIECE = 100

Document = dict[str, Any]
UPGRADES: Mapping[str, Mapping[int, Callable[[Document], Document]]] = {
    # the address by which a group finds who is in it twice
    "credentials": {1: lambda document: {"address": fold_address(document["content"]["email"])}},
}
"""Collection, version that a document has, and what to set in it to make it the next version's."""


def _listing_keys(credential: Document) -> tuple[Document, Document]:
    """Return what a credential is sorted by, and the content that this was made of."""
    content = credential["content"]
    name, issue_date = content["name"], content["issue_date"]
    made_of = {"content.name": name, "content.issue_date": issue_date}
    return keys_of(name, issue_date, credential["order"], credential["_id"]), made_of


def _group_tokens(group: Document) -> tuple[Document, Document]:
    """Return what a group is found by, and the name that this was made of."""
    name = group["content"]["name"]
    return {"search": tokens_of_name(name)}, {"content.name": name}


DERIVED: Mapping[str, Callable[[Document], tuple[Document, Document]]] = {
    "credentials": _listing_keys,
    "groups": _group_tokens,
}
"""Collection to fields that follow from others, and those they follow from. Version N-1 may have left them out, or
behind, so each run looks at them again: run it once more when no process of N-1 is left."""
_DERIVED_FROM: Mapping[str, tuple[str, ...]] = {
    "credentials": ("content.name", "content.issue_date", "order", "name_order", "issue_order"),
    "groups": ("content.name", "search"),
}


def migrate(database: Database) -> dict[str, int]:
    """Build what is missing and upgrade what is old; return how many documents were upgraded, by collection.

    :raises Unavailable: the database does not answer; run it again.
    """
    upgraded = {}
    with translated():
        for spec in COLLECTIONS:
            _build_indexes(database, spec)
            upgraded[spec.name] = _upgrade(database, spec) + _derive(database, spec)
        database.collection("migrations").update_one(
            {"_id": "schema"}, {"$set": {"schema_version": SCHEMA_VERSION, "at": database.now()}}, upsert=True
        )
    _log.info("migrated", schema_version=SCHEMA_VERSION, upgraded=sum(upgraded.values()))
    return {name: count for name, count in upgraded.items() if count}


def _build_indexes(database: Database, spec: Collection) -> None:
    if spec.indexes:
        models = [IndexModel(list(index.keys), name=index.name, **index.options) for index in spec.indexes]
        database.collection(spec.name).create_indexes(models)


def _upgrade(database: Database, spec: Collection) -> int:
    """Bring documents on, a version at a time; each is changed only if it is still of the version that was read."""
    count = 0
    comment = of_system("migrate").comment
    rows = database.collection(spec.name)
    for version, step in sorted(UPGRADES.get(spec.name, {}).items()):
        for document in rows.find({"schema_version": version}, comment=comment, batch_size=_PIECE):
            changes = {**step(document), "schema_version": version + 1}
            outcome = rows.update_one(
                {"_id": document["_id"], "schema_version": version}, {"$set": changes}, comment=comment
            )
            count += outcome.modified_count
    return count


def _derive(database: Database, spec: Collection) -> int:
    """Fill in derived fields where they are missing or behind; never over what somebody changed meanwhile."""
    derive = DERIVED.get(spec.name)
    if derive is None:
        return 0
    comment, rows, count = of_system("migrate").comment, database.collection(spec.name), 0
    updates: list[UpdateOne] = []
    for document in rows.find({}, dict.fromkeys(_DERIVED_FROM[spec.name], 1), comment=comment, batch_size=_PIECE):
        fields, made_of = derive(document)
        if any(document.get(name) != value for name, value in fields.items()):
            updates.append(UpdateOne({"_id": document["_id"], **made_of}, {"$set": fields}))
        if len(updates) == _PIECE:
            count += rows.bulk_write(updates, ordered=False, comment=comment).modified_count
            updates = []
    if updates:
        count += rows.bulk_write(updates, ordered=False, comment=comment).modified_count
    return count
