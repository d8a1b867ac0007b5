"""The connection: journaled majority writes, bounded waits, transactions, the guard."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pymongo
from gridfs import GridFSBucket
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database as MongoDatabase
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    ServerSelectionTimeoutError,
    WTimeoutError,
)

from conferral.contracts.errors import Unavailable
from conferral.runtime import crash_points
from services.credential_store.adapters.crash_listener import CrashListener
from services.credential_store.adapters.guard import ScopeGuard
from services.credential_store.ports import Duplicate

T = TypeVar("T")
Document = dict[str, Any]

_SELECTION_SECONDS = 3
_SOCKET_SECONDS = 30
_TRANSACTION_SECONDS = 20
_CLOCK_AGREES_SECONDS = 30.0
_DUPLICATE_KEY = 11_000
_DOWN = (AutoReconnect, NetworkTimeout, ServerSelectionTimeoutError, ExecutionTimeout, WTimeoutError)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's errors into ours: Duplicate, Unavailable. Others are mistakes, and pass."""
    try:
        yield
    except PyMongoError as error:
        if isinstance(error, BulkWriteError):
            codes = {problem.get("code") for problem in error.details.get("writeErrors", [])}
        else:
            codes = {getattr(error, "code", None)}
        if _DUPLICATE_KEY in codes:
            # without the driver's text: it holds the value, which may be personal
            raise Duplicate from None
        if isinstance(error, _DOWN) or error.has_error_label("TransientTransactionError") or error.timeout:
            raise Unavailable("The database did not answer in time.") from error
        raise


class Database:
    """One database of one replica set.

    :param uri: with the database's name. ``w=majority`` and ``journal=true`` hold whatever it says: without the
        journal, a killed server loses writes that it had acknowledged.
    :param pool: most connections of this process.
    """

    def __init__(self, uri: str, *, pool: int = 20) -> None:
        self._client: MongoClient[Document] = MongoClient(
            uri,
            w="majority",
            journal=True,
            retryWrites=True,
            readConcernLevel="majority",
            tz_aware=True,
            maxPoolSize=pool,
            serverSelectionTimeoutMS=_SELECTION_SECONDS * 1000,
            connectTimeoutMS=_SELECTION_SECONDS * 1000,
            socketTimeoutMS=_SOCKET_SECONDS * 1000,
            waitQueueTimeoutMS=_SOCKET_SECONDS * 1000,
            event_listeners=[ScopeGuard(), *([CrashListener()] if crash_points.is_armed() else [])],
            connect=False,
            appname="conferral",
        )
        self._database = self._client.get_default_database()
        self._agreed: tuple[datetime, float] | None = None

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection; see ``schema`` for their names."""
        return self._database[name]

    def bucket(self, name: str) -> GridFSBucket:
        """Return a GridFS bucket."""
        return GridFSBucket(self._database, bucket_name=name)

    @property
    def admin(self) -> MongoDatabase[Document]:
        """The server's own database: what it knows of itself."""
        return self._client.admin

    def transaction(self, work: Callable[[ClientSession], T]) -> T:
        """Run ``work`` in one journaled majority transaction, again if the server asks for it.

        ``work`` hands the session to every repository it calls, does no other I/O, and touches about a hundred
        documents at most.

        :raises Duplicate: a unique index refused; nothing was changed.
        :raises Unavailable: it could not be committed in time; it may have been, so repeat only what is idempotent.
        """
        with translated(), pymongo.timeout(_TRANSACTION_SECONDS), self._client.start_session() as session:
            return session.with_transaction(work)

    def now(self) -> datetime:
        """Return the database's time: the only clock that leases are measured by.

        Asked every half minute, and carried on by this host's monotonic clock in between.
        """
        if self._agreed is None or time.monotonic() - self._agreed[1] > _CLOCK_AGREES_SECONDS:
            moment: datetime = self._client.admin.command("hello")["localTime"].replace(tzinfo=UTC)
            self._agreed = (moment, time.monotonic())
        moment, at = self._agreed
        now = moment + timedelta(seconds=time.monotonic() - at)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def ping(self) -> None:
        """Raise if the database does not answer.

        :raises Unavailable: with no detail that a stranger should see.
        """
        with translated(), pymongo.timeout(_SELECTION_SECONDS):
            self._client.admin.command("ping")

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
