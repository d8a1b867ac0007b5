"""Talking to the supervisor over its socket, and starting and ending the supervisor itself."""

import os
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Mapping
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from conferral.local.errors import CannotStart
from conferral.local.places import Places
from conferral.local.program import ROOT_MARK, ProcessState, clean_environment

_START_SECONDS = 15.0


class Supervisor:
    """One running supervisor."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it with a clean environment, in a session of its own, so that Ctrl-C reaches only us.

        :raises CannotStart: it ended, or does not answer.
        """
        self._places.supervisor_socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        environment = clean_environment() | {"PYTHONUNBUFFERED": "1", ROOT_MARK: str(self._places.root)}
        config = str(self._places.supervisor_config)
        with (self._places.logs / "supervisor-start.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "conferral.local.supervise", config, str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=self._places.root,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not self.alive or time.monotonic() > deadline:
                raise CannotStart("The supervisor does not start.", *self._start_log())
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        """0 before it was started."""
        return self._process.pid if self._process else 0

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def states(self) -> Mapping[str, ProcessState]:
        """Return every process by name."""
        return {
            info["name"]: ProcessState(info["name"], info["statename"], info["pid"], info["description"])
            for info in self._call("getAllProcessInfo")
        }

    def start_process(self, group: str, name: str) -> None:
        """Start one process and return at once."""
        try:
            self._call("startProcess", f"{group}:{name}", False)  # noqa: FBT003 - positional on the wire
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise CannotStart(f"{name} cannot be started: {fault.faultString}") from None

    def stop(self, seconds: float) -> bool:
        """Ask it to stop everything and itself; tell whether it did within ``seconds``."""
        if self._process is None:
            return True
        self._process.terminate()
        deadline = time.monotonic() + seconds
        while self.alive and time.monotonic() < deadline:
            # it looks at its processes once a second, and whenever somebody talks to it
            self._answers()
            time.sleep(0.1)
        return not self.alive

    def reap(self) -> None:
        """Collect the exit status after the process was killed."""
        if self._process is not None:
            self._process.wait(5)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._places.supervisor_socket}")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    def _answers(self) -> bool:
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def _start_log(self) -> list[str]:
        return (self._places.logs / "supervisor-start.log").read_text(errors="replace").splitlines()[-10:]
