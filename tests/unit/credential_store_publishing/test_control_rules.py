"""Pausing, resuming and cancelling: whatever the order, no email is lost, sent twice, or begun while it is held."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conferral.contracts.errors import Conflict
from conferral.contracts.rpc.deliveries import DeliveryResult
from services.credential_store.domain import control
from services.credential_store.domain.deliveries import (
    TERMINAL,
    Move,
    Sender,
    apply_result,
    begin,
    end,
    new_delivery,
    requeue,
)
from services.credential_store.domain.timing import Timing, after

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIMING = Timing()
Outcome = Literal["sent", "retry", "failed", "unconfirmed", "cancelled", "release"]


class Model:
    """One publication's emails, moved by nothing but the rules, each move a compare-and-set as in the store."""

    def __init__(self, emails: int) -> None:
        self.now = NOW
        self.publication: dict[str, Any] = {"status": "running", "control_revision": 0}
        self.emails = {email["_id"]: email for email in map(self._email, range(emails))}
        self.held: dict[str, int] = {}
        """What a mailer holds: id to fence, as far as it knows."""
        self.sending: dict[str, int] = {}
        self.dots: dict[str, int] = {}

    def _email(self, number: int) -> dict[str, Any]:
        recipient = (f"Recipient {number}", f"recipient-{number}@example.org")
        return new_delivery(
            "o", "credential", Sender("S", "s@example.org"), recipient,
            language="en", values={}, template=None, now=self.now, timing=TIMING, delivery_id="abcdef"[number] * 26,
        )  # fmt: skip

    def apply(self, move: Move | None) -> bool:
        if move is None:
            return False
        email = self.emails[move.delivery["_id"]]
        if (email["state"], email["fence"]) != (move.delivery["state"], move.delivery["fence"]):
            return False
        email.update(move.changes)
        for name in move.remove:
            email.pop(name, None)
        return True

    def decide(self, rule: Any) -> None:
        try:
            changes = rule(self.publication, self.now)
        except Conflict:
            return
        for name, value in (changes or {}).items():
            if value is None:
                self.publication.pop(name, None)
            else:
                self.publication[name] = value

    def relay(self) -> None:
        work = self.publication.pop("control", None)
        for email in self.emails.values():
            if work == "cancel":
                self.apply(control.give_up(dict(email)))
            elif work == "redrive" and email["state"] == "queued":
                self.apply(control.drive(dict(email), self.now, TIMING))
        if work == "cancel" and any(email["state"] not in TERMINAL for email in self.emails.values()):
            self.publication["control"] = "cancel"

    def claim(self) -> None:
        for email in self.emails.values():
            if email["state"] == "queued" and control.is_due(email, self.now) and "hold" not in self.publication:
                email.update(state="claimed", fence=email["fence"] + 1, sweep_at=after(self.now, TIMING.claim_lease))
                self.held[email["_id"]] = email["fence"]

    def begin(self) -> None:
        hold = self.publication.get("hold")
        for delivery_id, fence in self.held.items():
            email = dict(self.emails[delivery_id])
            if (email["state"], email["fence"]) != ("claimed", fence):
                continue
            if hold:
                self.apply(control.hold_back(email, hold, self.now, TIMING))
            elif self.apply(begin(email, self.now, TIMING)):
                self.sending[delivery_id] = fence
        self.held.clear()

    def report(self, outcome: Outcome) -> None:
        for delivery_id, fence in self.sending.items():
            if outcome in ("sent", "unconfirmed"):
                self.dots[delivery_id] = self.dots.get(delivery_id, 0) + 1
            result = DeliveryResult(delivery_id=delivery_id, fence=fence, outcome=outcome)
            self.apply(apply_result(dict(self.emails[delivery_id]), result, self.now, TIMING))
        self.sending.clear()

    def die(self) -> None:
        """The mailer is killed after its dots have left, and before it could say so."""
        for delivery_id in self.sending:
            self.dots[delivery_id] = self.dots.get(delivery_id, 0) + 1
        self.sending.clear()
        self.held.clear()

    def sweep(self) -> None:
        self.now += timedelta(hours=2)
        for email in self.emails.values():
            if email["state"] == "claimed":
                self.apply(requeue(dict(email), self.now, 0.0))
            elif email["state"] == "sending" and email["_id"] not in self.sending:
                self.apply(end(dict(email), "unconfirmed", ""))


STEPS = {
    "pause": lambda model: model.decide(control.pause),
    "resume": lambda model: model.decide(control.resume),
    "cancel": lambda model: model.decide(control.cancel),
    "relay": Model.relay,
    "claim": Model.claim,
    "begin": Model.begin,
    "sent": lambda model: model.report("sent"),
    "retry": lambda model: model.report("retry"),
    "failed": lambda model: model.report("failed"),
    "unconfirmed": lambda model: model.report("unconfirmed"),
    "die": Model.die,
    "sweep": Model.sweep,
}


@settings(max_examples=400, deadline=None)
@given(st.integers(1, 4), st.lists(st.sampled_from(sorted(STEPS)), max_size=40))
def test_no_order_of_events_loses_an_email_or_sends_it_twice(emails: int, steps: list[str]) -> None:
    model = Model(emails)
    for step in steps:
        sending = set(model.sending)
        STEPS[step](model)
        if model.publication.get("hold"):
            assert set(model.sending) <= sending, f"{step} began an email that is held"
    model.die()
    model.decide(control.resume)
    for _ in range(4):
        model.sweep()
        model.relay()
        model.claim()
        model.begin()
        model.report("sent")
    states = [email["state"] for email in model.emails.values()]
    assert set(states) <= TERMINAL, "every email comes to its end"
    assert all(count == 1 for count in model.dots.values()), "no dot left twice"
    assert all(
        (email["state"] in {"sent", "unconfirmed"}) == (email["_id"] in model.dots) for email in model.emails.values()
    )
    if "hold" not in model.publication:
        assert "cancelled" not in states


@pytest.mark.parametrize("rule", [control.pause, control.resume, control.cancel])
def test_what_is_over_is_not_changed(rule: Any) -> None:
    assert rule({"status": "finished", "control_revision": 3}, NOW) is None


def test_a_cancelled_publication_is_not_resumed() -> None:
    with pytest.raises(Conflict):
        control.resume({"status": "running", "hold": "cancelled"}, NOW)


def test_pausing_takes_back_what_the_relay_was_to_do() -> None:
    changes = control.pause({"status": "running", "control": "redrive", "control_at": NOW, "control_revision": 2}, NOW)
    assert changes == {"hold": "paused", "control": None, "control_at": None, "control_revision": 3}


@pytest.mark.parametrize(
    ("state", "counts", "settled"),
    [
        ("queued", {"published": 0}, False),
        ("rendering", {"published": 0}, False),
        ("done", {"published": 0, "cancelled": 3}, True),
        ("done", {"published": 2, "emails_sent": 1}, False),
        ("done", {"published": 2, "emails_sent": 1, "not_told": 1}, True),
        ("done", {"published": 3, "emails_sent": 1, "emails_cancelled": 1, "emails_unconfirmed": 1}, True),
    ],
)
def test_a_chunk_is_settled_when_nothing_of_it_moves(state: str, counts: dict[str, int], *, settled: bool) -> None:
    assert control.is_settled({"state": state, "counts": counts}) is settled
