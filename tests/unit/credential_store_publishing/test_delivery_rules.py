"""What may become of an email, and when things are tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferral.contracts.rpc.deliveries import DeliveryResult
from services.credential_store.domain.deliveries import (
    TERMINAL,
    Move,
    Sender,
    apply_result,
    begin,
    counter_changes,
    end,
    message_id_of,
    new_delivery,
    requeue,
)
from services.credential_store.domain.states import DELIVERY_MOVES, DELIVERY_STATES
from services.credential_store.domain.timing import Timing, jittered

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OUTCOMES = get_args(DeliveryResult.model_fields["outcome"].annotation)


def delivery(state: str = "sending", fence: int = 3, attempts: int = 0) -> dict[str, Any]:
    return {"_id": "d" * 26, "kind": "credential", "state": state, "fence": fence, "attempts": attempts}


def told(outcome: Any, fence: int = 3, retry_after: float | None = None) -> DeliveryResult:
    return DeliveryResult(delivery_id="d" * 26, fence=fence, outcome=outcome, server="x" * 900, retry_after=retry_after)


@pytest.mark.parametrize("state", DELIVERY_STATES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_results_follow_the_table_of_states(state: Any, outcome: str) -> None:
    move = apply_result(delivery(state), told(outcome), NOW, Timing())
    if move is not None:
        assert move.state in DELIVERY_MOVES[state]
        assert len(move.changes.get("server", "")) <= 500


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_stale_fence_says_nothing(outcome: str) -> None:
    assert apply_result(delivery(fence=4), told(outcome), NOW, Timing()) is None


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled"])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_end_is_an_end(state: str, outcome: str) -> None:
    assert apply_result(delivery(state), told(outcome), NOW, Timing()) is None


def test_only_evidence_settles_what_is_unconfirmed() -> None:
    moves = {outcome: apply_result(delivery("unconfirmed"), told(outcome), NOW, Timing()) for outcome in OUTCOMES}
    settled = {outcome: move.state for outcome, move in moves.items() if move}
    assert settled == {"sent": "sent"}


def test_what_failed_before_it_was_begun_is_cancelled() -> None:
    move = apply_result(delivery("claimed"), told("failed"), NOW, Timing())
    assert move is not None
    assert move.state == "cancelled"


def test_retries_wait_for_the_longer_of_backoff_and_what_the_mailer_asks() -> None:
    short = apply_result(delivery(), told("retry", retry_after=0.1), NOW, Timing())
    long = apply_result(delivery(), told("retry", retry_after=900), NOW, Timing())
    assert short is not None
    assert long is not None
    assert timedelta(seconds=0.7) < short.changes["next_attempt_at"] - NOW < timedelta(seconds=1.3)
    assert long.changes["next_attempt_at"] - NOW == timedelta(seconds=900)
    assert short.changes["attempts"] == 1


def test_retries_are_bounded() -> None:
    move = apply_result(delivery(attempts=Timing().most_attempts - 1), told("retry"), NOW, Timing())
    assert move is not None
    assert move.state == "failed"


@given(st.lists(st.sampled_from(["begin", "claim", *OUTCOMES]), max_size=30))
def test_counters_always_say_where_the_delivery_is(steps: list[Any]) -> None:
    current: dict[str, Any] = {**delivery("queued"), "next_attempt_at": NOW}
    counters: dict[str, int] = {}
    for step in steps:
        move: Move | None = None
        if step == "claim" and current["state"] == "queued":
            current = {**current, "state": "claimed"}
        elif step == "begin" and current["state"] == "claimed":
            move = begin(current, NOW, Timing())
        elif step in OUTCOMES:
            move = apply_result(current, told(step), NOW, Timing())
        if move is not None:
            assert move.state in DELIVERY_MOVES[current["state"]]
            for name, change in counter_changes(move).items():
                counters[name] = counters.get(name, 0) + change
            current = {**current, **move.changes}
    ended = {name: number for name, number in counters.items() if number}
    terminal = current["state"] in {"sent", "failed", "cancelled", "unconfirmed"}
    assert ended == ({f"emails_{current['state']}": 1} if terminal else {})


def test_nothing_looks_at_an_ended_delivery_again() -> None:
    assert "sweep_at" in end(delivery(), "sent", "").remove
    assert requeue(delivery(), NOW, 5).changes["sweep_at"] == NOW + timedelta(seconds=5)


@pytest.mark.parametrize("state", sorted(TERMINAL))
def test_what_opens_an_account_is_forgotten_when_its_email_has_ended(state: str) -> None:
    assert "values" in end({**delivery(), "kind": "password_reset"}, state, "").remove
    assert "values" not in end(delivery(), state, "").remove
    assert "values" not in requeue({**delivery(), "kind": "password_reset"}, NOW, 5).remove


def test_the_message_id_follows_from_the_delivery() -> None:
    made = new_delivery(
        "installation",
        "password_reset",
        Sender("Conferral", "mail@example.org"),
        ("A", "a@example.net"),
        language="en",
        values={},
        template=None,
        now=NOW,
        timing=Timing(),
    )
    assert made["message_id"] == message_id_of(made["_id"], "mail@example.org") == f"<{made['_id']}@example.org>"


@given(st.integers(min_value=0, max_value=1000))
def test_backoff_stays_within_a_fifth_of_its_steps(attempts: int) -> None:
    steps = Timing().backoff
    expected = steps[min(max(attempts, 1), len(steps)) - 1]
    assert 0.8 * expected <= jittered(steps, attempts) <= 1.2 * expected


def test_redriving_slows_down_to_an_hour() -> None:
    waits = [Timing().redrive_at(NOW, redrives) - NOW for redrives in (0, 1, 2, 50)]
    assert [wait.total_seconds() for wait in waits] == [30, 60, 120, 3600]
