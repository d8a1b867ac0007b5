"""Freezing what a dialog names, deleting it piece by piece, and the filters that people keep."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.ids import NumberedId, new_id
from conferral.contracts.operation import Done
from conferral.contracts.rpc import selections as contract
from conferral.contracts.rpc.credentials import MOST_COUNTED, CredentialFilter
from services.credential_store.domain import selecting, text
from services.credential_store.handlers import listing
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.credentials import delete_drafts
from services.credential_store.ports import Duplicate

Document = dict[str, Any]
_LIFETIME = timedelta(hours=1)
_PIECE = 100
_PIECES_AT_ONCE = 5
_LONGEST_NAME = 60
TOO_OLD = "This dialog is too old. Close it, and begin again from the list."
TOO_MANY = "More than 10,000 credentials match. Narrow the filter, and do it in several parts."


def freeze_selection(context: Context, request: contract.FreezeSelection) -> contract.SelectionFrozen:
    """Store what a dialog is about to name.

    :raises LimitExceeded: more match than can be selected, or than can be looked through.
    :raises InvalidInput: not exactly one of credentials, a filter and a publication was given.
    :raises NotFound: the organisation has no such publication.
    """
    given = (bool(request.credentials), request.filter is not None, request.publication_id is not None)
    if sum(given) != 1:
        raise InvalidInput("Either tick credentials, or select all that match.", [])
    chosen, left, staying = _chosen(context, request)
    now, new_selection = context.clock(), new_id()
    groups = list(dict.fromkeys(sorted(one["group_id"] for one in chosen)))
    selection = {
        "_id": new_selection,
        "purpose": request.purpose,
        "actor_id": context.actor_id,
        "pairs": [list(pair) for pair in selecting.pairs_of(chosen)],
        "groups": groups,
        "done": 0,
        "deleted": 0,
        "created_at": now,
        "expires_at": now + _LIFETIME,
    }
    context.store.frozen_selections.add(context.organisation, selection)
    warnings = selecting.warnings_of(chosen, _day_of(context, now))
    return contract.SelectionFrozen(
        selection_id=new_selection,
        selected=len(chosen),
        left=left,
        groups=tuple(groups),
        incomplete=warnings["incomplete"],
        expired=warnings["expired"],
        future=warnings["future"],
        staying=tuple(contract.Staying(reason=reason, count=count) for reason, count in staying.most_common()),
        unreachable=_unreachable(context, chosen) if request.purpose == "publish" else 0,
        published_before=warnings["published_before"],
        expiries=selecting.expiries_of(chosen),
    )


def check_selection(context: Context, request: contract.CheckSelection) -> contract.SelectionChecked:
    """Say what to warn of about ticked credentials; what changed since or is gone is not counted."""
    chosen, _left = _ticked(context, "publish", request.credentials)
    return contract.SelectionChecked(unreachable=_unreachable(context, chosen), expiries=selecting.expiries_of(chosen))


def find_frozen(context: Context, selection_id: str, purpose: str) -> Document:
    """Return what the same person froze for this.

    :raises NotFound: there is no such selection (any more).
    """
    found = context.store.frozen_selections.get(context.organisation, selection_id, context.clock())
    if found is None or found["purpose"] != purpose or found["actor_id"] != context.actor_id:
        raise NotFound(TOO_OLD)
    return found


def delete_selection(context: Context, request: contract.DeleteSelection) -> contract.SelectionDeleted:
    """Delete the next pieces of a frozen selection; what changed since, or was published, stays.

    :raises NotFound: there is no such selection (any more).
    :raises Conflict: the same selection is being deleted by another request.
    """
    store, scope = context.store, context.organisation
    selection = find_frozen(context, request.selection_id, "delete")
    for _ in range(_PIECES_AT_ONCE):
        pairs = [(pair[0], pair[1]) for pair in selection["pairs"][selection["done"] : selection["done"] + _PIECE]]
        if not pairs:
            break

        def work(session: Any, pairs: list[tuple[str, int]] = pairs, before: Document = selection) -> Document:
            deleted = before["deleted"] + delete_drafts(context, pairs, session)
            changes = {"done": before["done"] + len(pairs), "deleted": deleted}
            if not store.frozen_selections.advance(scope, before, changes, session=session):
                raise Conflict("These credentials are being deleted already.")
            return {**before, **changes}

        selection = store.transaction(work)
    return contract.SelectionDeleted(
        selected=len(selection["pairs"]), done=selection["done"], deleted=selection["deleted"]
    )


def save_filter(context: Context, request: contract.SaveFilter) -> contract.SavedFilters:
    """Keep a filter, in place of the person's one of the same name.

    :raises InvalidInput: the name has to be corrected.
    :raises LimitExceeded: the person keeps too many.
    :raises Conflict: the id is somebody else's filter.
    """
    try:
        name = text.line(request.name, longest=_LONGEST_NAME)
    except text.Refused as refused:
        raise InvalidInput("Please correct what is marked.", [["name", str(refused)]]) from None
    if not name:
        raise InvalidInput("Please correct what is marked.", [["name", "is missing."]])
    store, scope = context.store, context.organisation
    kept = {one["name"] for one in store.saved_filters.of_person(scope, context.actor_id)}
    if len(kept | {name}) > contract.MOST_SAVED_FILTERS:
        raise LimitExceeded("You keep 50 filters already. Delete one first.")
    saved = {
        "_id": request.filter_id,
        "person_id": context.actor_id,
        "name": name,
        "filter": request.filter.model_dump(mode="json", exclude_defaults=True),
        "sort": request.sort,
        "created_at": context.clock(),
    }

    def work(session: Any) -> None:
        store.saved_filters.put(scope, saved, session=session)
        store.audit.add(scope, context.actor_id, "save_filter", request.filter_id, {}, session=session)

    try:
        store.transaction(work)
    except Duplicate:
        raise Conflict("This filter is somebody else's, or was saved at this very moment.") from None
    return _saved(context)


def list_saved_filters(context: Context, _request: contract.ListSavedFilters) -> contract.SavedFilters:
    """Return those of the person who asks."""
    return _saved(context)


def delete_saved_filter(context: Context, request: contract.DeleteSavedFilter) -> Done:
    """Forget one of the person's.

    :raises NotFound: the person has no such filter.
    """
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        if not store.saved_filters.remove(scope, context.actor_id, request.filter_id, session=session):
            raise NotFound("There is no such filter.")
        store.audit.add(scope, context.actor_id, "delete_saved_filter", request.filter_id, {}, session=session)

    store.transaction(work)
    return Done()


def _day_of(context: Context, moment: datetime) -> date:
    """Return the day that it is then where the organisation is."""
    organisation = context.store.organisations.get(context.organisation)
    return moment.astimezone(ZoneInfo(organisation["timezone"] if organisation else "UTC")).date()


def _unreachable(context: Context, chosen: Sequence[Document]) -> int:
    addresses = [one["address"] for one in chosen if not one["incomplete"]]
    failing = context.store.publishing.addresses.among(context.organisation, addresses)
    return sum(address in failing for address in addresses)


def _chosen(
    context: Context, request: contract.FreezeSelection
) -> tuple[list[Document], int | None, Counter[contract.Reason]]:
    """Return what is selected, how many stay as they are, and of ticked ones for which reasons."""
    if request.publication_id is not None:
        return *_failed(context, request.purpose, request.publication_id), Counter()
    if request.filter is None:
        chosen, staying = _ticked(context, request.purpose, request.credentials)
        return chosen, staying.total(), staying
    return *_matching(context, request.purpose, request.filter), Counter()


def _ticked(
    context: Context, purpose: contract.Purpose, ticked: Sequence[NumberedId]
) -> tuple[list[Document], Counter[contract.Reason]]:
    """Return those that this can be done to, and how many stay for which reason."""
    revisions = dict(ticked)
    found = context.store.publishing.credentials.many(context.organisation, list(revisions))
    reasons = {key: selecting.reason_of(purpose, found.get(key), seen) for key, seen in revisions.items()}
    return [found[key] for key, reason in reasons.items() if reason is None], Counter(filter(None, reasons.values()))


def _failed(context: Context, purpose: contract.Purpose, publication_id: str) -> tuple[list[Document], int]:
    """Return those that failed in a publication and are as it left them; and how many were dealt with since."""
    publishing, scope = context.store.publishing, context.organisation
    if publishing.publications.get(scope, publication_id) is None:
        raise NotFound("There is no such publication.")
    ids = publishing.chunks.failed_ids(scope, publication_id)
    found = publishing.credentials.many(scope, ids).values()
    chosen = [one for one in found if one["state"] == "failed" and one["publication_id"] == publication_id]
    return [one for one in chosen if selecting.is_eligible(purpose, one)], len(ids) - len(chosen)


def _matching(
    context: Context, purpose: contract.Purpose, wanted: CredentialFilter
) -> tuple[list[Document], int | None]:
    """Return those that match and can be selected, and how many match and cannot."""
    chosen: list[Document] = []
    for state in selecting.ELIGIBLE_STATES[purpose]:
        if wanted.state not in {None, state} or (wanted.incomplete and state != "draft"):
            continue
        for page in listing.pages(context, wanted.model_copy(update={"state": state})):
            if page.partial:
                raise LimitExceeded(TOO_MANY)
            chosen += [one for one in page.found if selecting.is_eligible(purpose, one)]
            if len(chosen) > MOST_COUNTED:
                raise LimitExceeded(TOO_MANY)
    total, _ = listing.count(context, wanted, listing.read_page(context, wanted, "newest", None, 1))
    return chosen, None if total is None else max(total - len(chosen), 0)


def _saved(context: Context) -> contract.SavedFilters:
    found = context.store.saved_filters.of_person(context.organisation, context.actor_id)
    return contract.SavedFilters(
        filters=tuple(
            contract.SavedFilter(
                id=one["_id"],
                name=one["name"],
                filter=CredentialFilter.model_validate(one["filter"]),
                sort=one["sort"],
            )
            for one in found
        )
    )


HANDLERS: Handlers = {
    contract.FREEZE_SELECTION: freeze_selection,
    contract.CHECK_SELECTION: check_selection,
    contract.DELETE_SELECTION: delete_selection,
    contract.SAVE_FILTER: save_filter,
    contract.LIST_SAVED_FILTERS: list_saved_filters,
    contract.DELETE_SAVED_FILTER: delete_saved_filter,
}
