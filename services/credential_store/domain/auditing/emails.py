"""Intended emails, and what a mail server says it accepted: I2, and of I1 what is stuck, of I7 what is left over."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from services.credential_store.domain.auditing.findings import Document, Finding, Unit, ago, is_overdue
from services.credential_store.domain.deliveries import COUNTER_OF, TERMINAL
from services.credential_store.domain.states import DELIVERY_STATES

_NEVER_LEFT = frozenset({"queued", "claimed", "failed", "cancelled"})
_OF_A_HOLDER = ("sweep_at", "claim", "sending_since")


class Accepted(Protocol):
    """What a mail server's log said, when the records were about to be read and after they were read."""

    def before(self, message_id: str) -> int:
        """How often it had been accepted before the records were read."""

    def after(self, message_id: str) -> int:
        """How often it had been accepted after the records were read."""


def examine(unit: Unit, email: Document, now: datetime, accepted: Accepted | None) -> Iterator[Finding]:
    """Return what is wrong with one email."""
    state, name = email["state"], f"email {email['_id']}"
    if state not in DELIVERY_STATES or state == "none":
        yield Finding("illegal_state", unit, name, f"is {state!r}, which is no state.")
        return
    if email["message_id"].partition("@")[0] != f"<{email['_id']}":
        yield Finding("message_id_differs", unit, name, "has a Message-ID that was not made of its own id.")
    due = email.get("sweep_at")
    if state in TERMINAL:
        if left := [field for field in _OF_A_HOLDER if email.get(field) is not None]:
            yield Finding("left_over", unit, name, f"is {state}, and still has {', '.join(left)}.")
    elif due is None:
        yield Finding("never_looked_at", unit, name, f"is {state}, and has no time at which it is looked at again.")
    elif is_overdue(due, now):
        yield Finding("stuck", unit, name, f"is {state}, and should have been looked at {ago(due, now)}.")
    if accepted is not None:
        yield from _against_the_log(unit, name, email, accepted)


def _against_the_log(unit: Unit, name: str, email: Document, accepted: Accepted) -> Iterator[Finding]:
    state, message_id = email["state"], email["message_id"]
    before, after = accepted.before(message_id), accepted.after(message_id)
    if after > 1:
        yield Finding("accepted_twice", unit, name, f"was accepted {after} times ({state} here).")
    if state == "sent" and not after:
        yield Finding("sent_but_not_accepted", unit, name, "is sent, and was never accepted.")
    if state in _NEVER_LEFT and before:
        yield Finding("accepted_but_not_sent", unit, name, f"is {state}, and was accepted.")


def examine_of_credential(unit: Unit, credential: Document | None, emails: Sequence[Document]) -> Iterator[Finding]:
    """Return what is wrong between a credential and its emails."""
    name = f"credential {unit.key}"
    if credential is None:
        for email in emails:
            yield Finding("email_of_nothing", unit, f"email {email['_id']}", f"is about {name}, which is not there.")
        return
    number, published = credential.get("deliveries") or 0, credential.get("published_version")
    if published is None:
        for email in emails:
            yield Finding("email_of_nothing", unit, f"email {email['_id']}", f"is about {name}, never published.")
        return
    ordinals = sorted(email["ordinal"] for email in emails)
    if ordinals != list(range(1, number + 1)) or not number:
        yield Finding("email_missing", unit, name, f"counts {number} emails, and has those numbered {ordinals[:5]}.")
        return
    latest = max(emails, key=lambda email: int(email["ordinal"]))["state"]
    shown = latest if latest in COUNTER_OF else "queued"
    if credential.get("delivery_state") != shown:
        yield Finding(
            "email_state_differs", unit, name, f"says {credential.get('delivery_state')}; its latest email is {latest}."
        )
