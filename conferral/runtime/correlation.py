"""One id for everything that one action of a person causes: bound at the edge, in every log line and message header."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from structlog.contextvars import bind_contextvars, reset_contextvars

from conferral.contracts.headers import CORRELATION_ID, TRACEPARENT
from conferral.contracts.ids import new_id

_ACCEPTABLE = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_TRACEPARENT = re.compile(r"[0-9a-f]{2}(-[0-9a-f]+){3,}", re.ASCII)
_LONGEST_TRACEPARENT = 256

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)


@contextmanager
def bound(correlation_id: str | None = None, traceparent: str | None = None) -> Iterator[str]:
    """Carry a correlation id through the block, in log lines too; both are as before afterwards.

    :param correlation_id: from a header, perhaps a stranger's: an unacceptable one is replaced. None makes a new one.
    :param traceparent: W3C Trace Context, passed on unread.
    """
    identifier = correlation_id if correlation_id and _ACCEPTABLE.fullmatch(correlation_id) else new_id()
    trace = traceparent if traceparent and _is_traceparent(traceparent) else None
    logged = bind_contextvars(correlation_id=identifier)
    tokens = (_correlation_id.set(identifier), _traceparent.set(trace))
    try:
        yield identifier
    finally:
        _correlation_id.reset(tokens[0])
        _traceparent.reset(tokens[1])
        reset_contextvars(**logged)


def current() -> str:
    """Return the id that is bound, or an empty string."""
    return _correlation_id.get()


def traceparent() -> str | None:
    """Return the trace context that is bound."""
    return _traceparent.get()


def headers() -> dict[str, str]:
    """Return the message headers that carry on what is bound; makes a correlation id if there is none."""
    carried = {CORRELATION_ID: current() or new_id()}
    trace = traceparent()
    return carried | {TRACEPARENT: trace} if trace else carried


@contextmanager
def bound_from(message_headers: Mapping[str, Any]) -> Iterator[str]:
    """Bind what another process put into ``headers()``."""
    identifier, trace = message_headers.get(CORRELATION_ID), message_headers.get(TRACEPARENT)
    with bound(
        identifier if isinstance(identifier, str) else None, trace if isinstance(trace, str) else None
    ) as correlation_id:
        yield correlation_id


def _is_traceparent(text: str) -> bool:
    return len(text) <= _LONGEST_TRACEPARENT and _TRACEPARENT.fullmatch(text) is not None
