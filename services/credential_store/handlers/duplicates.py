"""Groups that refuse an address they have already: looked for in the transaction that stores it.

The transaction writes to the group first, so of two that would store the same address one runs again and then sees
what the other stored. Two browsers at the same moment create one credential. Groups that warn or allow are not held.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from conferral.contracts.rpc.credentials import RowProblem
from services.credential_store.domain import duplicates
from services.credential_store.domain.scope import OrganisationScope
from services.credential_store.domain.text import fold_address
from services.credential_store.handlers.context import Store

Document = dict[str, Any]


def present(store: Store, scope: OrganisationScope, wanted: Mapping[str, Sequence[str]]) -> set[duplicates.Place]:
    """Return which of these addresses (by group) are there, as places."""
    return {
        (group_id, address)
        for group_id, addresses in wanted.items()
        for address in store.credentials.addresses(scope, group_id, addresses)
    }


def clashes(store: Store, scope: OrganisationScope, rows: Sequence[Document], *, session: Any) -> dict[int, RowProblem]:
    """Hold the groups of rows that must be their address's only one; return row number to problem."""
    strict: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.get("unique"):
            strict.setdefault(row["group_id"], {})[fold_address(row["content"]["email"])] = row["row"]
    problems = {}
    for group_id, numbers in strict.items():
        for address in _taken(store, scope, group_id, list(numbers), session):
            problems[numbers[address]] = duplicates.problem()
    return problems


def is_refused(store: Store, scope: OrganisationScope, group: Document | None, address: str, *, session: Any) -> bool:
    """Tell whether an amended credential may not have this address, because its group has it already."""
    if group is None or duplicates.policy_of(group) != "refuse":
        return False
    return bool(_taken(store, scope, group["_id"], [fold_address(address)], session))


def _taken(store: Store, scope: OrganisationScope, group_id: str, addresses: Sequence[str], session: Any) -> set[str]:
    store.groups.hold(scope, group_id, session=session)
    return store.credentials.addresses(scope, group_id, addresses, session=session)
