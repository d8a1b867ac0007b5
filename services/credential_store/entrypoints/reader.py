"""The reader: what is public, and blobs, over HTTP. It reads the store only, and never meets the broker."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from conferral.runtime.health import Health
from services.credential_store.entrypoints.loops import Loop
from services.credential_store.entrypoints.reader_application import ReaderApplication
from services.credential_store.handlers.context import Application

THREADS = 16
_TICK = 5.0
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file; it must not wait for a disk


def run(application: Application) -> None:
    """Serve until the process is told to stop; requests in hand are answered within the grace period."""
    settings = application.settings
    closing: list[Callable[[], None]] = []

    def build() -> ReaderApplication:
        # In the worker, after the fork: neither a thread nor a connection survives one.
        health = Health("credential_store", "reader", settings, application.ping)
        # gunicorn itself ends a worker whose loop has stopped; what is left to tell is that the process runs.
        ticking = Loop("liveness", lambda: _tick(health), _TICK)
        ticking.start()
        closing.extend((ticking.stop, health.close))
        return ReaderApplication(application)

    def close() -> None:
        for step in closing:
            step()

    Server(build, close, f"{settings.http_host}:{settings.http_port}", settings.shutdown_grace).run()


def _tick(health: Health) -> int:
    health.tick()
    return 0


class Server(BaseApplication):
    """gunicorn with one worker process of threads, started from our own main program."""

    def __init__(self, build: Callable[[], Any], close: Callable[[], None], address: str, grace: float) -> None:
        self._build = build
        self._settings: dict[str, Any] = {
            "bind": address,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": 30,
            "timeout": 60,
            "graceful_timeout": max(1, int(grace)),
            "loglevel": "warning",
            "control_socket_disable": True,
            "worker_tmp_dir": str(_SHARED_MEMORY) if os.access(_SHARED_MEMORY, os.W_OK) else None,
            "worker_exit": lambda _server, _worker: close(),
            "forwarded_allow_ips": "",
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn, which would otherwise read the command line."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application in the worker."""
        return self._build()
