"""Creating drafts: many at once, all or nothing if wanted, and never twice.

See ``domain.batch`` for how a call survives being cut off. Its record is committed before anything of it is visible; up
to a hundred rows go into the same transaction, more follow in transactions of their own, and from the record on they
all come. The one exception: somebody else takes an external id in between, or an address in a group that refuses it
twice. An atomic call is then taken back whole, its drafts with it (those that were amended or queued within that moment
stay).
"""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from conferral.contracts.canonical import canonical_json
from conferral.contracts.errors import Conflict, LimitExceeded, Unavailable
from conferral.contracts.events import CredentialsCreated as CredentialsCreatedEvent
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import credentials as contract
from conferral.runtime import correlation
from services.credential_store.domain import batch, duplicates
from services.credential_store.domain.scope import OrganisationScope, of_message, of_system
from services.credential_store.handlers import duplicates as duplicate_handlers
from services.credential_store.handlers.context import Context, Handlers, Store
from services.credential_store.ports import Duplicate

Document = dict[str, Any]
_ABANDONED_AFTER = timedelta(seconds=30)
_ABANDONED_AT_ONCE = 20
_TRIES = 50
"""Each try stores a piece, or finds that somebody else did."""


def create_credentials(context: Context, request: contract.CreateCredentials) -> contract.CredentialsCreated:
    """Store drafts; see the contract.

    :raises Conflict: this part of the batch was sent before, with other rows; or a group is archived.
    :raises LimitExceeded: the rows are too large together.
    """
    store, scope = context.store, context.organisation
    record = store.batches.get(scope, request.batch_id, request.part)
    if record is None:
        right, wrong = _examine(context, request)
        if not right or (wrong and request.atomic):
            return batch.refusal(len(request.rows), wrong)
        if len(canonical_json(list(right.values()))) > batch.MOST_BYTES:
            raise LimitExceeded("That is too much at once. Please send it in several parts.")
        record = _begin(context, request, batch.new_record(request, right, wrong, context.actor_id, context.clock()))
    if record["fingerprint"] != batch.fingerprint(request):
        raise Conflict("This part of the batch was sent before, with other rows.")
    return batch.answer(finish(store, scope, record))


def finish(store: Store, scope: OrganisationScope, record: Document) -> Document:
    """Store what is left of a call and return its finished record. Safe from several processes at once.

    :raises Unavailable: it could not be finished now; the sweeper, or whoever repeats the call, goes on.
    """
    for _ in range(_TRIES):
        if record["state"] != "storing":
            return record
        with suppress(Duplicate):  # an external id was taken between looking and storing: the next look finds it
            store.transaction(partial(_store_piece, store, scope, record))
        found = store.batches.get(scope, record["batch_id"], record["part"])
        if found is None:
            break
        record = found
    raise Unavailable("The credentials could not all be stored yet.")


def finish_abandoned(context: Context) -> int:
    """Finish calls of any organisation whose process died before all rows were stored; return how many there were.

    For the sweeper.
    """
    before = context.clock() - _ABANDONED_AFTER
    abandoned = context.store.batches.unfinished(of_system("sweeper"), before, _ABANDONED_AT_ONCE)
    for record in abandoned:
        finish(context.store, of_message(record["organisation_id"]), record)
    return len(abandoned)


def _examine(
    context: Context, request: contract.CreateCredentials
) -> tuple[dict[int, Document], dict[int, list[contract.RowProblem]]]:
    store, scope = context.store, context.organisation
    groups = store.groups.many(scope, [row.group_id for row in request.rows])
    if archived := [group["content"]["name"] for group in groups.values() if group.get("archived")]:
        raise Conflict(
            f"The group “{archived[0]}” is archived: it takes no new credentials until it is taken out again."
        )
    designs = store.designs.many(scope, [group["content"]["design_id"] for group in groups.values()])
    required = {
        group_id: designs[group["content"]["design_id"]]["required_attributes"] for group_id, group in groups.items()
    }
    taken = store.credentials.taken(scope, [row.external_id for row in request.rows if row.external_id])
    policies = {group_id: duplicates.policy_of(group) for group_id, group in groups.items()}
    asks = request.asks_about_duplicates
    present = duplicate_handlers.present(store, scope, duplicates.wanted_places(request.rows, policies, asks=asks))
    found = duplicates.find(request.rows, policies, present, asks=asks)
    strict = {group_id for group_id, policy in policies.items() if policy == "refuse"}
    return batch.examine(request.rows, required, taken, found, strict)


