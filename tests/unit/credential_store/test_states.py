import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferral.contracts.errors import Conflict
from services.credential_store.domain import states

ALLOWED = {
    ("draft", "queued"),
    ("queued", "rendering"),
    ("queued", "draft"),
    ("queued", "failed"),
    ("rendering", "published"),
    ("rendering", "queued"),
    ("rendering", "failed"),
    ("failed", "draft"),
    ("failed", "queued"),
    ("published", "suspended"),
    ("published", "revoked"),
    ("published", "draft"),
    ("suspended", "published"),
    ("suspended", "revoked"),
}
credential_states = st.sampled_from(states.CREDENTIAL_STATES)
delivery_states = st.sampled_from(states.DELIVERY_STATES)


@given(credential_states, credential_states)
def test_a_credential_moves_as_the_table_says_and_no_other_way(current, wanted):
    if (current, wanted) in ALLOWED:
        assert states.move_credential(current, wanted) == wanted
    else:
        with pytest.raises(Conflict):
            states.move_credential(current, wanted)


@given(credential_states)
def test_amending_leads_to_draft_or_raises(current):
    if current in {"draft", "failed", "published"}:
        assert states.amend_credential(current) == "draft"
    else:
        with pytest.raises(Conflict):
            states.amend_credential(current)


@given(delivery_states, delivery_states)
def test_what_ended_stays_ended_unless_evidence_confirms_it(current, wanted):
    if current in {"sent", "failed", "cancelled"} or (current == "unconfirmed" and wanted != "sent"):
        with pytest.raises(Conflict):
            states.move_delivery(current, wanted)


@given(st.lists(delivery_states, max_size=12))
def test_nothing_is_sent_that_was_not_recorded_as_sending(path):
    current = "queued"
    for wanted in path:
        if wanted not in states.DELIVERY_MOVES[current]:
            continue
        if wanted in {"failed", "unconfirmed"} or (wanted == "sent" and current != "unconfirmed"):
            assert current == "sending"
        current = states.move_delivery(current, wanted)


@given(credential_states, credential_states)
def test_sources_are_the_table_read_backwards(current, wanted):
    assert (current in states.sources_of(wanted)) == (wanted in states.CREDENTIAL_MOVES[current])


@given(delivery_states, delivery_states)
def test_delivery_sources_are_the_table_read_backwards(current, wanted):
    assert (current in states.delivery_sources_of(wanted)) == (wanted in states.DELIVERY_MOVES[current])
