"""Servers as child processes of the tests."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from conferral.local.program import Program, clean_environment

_STOP_SECONDS = 20
_START_SECONDS = 90


class ServerProcess:
    """A started program, its output in a file."""

    def __init__(self, program: Program, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                program.command,
                env=clean_environment() | dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the tests; they stop their servers themselves
            )

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that does not help."""
        if self.alive():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()


def wait_for_server(answers: Callable[[int], bool], port: int, alive: Callable[[], bool] = lambda: True) -> None:
    """Wait until a server answers; fail when it has ended, or the time is up."""
    deadline = time.monotonic() + _START_SECONDS
    while not answers(port):
        assert alive(), f"the server for port {port} has ended"
        assert time.monotonic() < deadline, f"nothing answers on port {port} after {_START_SECONDS} s"
        time.sleep(0.1)
