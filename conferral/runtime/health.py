"""Liveness, readiness and metrics of one process, over HTTP on an address of its own.

``/live``     200 while the role's loop ticks, else 503
``/ready``    200 when what this role needs answers, else 503 with the reason
``/metrics``  Prometheus text
"""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from conferral.runtime.config import ProcessSettings
from conferral.runtime.logging import get_logger

STALE_AFTER = 30.0
"""Seconds without a tick after which the process counts as dead."""
_READY_FOR_SECONDS = 1.0
_REQUEST_SECONDS = 5.0

_info = Gauge("conferral_process", "One for each running process", ["service", "role"])
_log = get_logger()


class Health:
    """Serves from construction until ``close()``.

    :param settings: where to listen.
    :param ready: raises to say "not ready, because …"; called from the server's threads, at most once a second.
    """

    def __init__(self, service: str, role: str, settings: ProcessSettings, ready: Callable[[], None]) -> None:
        self._ready = ready
        self._lock = Lock()
        self._asked_at = float("-inf")
        self._reason: str | None = None
        self._ticked_at = time.monotonic()
        _info.labels(service, role).set(1)
        self._server = _Server((settings.metrics_host, settings.metrics_port), self)
        host, port = self._server.server_address[:2]
        self.address = f"{host if isinstance(host, str) else host.decode()}:{port}"
        """``host:port``."""
        Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        _log.info("health_listening", address=self.address)

    def tick(self) -> None:
        """Say that the role's loop is alive."""
        self._ticked_at = time.monotonic()

    def is_live(self) -> bool:
        """Tell whether the loop has ticked lately."""
        return time.monotonic() - self._ticked_at < STALE_AFTER

    def not_ready_because(self) -> str | None:
        """Ask what this role needs; None when all of it answers."""
        with self._lock:
            if time.monotonic() - self._asked_at >= _READY_FOR_SECONDS:
                self._reason = self._ask()
                self._asked_at = time.monotonic()
            return self._reason

    def require(self, ready: Callable[[], None]) -> None:
        """Ask this too, before what the role asked for itself."""
        before = self._ready

        def both() -> None:
            ready()
            before()

        self._ready = both

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _ask(self) -> str | None:
        try:
            self._ready()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason
            _log.info("not_ready", reason=type(error).__name__)
            return f"{type(error).__name__}: {error}"
        return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], health: Health) -> None:
        super().__init__(address, _Handler)
        self.health = health


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _REQUEST_SECONDS

    def do_GET(self) -> None:
        """Answer one of three paths."""
        health = self.server.health
        if self.path == "/live":
            self._answer(None if health.is_live() else "the loop has stopped")
        elif self.path == "/ready":
            self._answer(health.not_ready_because())
        elif self.path == "/metrics":
            self._send(200, generate_latest(), CONTENT_TYPE_LATEST)
        else:
            self._send(404, b"not found\n")

    def log_message(self, *_arguments: object) -> None:
        """Probes are not worth a line each."""

    def _answer(self, problem: str | None) -> None:
        self._send(200, b"ok\n") if problem is None else self._send(503, f"{problem}\n".encode())

    def _send(self, status: int, body: bytes, media_type: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
