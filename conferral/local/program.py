"""One supervised process as data: how it is run, and how it is."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

ROOT_MARK = "CONFERRAL_LOCAL_ROOT"
"""Environment variable of every process of an installation; its value is the installation's folder."""

_KEPT_VARIABLES = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "SSL_CERT_FILE")


def clean_environment() -> dict[str, str]:
    """Return what processes get of our environment: whatever else a shell happens to set must not reach them."""
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {"LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Program:
    """A command line, and how it is started, watched and stopped.

    :param name: unique, and the log file's name.
    :param environment: what it gets besides ``clean_environment``.
    :param group: ``infrastructure`` is started first, in the order of ``priority``, and stopped last.
    :param ready: URL that answers 200 when the process can work; None: it has a check of its own.
    :param metrics: URL of its metrics, if it has any.
    :param stop_seconds: from SIGTERM to SIGKILL.
    :param start_seconds: a process that ends sooner has failed to start.
    :param stop_group: send SIGTERM to its children too. Not for processes that finish what their children do.
    """

    name: str
    role: str
    command: Sequence[str]
    group: Literal["infrastructure", "roles"]
    environment: Mapping[str, str] = field(default_factory=dict)
    priority: int = 100
    ready: str | None = None
    metrics: str | None = None
    stop_seconds: int = 2
    stop_group: bool = True
    start_seconds: int = 10


@dataclass(frozen=True)
class ProcessState:
    """What the supervisor says of one process; ``pid`` is 0 while it is down."""

    name: str
    state: str
    pid: int
    description: str

    @property
    def given_up(self) -> bool:
        """It failed to start time after time, and will not be tried again."""
        return self.state == "FATAL"