def _begin(context: Context, request: contract.CreateCredentials, record: Document) -> Document:
    """Commit the record, with its rows where they are few. Of two calls at once, both go on with the first's record."""
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        store.batches.add(scope, record, session=session)
        if len(record["pending"]) <= batch.PIECE:
            _store_piece(store, scope, record, session)

    with suppress(Duplicate):  # of the record, or of an external id: then there is no record
        store.transaction(work)
    found = store.batches.get(scope, request.batch_id, request.part)
    if found is None:
        raise Conflict("An external id was taken by another credential at this moment. Please try again.")
    return found


def _store_piece(store: Store, scope: OrganisationScope, record: Document, session: Any) -> None:
    """Store the next rows of a call, with everything that goes with them, or take an atomic call back."""
    first = record["stored"]
    rows = record["pending"][first : first + batch.PIECE]
    clashes = _clashes(store, scope, rows, session)
    if clashes and record["atomic"]:
        _take_back(store, scope, record, clashes, session)
        return
    problems = batch.with_problems(record, clashes)
    last = first + len(rows)
    changes: Document = {"stored": last, "problems": problems}
    if last == len(record["pending"]):
        changes |= {"state": "done", "pending": []}
    if not store.batches.advance(scope, record, first, changes, session=session):
        return  # somebody else stored these
    now = record["created_at"]
    drafts = [batch.new_credential(record, row, now) for row in rows if row["row"] not in clashes]
    if drafts:
        _store_drafts(store, scope, record, drafts, session)


def _clashes(
    store: Store, scope: OrganisationScope, rows: list[Document], session: Any
) -> dict[int, contract.RowProblem]:
    """Return which rows lost their external id or their address to somebody else in between."""
    taken = store.credentials.taken(scope, [row["external_id"] for row in rows if row["external_id"]], session=session)
    found = {row["row"]: batch.TAKEN for row in rows if row["external_id"] in taken}
    return duplicate_handlers.clashes(store, scope, rows, session=session) | found


def _store_drafts(
    store: Store, scope: OrganisationScope, record: Document, drafts: list[Document], session: Any
) -> None:
    store.credentials.add(scope, drafts, session=session)
    for group_id, count in Counter(draft["group_id"] for draft in drafts).items():
        store.counters.add(scope, group_id, drafts=count, session=session)
    details = {"part": record["part"], "first_row": drafts[0]["row"], "count": len(drafts)}
    store.audit.add(scope, record["actor_id"], "create_credentials", record["batch_id"], details, session=session)
    created = CredentialsCreatedEvent(
        event_id=new_id(),
        correlation_id=correlation.current() or new_id(),
        organisation_id=scope.organisation_id,
        happened_at=record["created_at"],
        batch_id=record["batch_id"],
        credential_ids=tuple(draft["_id"] for draft in drafts),
    )
    store.outbox.add_events(scope, [created], session=session)


def _take_back(
    store: Store, scope: OrganisationScope, record: Document, clashes: dict[int, contract.RowProblem], session: Any
) -> None:
    refused = {"state": "refused", "pending": [], "problems": batch.with_problems(record, clashes)}
    if not store.batches.advance(scope, record, record["stored"], refused, session=session):
        return
    pairs = [(batch.credential_id(record["seed"], row["row"]), 1) for row in record["pending"][: record["stored"]]]
    removed = store.credentials.remove_drafts(scope, pairs, session=session)
    for group_id, count in Counter(draft["group_id"] for draft in removed).items():
        store.counters.add(scope, group_id, drafts=-count, session=session)


HANDLERS: Handlers = {contract.CREATE_CREDENTIALS: create_credentials}
