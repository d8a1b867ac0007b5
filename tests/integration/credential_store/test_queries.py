"""Every query that a list of the dashboard sends: it fits a declared index, bounded on both sides, or is one of a few.

The queries are taken off the wire, so that none is forgotten; on a MongoDB each is explained as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from typing import Any, get_args

import pytest
from pymongo import MongoClient, monitoring

from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials, designs, emails, groups, people, publications, selections
from services.credential_store.adapters.schema import COLLECTIONS
from services.credential_store.domain import listing
from tests.integration.credential_store.conftest import Member, RunningStore

Document = Mapping[str, Any]

INDEXES: dict[str, dict[str, tuple[str, ...]]] = {
    spec.name: {"_id_": ("_id",), **{index.name: tuple(key for key, _ in index.keys) for index in spec.indexes}}
    for spec in COLLECTIONS
}
FEW = {
    "designs": "an organisation's designs are shown together",
    "saved_filters": "a person keeps at most 50",
    "memberships": "the people of an organisation",
    "invitations": "the people of an organisation who have not come yet",
    "group_counters": "sixteen of each group that is shown",
    "publication_chunks": "a hundredth of a publication, which is of one selection",
    "publications": "a person confirmed each; only the latest are read",
    "groups": "of a design: named on the page of designs",
    "deliveries": "of one credential",
    "failing_addresses": "whether there is any, before a hundred are looked for by name",
}
"""Collections of which few records meet an equality on an index, with the reason; there a range need have no end."""


@dataclass
class Wire(monitoring.CommandListener):
    """Notes what is read while it listens."""

    listening: bool = False
    commands: list[dict[str, Any]] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.listening and event.command_name in {"find", "aggregate", "count", "distinct"}:
            self.commands.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""


WIRE = Wire()
monitoring.register(WIRE)  # for clients made from now on; it cannot be taken back, so it stays silent until it is told


@pytest.fixture
def wire(running: RunningStore) -> Iterator[Wire]:
    WIRE.commands.clear()
    WIRE.listening = True
    yield WIRE
    WIRE.listening = False


DAY = date(2026, 1, 1)
FILTERS = [
    {key: value for part in parts for key, value in part.items()}
    for parts in product(
        ({}, {"group_id": "mine"}, {"batch_id": "mine"}),
        ({}, {"state": "draft"}, {"incomplete": True}, {"delivery_state": "failed"}),
        ({}, {"issued_from": DAY, "issued_to": DAY}),
        ({}, {"search": "ana"}, {"search": "ana mail"}),
    )
]


def ask_for_everything(member: Member, batch_id: str) -> None:
    """Every list, search, filter, sort, second page, selection and choice that the dashboard has."""
    mine = {"group_id": member.group_id, "batch_id": batch_id}
    for sort, given in product(get_args(credentials.Sort), ({}, {"group_id": member.group_id})):
        member.ask(credentials.LIST_CREDENTIALS, sort=sort, limit=2, **given)
    for number, filter_ in enumerate(FILTERS):
        fields = {key: mine.get(key, value) for key, value in filter_.items()}
        sort = get_args(credentials.Sort)[number % 6]
        first = member.ask(credentials.LIST_CREDENTIALS, sort=sort, limit=2, **fields)
        if first.cursor:
            member.ask(credentials.LIST_CREDENTIALS, sort=sort, limit=2, cursor=first.cursor, **fields)
        member.ask(credentials.LIST_CREDENTIALS, limit=1000, counted=False, **fields)  # a page of an export
        for purpose in ("publish", "delete"):
            wanted = credentials.CredentialFilter(**fields)
            member.ask(selections.FREEZE_SELECTION, purpose=purpose, filter=wanted)
    for archived in (False, True):
        member.ask(groups.LIST_GROUPS, archived=archived, limit=1)
    for words in ("", "chem", "chem 101"):
        member.ask(groups.FIND_GROUPS, search=words)
    member.ask(selections.LIST_SAVED_FILTERS)
    member.ask(publications.LIST_PUBLICATIONS, limit=20, moving=True)
    member.ask(groups.GET_GROUP, group_id=member.group_id)
    member.ask(groups.LIST_DESIGNS)
    member.ask(designs.USES_OF_DESIGNS, design_ids=(member.design_id,))
    (one, *_) = first.credentials or member.ask(credentials.LIST_CREDENTIALS).credentials
    member.ask(credentials.GET_CREDENTIAL, credential_id=one.id)
    member.ask(emails.LIST_EMAILS, credential_id=one.id)
    publication_id = new_id()
    pairs = ((one.id, one.revision),)
    member.ask(publications.REQUEST_PUBLICATION, publication_id=publication_id, credentials=pairs)
    member.ask(publications.GET_PUBLICATION, publication_id=publication_id)
    member.ask(publications.LIST_PROBLEMS, publication_id=publication_id)
    member.ask(selections.FREEZE_SELECTION, purpose="publish", publication_id=publication_id)
    member.ask(people.LIST_PEOPLE)
    member.ask(people.LIST_INVITATIONS)


def condition_of(command: Document) -> Document:
    """Return what a command finds its records by: an aggregation's first stage, with a second one on the same key."""
    if "aggregate" not in command:
        found: Document = command.get("filter", command.get("query", {}))
        return found
    first, *others = command["pipeline"]
    found = dict(first["$match"])
    second = others[0].get("$match", {}) if others else {}
    for key, value in second.items():
        if isinstance(value, Mapping) and "$elemMatch" in value and key in found:
            found[key] = value["$elemMatch"]
    return found


