"""Collections and indexes as data. ``migrate`` builds them; the guard reads who owns what.

The organisation leads every index except those of the named exceptions. A range or sort key is always an index's last:
SecantusDB, the quick start's server, drops boundary rows of an inclusive range on a key that is not.
"""

from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 2
"""Of new documents. Those of a collection that no upgrade changes may keep a lower one."""

_UP = 1
_DOWN = -1


@dataclass(frozen=True)
class Index:
    """Keys in order, with 1 or -1. ``options`` are those of the driver: unique, expireAfterSeconds and so on."""

    name: str
    keys: tuple[tuple[str, int], ...]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Collection:
    """``scope_field`` names the organisation in each document; None: the collection belongs to none (see ``why``)."""

    name: str
    scope_field: str | None = "organisation_id"
    indexes: tuple[Index, ...] = ()
    why: str = ""


def _owned(name: str, *keys: str, **options: Any) -> Index:
    """Return an index that the organisation leads; a key that begins with ``-`` descends."""
    pairs = tuple((key.lstrip("-"), _DOWN if key.startswith("-") else _UP) for key in keys)
    return Index(name, (("organisation_id", _UP), *pairs), options)


# What the relay looks for across organisations: a time that is there only while something is to be done. Sparse, so
# that millions of finished records cost nothing; SecantusDB uses sparse indexes for ranges, partial ones it does not.
_TO_SWEEP = Index("to_sweep", (("sweep_at", _UP),), {"sparse": True})

# Likewise: a publication that was resumed or cancelled, and whose chunks are not all dealt with.
_TO_CONTROL = Index("to_control", (("control_at", _UP),), {"sparse": True})

COLLECTIONS: tuple[Collection, ...] = (
    Collection("organisations", scope_field="_id"),
    Collection(
        "people",
        scope_field=None,
        why="a person can belong to several organisations",
        indexes=(Index("by_email", (("email", _UP),), {"unique": True}),),
    ),
    Collection(
        "memberships",
        indexes=(_owned("by_organisation", "person_id"), Index("by_person", (("person_id", _UP),))),
    ),
    Collection(
        "sessions",
        scope_field=None,
        why="found by the token's hash",
        indexes=(
            Index("by_person", (("person_id", _UP),)),
            Index("expiry", (("expires_at", _UP),), {"expireAfterSeconds": 0}),
        ),
    ),
    Collection(
        "password_resets",
        scope_field=None,
        why="found by the token's hash",
        indexes=(
            Index("by_person", (("person_id", _UP),)),
            Index("expiry", (("expires_at", _UP),), {"expireAfterSeconds": 0}),
        ),
    ),
    Collection(
        "invitations",
        indexes=(
            _owned("by_address", "email", unique=True),
            Index("by_token", (("token_hash", _UP),), {"unique": True}),
        ),
    ),
    Collection(
        "attempts",
        scope_field=None,
        why="counted before anybody is known",
        indexes=(Index("expiry", (("expires_at", _UP),), {"expireAfterSeconds": 0}),),
    ),
    Collection(
        "groups",
        indexes=(
            _owned("newest", "-order"),
            _owned("of_archive", "archived", "-order"),
            _owned("by_word", "search"),
            _owned("of_design", "content.design_id", "-order"),
            _TO_SWEEP,
        ),
    ),
    Collection("group_counters", indexes=(_owned("by_group", "group_id"),)),
    Collection("designs", indexes=(_owned("by_name", "name"),)),
    Collection(
        "credentials",
        indexes=(
            _owned("newest", "-order"),
            _owned("of_group", "group_id", "-order"),
            _owned("of_group_in_state", "group_id", "state", "-order"),
            _owned("in_state", "state", "-order"),
            _owned("of_batch", "batch_id", "-order"),
            _owned("in_delivery_state", "delivery_state", "-order"),
            _owned("by_name", "name_order"),
            _owned("of_group_by_name", "group_id", "name_order"),
            _owned("by_issue_date", "issue_order"),
            _owned("of_group_by_issue_date", "group_id", "issue_order"),
            _owned("by_word", "search"),
            _owned("of_address", "group_id", "address"),
            # the shard key; and SecantusDB, given an organisation and an id, reads the whole collection without it
            _owned("by_id", "_id"),
            _owned(
                "by_external_id",
                "external_id",
                unique=True,
                partialFilterExpression={"external_id": {"$exists": True}},
            ),
        ),
    ),
    Collection("batches", indexes=(Index("unfinished", (("state", _UP), ("created_at", _UP))),)),
    Collection("publications", indexes=(_owned("newest", "-requested_at"), _TO_SWEEP, _TO_CONTROL)),
    Collection("selections"),
    Collection(
        "frozen_selections",
        indexes=(
            _owned("by_id", "_id"),
            Index("expiry", (("expires_at", _UP),), {"expireAfterSeconds": 0}),
        ),
    ),
    Collection("saved_filters", indexes=(_owned("of_person", "person_id", "name", unique=True),)),
    Collection("publication_chunks", indexes=(_owned("of_publication", "publication_id", "chunk"), _TO_SWEEP)),
    Collection("chunk_items"),
    Collection("versions", indexes=(_owned("of_credential", "credential_id", "number"),)),
    Collection("public", scope_field=None, why="found by a credential's random id"),
    Collection(
        "deliveries",
        indexes=(
            _owned(
                "ordinal",
                "credential_id",
                "kind",
                "ordinal",
                unique=True,
                partialFilterExpression={"credential_id": {"$exists": True}},
            ),
            _owned("of_chunk", "publication_id", "chunk"),
            _owned("of_credential", "credential_id", "-ordinal"),
            _TO_SWEEP,
        ),
    ),
    Collection("failing_addresses", indexes=(_owned("by_address", "address", unique=True),)),
    Collection("suppressions", indexes=(_owned("by_address", "address"),)),
    Collection(
        "outbox",
        scope_field=None,
        why="emptied by the relay for everybody",
        indexes=(Index("due", (("next_attempt_at", _UP),)),),
    ),
    Collection("audit", indexes=(_owned("newest", "-at"), _owned("of_target", "target"))),
    Collection("status_lists"),
    Collection("signing_keys"),
    Collection("leases", scope_field=None, why="the sweeper's own"),
    Collection(
        "dead_letters",
        scope_field=None,
        why="what cannot be read names no organisation",
        indexes=(
            Index("open", (("state", _UP), ("order", _UP))),
            Index("oldest", (("filed_at", _UP),)),
            Index("expiry", (("expires_at", _UP),), {"expireAfterSeconds": 0}),
        ),
    ),
    Collection("installation", scope_field=None, why="what belongs to the installation itself"),
    Collection("verdicts", scope_field=None, why="the auditor's last word on the whole installation"),
    Collection("migrations", scope_field=None, why="what migrate did"),
)
