"""gunicorn, started from our own main program: one worker process with threads, which holds the role's state."""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file; it must not wait for a disk
LONGEST_REQUEST_LINE = 8190


class RuntimeLogger(Logger):
    """gunicorn's messages in our own log."""

    def setup(self, cfg: Any) -> None:
        """Send everything up to the root logger instead of adding handlers."""
        del cfg
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
        # "Starting", "Booting worker" and the like belong to debugging.
        self.error_log.setLevel(logging.WARNING)
        self.access_log.setLevel(logging.WARNING)


class TickingWorker(ThreadWorker):
    """Tells the role's health, too, that its loop is alive."""

    def notify(self) -> None:
        """Tick; the worker's loop calls this about once a second."""
        super().notify()
        if isinstance(self.app, Server):
            self.app.tick()


@dataclass(frozen=True)
class Serving:
    """What runs in the worker process: the application, what its loop calls, and what its end calls."""

    app: Flask
    tick: Callable[[], None]
    close: Callable[[], None]


class Server(BaseApplication):
    """Runs a Flask application.

    :param build: called in the worker process, after the fork: connections must not be shared across it.
    """

    def __init__(self, build: Callable[[], Serving], host: str, port: int, threads: int, grace: float) -> None:
        self._build = build
        self._serving: Serving | None = None
        self._settings: dict[str, Any] = {
            "bind": f"{host}:{port}",
            "workers": 1,
            "worker_class": TickingWorker,
            "threads": threads,
            "keepalive": 15,
            "timeout": 60,
            "graceful_timeout": max(1, int(grace)),
            "limit_request_line": LONGEST_REQUEST_LINE,
            "logger_class": RuntimeLogger,
            "control_socket_disable": True,
            "worker_tmp_dir": str(SHARED_MEMORY) if os.access(SHARED_MEMORY, os.W_OK) else None,
            "worker_exit": lambda _server, _worker: self.close(),
            "forwarded_allow_ips": "",
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings to gunicorn, which would otherwise read the command line."""
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application in the worker."""
        self._serving = self._build()
        return self._serving.app

    def tick(self) -> None:
        """Pass on that the worker's loop is alive."""
        if self._serving:
            self._serving.tick()

    def close(self) -> None:
        """Close what the worker opened."""
        if self._serving:
            self._serving.close()