def kind_of(value: object) -> str:
    if not isinstance(value, Mapping):
        return "equal"
    if set(value) <= {"$in"}:
        return "several"
    low, high = set(value) & {"$gt", "$gte"}, set(value) & {"$lt", "$lte"}
    return "bounded" if low and high else "open"


def fit(command: Document) -> str | None:
    """Return the index that answers a command: equality on its first keys and, at most, a bounded range on the next."""
    name = str(command.get("find") or command.get("aggregate") or command.get("count") or command.get("distinct"))
    kinds = {key: kind_of(value) for key, value in condition_of(command).items()}
    if kinds.get("_id") in {"equal", "several"}:
        return "_id_"
    best: tuple[int, str] | None = None
    for index, keys in INDEXES.get(name, {}).items():
        taken = 0
        for key in keys:
            if kinds.get(key) in {"equal", "several"}:
                taken += 1
                continue
            if kinds.get(key) == "bounded":
                taken += 1
            break
        last = kinds.get(keys[taken - 1]) if taken else None
        if last == "bounded" or (taken == len(keys) and last) or (name in FEW and taken):
            best = max(best or (0, ""), (taken, index))
    return best[1] if best else None


@pytest.fixture
def asked(wire: Wire, member: Member) -> Sequence[dict[str, Any]]:
    batch_id = new_id()
    rows = tuple(member.row(f"Ana {number}", issue_date=DAY) for number in range(5))
    member.ask(credentials.CREATE_CREDENTIALS, batch_id=batch_id, rows=rows)
    wire.commands.clear()
    ask_for_everything(member, batch_id)
    return list(wire.commands)


def test_every_query_of_a_list_fits_an_index_bounded_on_both_sides(asked: Sequence[dict[str, Any]]) -> None:
    unfit = [(next(iter(one.items())), condition_of(one)) for one in asked if fit(one) is None]
    assert unfit == []
    of_credentials = {fit(one) for one in asked if "credentials" in (one.get("find"), one.get("aggregate"))}
    assert of_credentials >= set(listing.INDEXES), "each index of the table answers something"


def test_a_query_without_an_index_or_with_an_open_end_would_be_noticed() -> None:
    scope = {"organisation_id": "x"}
    low = {"$gte": "a"}
    assert fit({"find": "credentials", "filter": scope}) is None
    assert fit({"find": "credentials", "filter": {**scope, "order": low}}) is None
    assert fit({"find": "credentials", "filter": {**scope, "state": "draft"}}) is None
    assert fit({"find": "credentials", "filter": {**scope, "content.name": "Ana"}}) is None
    assert fit({"find": "credentials", "filter": {**scope, "order": {**low, "$lt": "b"}}}) == "newest"
    assert fit({"find": "groups", "filter": {"content.name": "Ana"}}) is None


def plan_of(database: Any, command: Document) -> Document:
    """Explain a command as it was sent."""
    kept = {key: value for key, value in command.items() if key not in _OF_THE_SESSION}
    explained: Document = database.command("explain", kept, verbosity="queryPlanner")
    return explained


_OF_THE_SESSION = {"lsid", "$clusterTime", "$db", "readConcern", "writeConcern", "txnNumber", "$readPreference"}


def stages(value: object) -> Iterator[Document]:
    if isinstance(value, Mapping):
        if "stage" in value:
            yield value
        for inner in value.values():
            yield from stages(inner)
    if isinstance(value, list):
        for inner in value:
            yield from stages(inner)


def is_mongodb(uri: str) -> bool:
    with MongoClient(uri, serverSelectionTimeoutMS=3000) as client:
        return "storageEngines" in client.admin.command("buildInfo")


def test_mongodb_itself_answers_each_from_an_index(asked: Sequence[dict[str, Any]], mongodb_uri: str) -> None:
    """Skipped on the embedded store, which has no plans worth reading."""
    if not is_mongodb(mongodb_uri):
        pytest.skip("no MongoDB at hand (CONFERRAL_TEST_MONGODB_URI, or Docker)")
    with MongoClient(mongodb_uri) as client:
        for command in asked:
            explained = plan_of(client.get_default_database(), command)
            found = list(stages(explained))
            assert "COLLSCAN" not in {one["stage"] for one in found}, command
            if "credentials" in (command.get("find"), command.get("aggregate")):
                for bounds in (one["indexBounds"] for one in found if one["stage"] == "IXSCAN"):
                    (*_, last) = bounds.values()
                    assert "MinKey" not in str(last), (command, bounds)
                    assert "MaxKey" not in str(last), (command, bounds)
