"""Servers as child processes of the tests."""

import signal
import subprocess
from pathlib import Path

from conferral.local.servers import ServerCommand

_STOP_SECONDS = 20


class ServerProcess:
    """A started command, its output in a file."""

    def __init__(self, command: ServerCommand, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command.argv,
                env=command.env,
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
