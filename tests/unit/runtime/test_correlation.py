"""A correlation id is bound for a block, and gone after it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from structlog.contextvars import get_contextvars

from conferral.contracts.headers import CORRELATION_ID, TRACEPARENT
from conferral.contracts.ids import is_id
from conferral.runtime import correlation

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_nothing_is_left_after_the_block() -> None:
    with correlation.bound("one", TRACE):
        assert correlation.current() == "one"
        assert correlation.traceparent() == TRACE
        assert get_contextvars() == {"correlation_id": "one"}
    assert correlation.current() == ""
    assert correlation.traceparent() is None
    assert get_contextvars() == {}


def test_nothing_is_left_after_an_error() -> None:
    with pytest.raises(RuntimeError), correlation.bound("one"):
        raise RuntimeError
    assert correlation.current() == ""
    assert get_contextvars() == {}


def test_an_inner_block_gives_back_the_outer_one() -> None:
    with correlation.bound("outer", TRACE):
        with correlation.bound("inner"):
            assert (correlation.current(), correlation.traceparent()) == ("inner", None)
        assert (correlation.current(), correlation.traceparent()) == ("outer", TRACE)
        assert get_contextvars() == {"correlation_id": "outer"}


def test_another_thread_does_not_see_it() -> None:
    with correlation.bound("here"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(correlation.current).result() == ""


@pytest.mark.parametrize("foreign", ["a b", "x" * 65, "line\nbreak", "{}", "ä", ""])
def test_what_a_stranger_sends_is_replaced_unless_it_is_harmless(foreign: str) -> None:
    with correlation.bound(foreign) as identifier:
        assert is_id(identifier)
    with correlation.bound("3f2b9c1e-req:7.a_B"):
        assert correlation.current() == "3f2b9c1e-req:7.a_B"


@pytest.mark.parametrize("foreign", ["nonsense", "00-zz-00-01", TRACE + "a" * 300])
def test_a_malformed_trace_is_not_carried_on(foreign: str) -> None:
    with correlation.bound("one", foreign):
        assert correlation.traceparent() is None


def test_headers_carry_it_to_the_next_process() -> None:
    with correlation.bound("one", TRACE):
        headers = correlation.headers()
    assert headers == {CORRELATION_ID: "one", TRACEPARENT: TRACE}
    with correlation.bound_from(headers):
        assert (correlation.current(), correlation.traceparent()) == ("one", TRACE)
    with correlation.bound_from({CORRELATION_ID: 7, TRACEPARENT: b"bytes"}) as identifier:
        assert is_id(identifier)


def test_headers_made_outside_a_block_have_an_id_of_their_own() -> None:
    assert is_id(correlation.headers()[CORRELATION_ID])
