"""The one table of what may follow what. Pure; whatever is not in a table raises.

The credential's table is of one *version* of it: amending a published credential begins a new version at draft while
the last published one stays live; publishing the new one supersedes that, cancelling or failing it unpublishes nothing.
``expired`` and ``emailed`` are derived, not states.
"""

from collections.abc import Mapping
from typing import get_args

from conferral.contracts.errors import Conflict
from conferral.contracts.rpc.credentials import CredentialState, DeliveryState

CREDENTIAL_STATES: tuple[CredentialState, ...] = get_args(CredentialState)
DELIVERY_STATES: tuple[DeliveryState, ...] = get_args(DeliveryState)

CREDENTIAL_MOVES: Mapping[CredentialState, frozenset[CredentialState]] = {
    "draft": frozenset({"queued"}),
    "queued": frozenset({"rendering", "failed", "draft"}),  # draft: cancelled
    "rendering": frozenset({"published", "failed", "queued"}),  # queued: its lease ran out
    "published": frozenset({"suspended", "revoked", "draft"}),  # draft: a new version begins, this one stays live
    "suspended": frozenset({"published", "revoked"}),
    "failed": frozenset({"draft", "queued"}),  # taken up again; retried
    "revoked": frozenset(),
}

DELIVERY_MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    "none": frozenset({"queued"}),
    "queued": frozenset({"claimed", "cancelled"}),
    "claimed": frozenset({"sending", "queued", "cancelled"}),  # queued: released, or its lease ran out
    "sending": frozenset({"sent", "queued", "failed", "cancelled", "unconfirmed"}),  # queued: refused for now (4xx)
    "unconfirmed": frozenset({"sent"}),  # only on evidence
    "sent": frozenset(),
    "failed": frozenset(),
    "cancelled": frozenset(),
}

AMENDABLE: frozenset[CredentialState] = frozenset({"draft", "failed", "published"})
"""What an issuer may amend: each of these goes to (or stays at) draft."""


def move_credential(current: CredentialState, wanted: CredentialState) -> CredentialState:
    """Return ``wanted`` if a version may go there.

    :raises Conflict: it may not.
    """
    if wanted not in CREDENTIAL_MOVES[current]:
        raise Conflict(f"A credential that is {current} cannot become {wanted}.")
    return wanted


def amend_credential(current: CredentialState) -> CredentialState:
    """Return the state after an amendment: always draft.

    :raises Conflict: the credential is on its way to publication, suspended or revoked.
    """
    if current not in AMENDABLE:
        raise Conflict(f"A credential that is {current} cannot be amended.")
    return current if current == "draft" else move_credential(current, "draft")


def discard_version(current: CredentialState, published_version: int | None) -> CredentialState:
    """Return the state after a new version was given up: that of the one that stayed live. The version itself ends.

    :raises Conflict: there is no new version, or it is on its way to publication.
    """
    if published_version is None or current not in {"draft", "failed"}:
        raise Conflict("There is no new version that could be discarded.")
    return "published"


def move_delivery(current: DeliveryState, wanted: DeliveryState) -> DeliveryState:
    """Return ``wanted`` if a delivery may go there.

    :raises Conflict: it may not.
    """
    if wanted not in DELIVERY_MOVES[current]:
        raise Conflict(f"A delivery that is {current} cannot become {wanted}.")
    return wanted


def sources_of(wanted: CredentialState) -> list[CredentialState]:
    """Return the states from which ``wanted`` is reached: the condition of a compare-and-set."""
    return [state for state in CREDENTIAL_STATES if wanted in CREDENTIAL_MOVES[state]]


def delivery_sources_of(wanted: DeliveryState) -> list[DeliveryState]:
    """Return the states from which a delivery reaches ``wanted``."""
    return [state for state in DELIVERY_STATES if wanted in DELIVERY_MOVES[state]]
