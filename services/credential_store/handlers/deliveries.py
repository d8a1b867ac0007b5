"""The mailer's side of a delivery: claim a command's emails, then record a window's ends and begin the next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from conferral.contracts.errors import Conflict
from conferral.contracts.events import EmailsAccepted
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import deliveries as contract
from conferral.runtime import correlation
from services.credential_store.domain.control import hold_back
from services.credential_store.domain.deliveries import Move, apply_result, begin, counter_changes, end, reach, requeue
from services.credential_store.domain.publication import Document
from services.credential_store.domain.scope import OrganisationScope
from services.credential_store.domain.text import fold_address
from services.credential_store.domain.timing import after
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.mail_hold import mail_flows
from services.credential_store.handlers.senders import used_sender
from services.credential_store.ports import Duplicate

NOT_PUBLISHED = "The credential is no longer published."
SUPPRESSED = "This address must not be written to."
_MOST_TRIES = 5


def claim_deliveries(context: Context, request: contract.ClaimDeliveries) -> contract.ClaimedDeliveries:
    """Claim those that are queued and due, under a lease; none while organisation or publication are on hold."""
    lease = context.tools.timing.claim_lease
    organisation = context.store.organisations.get(context.organisation) if request.delivery_ids else None
    if not request.delivery_ids or _is_on_hold(organisation) or not mail_flows(context):
        return contract.ClaimedDeliveries(deliveries=(), lease=lease)
    free = _not_held(context, request.delivery_ids)
    if not free:
        return contract.ClaimedDeliveries(deliveries=(), lease=lease)
    now = context.clock()
    claimed = context.store.publishing.deliveries.claim(context.organisation, free, new_id(), now, after(now, lease))
    return contract.ClaimedDeliveries(
        deliveries=tuple(_claimed(context, organisation, delivery) for delivery in claimed),
        lease=lease,
        sending=_own_way(organisation),
    )


def advance_deliveries(context: Context, request: contract.AdvanceDeliveries) -> contract.AdvancedDeliveries:
    """Record how a window's emails ended, and store ``sending`` for the next before any of their final dots leaves.

    Results with a stale fence, and those recorded before, change nothing.

    :raises Conflict: others kept changing the same deliveries; nothing was recorded.
    """
    results = {result.delivery_id: result for result in request.results}
    fences = dict(request.begin)
    named = [*results, *fences]
    if not named:
        return contract.AdvancedDeliveries(begun=())
    for _ in range(_MOST_TRIES):
        now = context.clock()
        found = context.store.publishing.deliveries.many(context.organisation, named)
        moves = [
            move
            for delivery_id, result in results.items()
            if delivery_id in found
            and (move := apply_result(found[delivery_id], result, now, context.tools.timing)) is not None
        ]
        held = [
            found[delivery_id]
            for delivery_id, fence in fences.items()
            if delivery_id in found
            and found[delivery_id]["state"] == "claimed"
            and found[delivery_id]["fence"] == fence
        ]
        starts = _starts(context, held, now)
        if carry_out(context, context.organisation, [*moves, *starts], now):
            begun = tuple(move.delivery["_id"] for move in starts if move.state == "sending")
            return contract.AdvancedDeliveries(begun=begun)
    raise Conflict("These deliveries kept changing.")


def carry_out(context: Context, scope: OrganisationScope, moves: Sequence[Move], now: datetime) -> bool:
    """Move deliveries and everything that counts them, in one transaction; False: one had moved, and none was."""
    if not moves:
        return True
    store, chunks, states = context.store, _chunk_changes(moves), _credential_states(moves)
    accepted = [move.delivery["_id"] for move in moves if move.state == "sent"]
    failing, reached = reach(moves)

    def work(session: Any) -> None:
        if store.publishing.deliveries.move(scope, moves, session=session) != len(moves):
            raise _Moved
        store.publishing.credentials.record_deliveries(scope, states, session=session)
        store.publishing.chunks.count(scope, chunks, session=session)
        store.publishing.addresses.record(scope, failing, reached, now, session=session)
        if accepted:
            event = EmailsAccepted(
                event_id=new_id(),
                correlation_id=correlation.current() or new_id(),
                organisation_id=scope.organisation_id,
                happened_at=now,
                delivery_ids=tuple(accepted),
            )
            store.outbox.add_events(scope, [event], session=session)

    try:
        store.transaction(work)
    except (_Moved, Duplicate):  # Duplicate: two emails to one address failed in the same moment
        return False
    return True


class _Moved(Exception):
    """A delivery was moved between reading and writing."""


def _starts(context: Context, held: Sequence[Document], now: datetime) -> list[Move]:
    """Decide for each delivery: it may leave, it never will, or not now. The last look before the final dot."""
    if not held:
        return []
    if _is_on_hold(context.store.organisations.get(context.organisation)) or not mail_flows(context):
        redrive = context.tools.timing.redrive
        return [requeue(delivery, now, redrive) for delivery in held]
    publishing, scope = context.store.publishing, context.organisation
    addresses = {delivery["_id"]: fold_address(delivery["to_address"]) for delivery in held}
    suppressed = publishing.deliveries.suppressed(scope, list(addresses.values()))
    ids = [delivery["credential_id"] for delivery in held if delivery["kind"] == "credential"]
    standing = publishing.credentials.standing(scope, ids) if ids else {}
    made_by = {delivery["publication_id"] for delivery in held if "publication_id" in delivery}
    holds = publishing.publications.holds(scope, made_by)
    moves = []
    for delivery in held:
        if (hold := holds.get(delivery.get("publication_id", ""))) is not None:
            moves.append(hold_back(delivery, hold, now, context.tools.timing))
        elif addresses[delivery["_id"]] in suppressed:
            moves.append(end(delivery, "cancelled", SUPPRESSED))
        elif delivery["kind"] == "credential" and not _is_live(standing.get(delivery["credential_id"])):
            moves.append(end(delivery, "cancelled", NOT_PUBLISHED))
        else:
            moves.append(begin(delivery, now, context.tools.timing))
    return moves


def _not_held(context: Context, delivery_ids: Sequence[str]) -> list[str]:
    """Return those whose publication is neither paused nor cancelled."""
    publishing, scope = context.store.publishing, context.organisation
    publications = publishing.deliveries.publications_of(scope, delivery_ids)
    holds = publishing.publications.holds(scope, set(publications.values()))
    return [delivery_id for delivery_id in delivery_ids if publications.get(delivery_id) not in holds]


def _is_live(credential: Mapping[str, Any] | None) -> bool:
    """Tell whether its page answers as published: a new version in the making leaves the last one live."""
    if credential is None or credential.get("published_version") is None:
        return False
    return credential["state"] not in {"suspended", "revoked"}


def _is_on_hold(organisation: Document | None) -> bool:
    # The installation's own mail has no organisation that could be on hold.
    return organisation is not None and bool(organisation.get("hold_mail"))


def _own_way(organisation: Document | None) -> int:
    if not organisation or not (organisation.get("smtp") or (organisation.get("dkim") or {}).get("active")):
        return 0
    return int(organisation["sending_revision"])


def _chunk_changes(moves: Sequence[Move]) -> dict[tuple[str, int], dict[str, int]]:
    totals: dict[tuple[str, int], dict[str, int]] = {}
    for move in moves:
        if "publication_id" in move.delivery:
            chunk = totals.setdefault((move.delivery["publication_id"], move.delivery["chunk"]), {})
            for name, change in counter_changes(move).items():
                chunk[name] = chunk.get(name, 0) + change
    return totals


def _credential_states(moves: Sequence[Move]) -> dict[tuple[str, int], str]:
    """Credentials show ends only: claimed and sending last for a moment, and would cost two writes each."""
    return {
        (move.delivery["credential_id"], move.delivery["ordinal"]): move.state
        for move in moves
        if "credential_id" in move.delivery and counter_changes(move)
    }


def _claimed(context: Context, organisation: Document | None, delivery: Document) -> contract.ClaimedDelivery:
    """Return what is sent: from an address that the organisation may use now, whatever it was when this was queued."""
    fields = set(contract.ClaimedDelivery.model_fields) - {"delivery_id"}
    claimed = contract.ClaimedDelivery(delivery_id=delivery["_id"], **{name: delivery[name] for name in fields})
    if organisation is None:  # the installation's own mail
        return claimed
    address, reply_to = used_sender(context.tools, organisation, claimed.from_address, claimed.reply_to)
    return claimed.model_copy(update={"from_address": address, "reply_to": reply_to})


HANDLERS: Handlers = {
    contract.CLAIM_DELIVERIES: claim_deliveries,
    contract.ADVANCE_DELIVERIES: advance_deliveries,
}
