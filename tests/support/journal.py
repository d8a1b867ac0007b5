"""Processes of the tests' own that write down what they do, a line for each thing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Journaled:
    """A process and its journal."""

    process: subprocess.Popen[bytes]
    journal: Path

    def lines(self) -> list[str]:
        return self.journal.read_text().split("\n")[:-1] if self.journal.exists() else []

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextmanager
def journaled(program: Path, journal: Path, amqp_uri: str, **settings: str) -> Iterator[Journaled]:
    """Run a program with its journal as its argument; kill what is left of it afterwards."""
    environment = os.environ | {"CONFERRAL_AMQP_URI": amqp_uri, "CONFERRAL_QUICK_START": "true"} | settings
    with journal.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen([sys.executable, str(program), str(journal)], env=environment, stderr=log)
    try:
        yield Journaled(process, journal)
    finally:
        process.kill()
        process.wait()
