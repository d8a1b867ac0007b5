"""Cutting a selection into chunks, days and instants, counts."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferral.contracts.commands import CHUNK_SIZE
from services.credential_store.domain.publication import (
    MOST_BYTES,
    NO_COUNTS,
    counts_of,
    cut,
    end_of_day,
    start_of_day,
    status_of,
)


def credential(group: str = "g", revision: int = 1, state: str = "draft", **fields: Any) -> dict[str, Any]:
    return {
        "group_id": group,
        "revision": revision,
        "state": state,
        "incomplete": False,
        "content": {"name": "A"},
        **fields,
    }


def test_a_chunk_holds_at_most_a_hundred() -> None:
    pairs = [(str(number), 1) for number in range(250)]
    piece = cut(pairs, {one: credential() for one, _ in pairs})
    assert (piece.taken, len(piece.ready), piece.skipped) == (CHUNK_SIZE, CHUNK_SIZE, 0)


def test_a_chunk_ends_with_its_group() -> None:
    found = {"a": credential("g"), "b": credential("g"), "c": credential("h")}
    piece = cut([("a", 1), ("b", 1), ("c", 1)], found)
    assert (piece.taken, len(piece.ready)) == (2, 2)


def test_a_chunk_is_bounded_in_bytes_but_never_empty() -> None:
    huge = {"attributes": {"story": "長" * MOST_BYTES}}
    found = {"a": credential(content=huge), "b": credential(content=huge)}
    piece = cut([("a", 1), ("b", 1)], found)
    assert (piece.taken, len(piece.ready)) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        None,
        credential(revision=2),
        credential(incomplete=True),
        credential(state="queued"),
        credential(state="rendering"),
        credential(state="published"),
        credential(state="suspended"),
        credential(state="revoked"),
    ],
)
def test_what_may_not_be_published_is_skipped(other: dict[str, Any] | None) -> None:
    found = {"a": credential()} | ({"b": other} if other else {})
    piece = cut([("b", 1), ("a", 1)], found)
    assert (piece.taken, piece.skipped, len(piece.ready)) == (2, 1, 1)


@given(
    st.lists(
        st.tuples(st.sampled_from("ghi"), st.sampled_from(["draft", "failed", "queued"]), st.booleans()), max_size=300
    )
)
def test_cutting_deals_with_every_credential_exactly_once(kinds: list[tuple[str, str, bool]]) -> None:
    kinds.sort()
    found = {
        str(number): credential(group, state=state, incomplete=incomplete, _id=str(number))
        for number, (group, state, incomplete) in enumerate(kinds)
    }
    pairs = [(one, 1) for one in found]
    ready: list[str] = []
    position = skipped = 0
    while position < len(pairs):
        piece = cut(pairs[position:], found)
        assert piece.taken > 0
        assert len({one["group_id"] for one in piece.ready}) <= 1
        position += piece.taken
        skipped += piece.skipped
        ready += [one["_id"] for one in piece.ready]
    wanted = [one for one, it in found.items() if it["state"] != "queued" and not it["incomplete"]]
    assert ready == wanted
    assert skipped == len(pairs) - len(wanted)


def test_days_are_the_organisations_own() -> None:
    assert start_of_day("2026-11-23", "Asia/Tokyo").astimezone(UTC) == datetime(2026, 11, 22, 15, tzinfo=UTC)
    # The clocks go back on 25 October 2026 in Berlin: that day has 25 hours, and ends at its end.
    assert end_of_day("2026-10-25", "Europe/Berlin").astimezone(UTC) == datetime(
        2026, 10, 25, 22, 59, 59, 999000, tzinfo=UTC
    )
    assert end_of_day("2026-12-31", "UTC") == datetime(2026, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)


def test_every_selected_credential_is_counted_once() -> None:
    publication = {"selected": 10, "skipped": 2, "status": "running"}
    chunks = [
        {"counts": {**NO_COUNTS, "published": 3, "failed": 1, "emails_sent": 1}},
        {"counts": {**NO_COUNTS, "published": 1, "emails_cancelled": 1}},
    ]
    counts = counts_of(publication, chunks)
    assert counts.skipped + counts.queued + counts.published + counts.failed == counts.selected
    assert counts.queued == 3
    assert (counts.emails_failed, counts.emails_cancelled) == (0, 1)


@pytest.mark.parametrize(
    ("status", "changes", "expected"),
    [
        ("expanding", {}, "expanding"),
        ("running", {}, "running"),
        ("running", {"published": 2}, "running"),
        ("running", {"published": 2, "emails_sent": 1, "emails_unconfirmed": 1}, "finished"),
        ("running", {"failed": 2}, "finished"),
        ("running", {"published": 2, "not_told": 1, "emails_sent": 1}, "finished"),
        ("running", {"published": 1, "cancelled": 1, "emails_cancelled": 1}, "finished"),
        ("finished", {"published": 2, "emails_sent": 2}, "finished"),
    ],
)
def test_it_is_finished_when_everything_came_to_its_end(status: str, changes: dict[str, int], expected: str) -> None:
    publication = {"selected": 2, "skipped": 0, "status": status}
    assert status_of(publication, counts_of(publication, [{"counts": {**NO_COUNTS, **changes}}])) == expected
