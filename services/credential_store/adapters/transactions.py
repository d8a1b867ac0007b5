"""One transaction with the driver, bounded in time, that never leaves its documents locked.

The driver's own ``with_transaction`` inside ``pymongo.timeout`` does: once the time is up, the abort that it owes the
server is not sent either, and until the server's own limit (a minute) everybody else waits for the same documents.
"""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import pymongo
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

T = TypeVar("T")

_SHORTEST = 0.001
_LAST_WORD_SECONDS = 5.0
"""For an abort or a commit, also when the transaction's own time is up."""
_PAUSE_SECONDS = 0.02


def run(client: MongoClient[dict[str, Any]], work: Callable[[ClientSession], T], seconds: float) -> T:
    """Run ``work`` in a transaction and commit; again, within the time, when the server asks for it.

    :raises PyMongoError: what the last attempt met.
    """
    deadline = time.monotonic() + seconds
    with client.start_session() as session:
        while True:
            try:
                return _attempt(session, work, deadline)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError") or time.monotonic() >= deadline:
                    raise
            time.sleep(random.uniform(0, _PAUSE_SECONDS))  # noqa: S311 - jitter: two that collided should not again


def _attempt(session: ClientSession, work: Callable[[ClientSession], T], deadline: float) -> T:
    session.start_transaction()
    try:
        with pymongo.timeout(max(_SHORTEST, deadline - time.monotonic())):
            result = work(session)
    except BaseException:
        if session.in_transaction:
            with suppress(PyMongoError), pymongo.timeout(_LAST_WORD_SECONDS):
                session.abort_transaction()
        raise
    _commit(session, deadline)
    return result


def _commit(session: ClientSession, deadline: float) -> None:
    while True:
        try:
            with pymongo.timeout(max(_LAST_WORD_SECONDS, deadline - time.monotonic())):
                session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label("UnknownTransactionCommitResult") or time.monotonic() >= deadline:
                raise
        else:
            return
