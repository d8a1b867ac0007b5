"""The same address twice in a group, and what the group's setting says of it. Pure.

``warn``: a person is asked first; whoever does not ask (an API, a demo) stores it. ``allow``: nobody cares. ``refuse``:
the second one is not stored, whoever asks for it. Addresses are compared as ``text.fold_address`` folds them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from conferral.contracts.rpc.credentials import CredentialRow, RowProblem
from services.credential_store.domain.text import fold_address

Document = dict[str, Any]
Policy = Literal["warn", "allow", "refuse"]
Place = tuple[str, str]
"""Group id and folded address."""

IN_GROUP = "has a credential in this group already."
IN_CALL = "is the address of another recipient of this group in the same form."


def policy_of(group: Mapping[str, Any]) -> Policy:
    """Return a stored group's setting; groups of before it had one warn."""
    policy: Policy = group["content"].get("duplicates", "warn")
    return policy


def place_of(row: CredentialRow) -> Place:
    """Return what must not be there twice."""
    return row.group_id, fold_address(row.content.email)


def matters(policy: Policy | None, *, asks: bool) -> bool:
    """Tell whether it is worth looking for other credentials of the address."""
    return policy == "refuse" or (policy == "warn" and asks)


def wanted_places(rows: Sequence[CredentialRow], policies: Mapping[str, Policy], *, asks: bool) -> dict[str, list[str]]:
    """Return the addresses to look for, by group."""
    wanted: dict[str, list[str]] = {}
    for group_id, address in map(place_of, rows):
        if matters(policies.get(group_id), asks=asks):
            wanted.setdefault(group_id, []).append(address)
    return wanted


def find(
    rows: Sequence[CredentialRow], policies: Mapping[str, Policy], present: Collection[Place], *, asks: bool
) -> dict[int, RowProblem]:
    """Return row number to problem. Of rows that share an address, the first is right.

    :param present: what the store has already, of the addresses that matter.
    """
    problems: dict[int, RowProblem] = {}
    seen: set[Place] = set()
    for number, row in enumerate(rows):
        place, policy = place_of(row), policies.get(row.group_id)
        if matters(policy, asks=asks) and (place in present or place in seen):
            acceptable = policy == "warn"
            if not (acceptable and row.accepts_duplicate):
                problems[number] = problem(in_call=place not in present, acceptable=acceptable)
        seen.add(place)
    return problems


def problem(*, in_call: bool = False, acceptable: bool = False) -> RowProblem:
    """Return what is wrong with an address that is there already."""
    return RowProblem(
        field="email",
        message=IN_CALL if in_call else IN_GROUP,
        code="duplicate_in_call" if in_call else "duplicate",
        acceptable=acceptable,
    )
