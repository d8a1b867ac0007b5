"""One supervised process as data: how it is run, and how it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

ROOT_MARK = "CONFERRAL_LOCAL_ROOT"
"""Environment variable of every process of an installation; its value is the installation's folder."""


@dataclass(frozen=True)
class Program:
    """A command line, and how it is started, watched and stopped.

    :param name: unique, and the log file's name.
    :param group: ``infrastructure`` is started first, in the order of ``priority``, and stopped last.
    :param ready: URL that answers 200 when the process can work; None: it has a check of its own.
    :param metrics: URL of its metrics, if it has any.
    :param stop_seconds: from SIGTERM to SIGKILL.
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
