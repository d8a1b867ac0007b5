"""The mail server as the handlers see it: kept sessions, rate, daily quota and circuit breaker."""

import threading
import time
from collections.abc import Callable

import structlog

from services.mailer.adapters.smtp_connect import CannotConnect, Endpoint
from services.mailer.adapters.smtp_session import Session, StaleSession
from services.mailer.domain.mime import Mail
from services.mailer.domain.pace import Hold, Pace
from services.mailer.ports import Outcome

_log = structlog.get_logger()

IDLE_SECONDS = 60.0
"""A session unused for so long is closed rather than trusted; servers hang up at about five minutes."""
RECONNECT_SECONDS = 5.0
"""When to try again what could not be sent for want of a connection, while the breaker is still closed."""


class SmtpMailServer:
    """Implements ``MailServer`` over as many sessions as there are threads that send.

    :param pause: waits so many seconds, returns early and True when the process is stopping.
    """

    def __init__(self, endpoint: Endpoint, pace: Pace, pause: Callable[[float], bool]) -> None:
        self._endpoint = endpoint
        # as a whole: it is shared with whoever else uses this server, for as long as anybody does
        self._pace = pace
        self._pause = pause
        self._idle: list[tuple[Session, float]] = []
        self._lock = threading.Lock()

    def hold(self) -> Hold | None:
        """Say why nothing should be begun now, and for how many seconds."""
        return self._pace.breaker.hold() or self._pace.quota.hold()

    def send(self, mail: Mail) -> Outcome:
        """Hand over one message; see the port."""
        held = self._pace.breaker.attempt() or self._pace.quota.hold()
        if held is None and self._pause(self._pace.rate.take()):
            return Outcome("release", "the mailer is stopping")
        if held is None:
            try:
                return self._send(mail)
            except CannotConnect as trouble:
                self._pace.breaker.failed()
                _log.warning("mail_server_unreachable", host=self._endpoint.host, port=self._endpoint.port)
                opened = self._pace.breaker.hold()
                return Outcome("release", trouble.args[0], opened.seconds if opened else RECONNECT_SECONDS)
        return Outcome("release", held.reason, held.seconds)

    def close(self) -> None:
        """Say goodbye on all idle sessions."""
        with self._lock:
            sessions, self._idle = self._idle, []
        for session, _ in sessions:
            session.close(politely=True)

    def _send(self, mail: Mail) -> Outcome:
        session = self._session()
        held = self._pace.quota.take()
        if held:
            self._keep(session)
            return Outcome("release", held.reason, held.seconds)
        try:
            outcome = session.deliver(mail)
        except StaleSession:
            session = Session(self._endpoint)
            outcome = session.deliver(mail)
        if session.usable:
            self._pace.breaker.succeeded()
            self._keep(session)
        elif outcome.outcome in {"retry", "unconfirmed"}:
            self._pace.breaker.failed()
        return outcome

    def _session(self) -> Session:
        """Take an idle session, the one used last, or open one."""
        while True:
            with self._lock:
                session, since = self._idle.pop() if self._idle else (None, 0.0)
            if session is None:
                return Session(self._endpoint)
            if time.monotonic() - since < IDLE_SECONDS:
                return session
            session.close()

    def _keep(self, session: Session) -> None:
        with self._lock:
            self._idle.append((session, time.monotonic()))
