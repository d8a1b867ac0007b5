"""What a dialog freezes and names: which credentials something can be done to, and what to warn of. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from conferral.contracts.rpc.credentials import CredentialState
from conferral.contracts.rpc.selections import Expiries, Purpose, Reason
from services.credential_store.domain.publication import PUBLISHABLE, Pair

Document = dict[str, Any]

ELIGIBLE_STATES: Mapping[Purpose, tuple[CredentialState, ...]] = {"publish": PUBLISHABLE, "delete": ("draft",)}


def is_eligible(purpose: Purpose, credential: Document) -> bool:
    """Tell whether this can be done to it: publish what is a draft or failed, delete what was never published."""
    if credential["state"] not in ELIGIBLE_STATES[purpose]:
        return False
    return purpose == "publish" or credential["published_version"] is None


def reason_of(purpose: Purpose, credential: Document | None, revision: int) -> Reason | None:
    """Say why a ticked credential stays as it is; None: it is as it was seen, and this can be done to it.

    :param revision: that was seen.
    """
    if credential is None:
        return "gone"
    if credential["state"] in {"queued", "rendering"}:
        return "moving"
    if credential["published_version"] is not None and not is_eligible(purpose, credential):
        return "published"
    if credential["revision"] != revision:
        return "changed"
    return None if is_eligible(purpose, credential) else "failed"


def pairs_of(credentials: Iterable[Document]) -> list[Pair]:
    """Return ids and revisions, by group, so that what is dealt with together is of one group."""
    ordered = sorted(credentials, key=lambda one: (one["group_id"], one["_id"]))
    return [(one["_id"], one["revision"]) for one in ordered]


def warnings_of(credentials: Iterable[Document], today: date) -> Counter[str]:
    """Count what a dialog asks or warns of: ``incomplete``, ``expired``, ``future``, ``published_before``."""
    found: Counter[str] = Counter()
    for one in credentials:
        content, day = one["content"], today.isoformat()
        found["incomplete"] += bool(one["incomplete"])
        found["expired"] += bool(content.get("expiry_date") and content["expiry_date"] < day)
        found["future"] += content["issue_date"] > day
        found["published_before"] += one["published_version"] is not None and not one["incomplete"]
    return found


def expiries_of(credentials: Iterable[Document]) -> Expiries:
    """Return when those that are complete expire."""
    found = [one["content"].get("expiry_date") for one in credentials if not one["incomplete"]]
    days = sorted(date.fromisoformat(day) for day in found if day)
    if not days:
        return Expiries(never=len(found))
    return Expiries(never=len(found) - len(days), dated=len(days), first=days[0], last=days[-1])
