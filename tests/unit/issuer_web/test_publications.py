"""Where a publication stands, in words and on the bar; and what a tick tells the dialog."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialContent, CredentialSummary
from conferral.contracts.rpc.publications import Counts, PublicationSummary
from services.issuer_web.domain.selection import read_ticks, tick_value
from services.issuer_web.handlers.publications import awaiting_email, is_moving, phase, progress

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NONE = dict.fromkeys(Counts.model_fields, 0)


def publication(status: Any, hold: Any, **counts: int) -> PublicationSummary:
    return PublicationSummary(
        id=new_id(),
        status=status,
        hold=hold,
        counts=Counts(**{**NONE, **counts}),
        groups=("G",),
        requested_by="x",
        requested_at=NOW,
    )


@pytest.mark.parametrize(
    ("status", "hold", "expected"),
    [
        ("expanding", None, "publishing"),
        ("running", None, "publishing"),
        ("expanding", "paused", "paused"),
        ("running", "paused", "paused"),
        ("running", "cancelled", "cancelling"),
        ("finished", "cancelled", "cancelled"),
        ("finished", "paused", "finished"),
        ("finished", None, "finished"),
    ],
)
def test_its_phase_is_one_word(status: str, hold: str | None, expected: str) -> None:
    shown = publication(status, hold)
    assert phase(shown) == expected
    assert is_moving(shown) == (status != "finished")


@given(st.lists(st.integers(0, 50), min_size=8, max_size=8))
def test_the_bar_is_full_when_everything_came_to_its_end_and_only_then(numbers: list[int]) -> None:
    skipped, failed, cancelled, not_told, sent, refused, unconfirmed, given_up = numbers
    published = not_told + sent + refused + unconfirmed + given_up
    ended = Counts(
        selected=skipped + failed + cancelled + published,
        skipped=skipped,
        queued=0,
        published=published,
        failed=failed,
        cancelled=cancelled,
        not_told=not_told,
        emails_sent=sent,
        emails_failed=refused,
        emails_unconfirmed=unconfirmed,
        emails_cancelled=given_up,
    )
    assert awaiting_email(ended) == 0
    assert progress(ended) == 2 * ended.selected
    if sent:
        before = ended.model_copy(update={"emails_sent": sent - 1})
        assert progress(before) < 2 * ended.selected


def credential(**fields: Any) -> CredentialSummary:
    values: dict[str, Any] = {
        "id": new_id(),
        "revision": 2,
        "group_id": new_id(),
        "group_name": "G",
        "state": "draft",
        "content": CredentialContent(name="N", email="n@example.org", issue_date=date(2026, 11, 24)),
        "incomplete": False,
        "published_version": None,
        "url": None,
        "failure": None,
        "delivery_state": "none",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return CredentialSummary(**{**values, **fields})


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({}, ""),
        ({"incomplete": True}, "i"),
        ({"published_version": 1}, "p"),
        ({"published_version": 1, "incomplete": True}, "i"),
        ({"published_version": 1, "delivery_state": "failed"}, "p"),
        ({"published_version": 1, "delivery_state": "sent"}, "p"),
    ],
)
def test_a_tick_tells_what_the_dialog_warns_of(fields: dict[str, Any], flags: str) -> None:
    selection = read_ticks([tick_value(credential(**fields), date(2026, 11, 24))])
    assert "".join(flag for flag in "iefpb" if selection.warnings[flag]) == flags
