"""A command worker as a process, for the tests beside it: it does what the command's correlation id says."""

import sys
import time
from pathlib import Path

from conferral.contracts.commands import PublishChunk
from conferral.contracts.errors import Conflict, Unavailable
from conferral.contracts.topology import PUBLISH_QUEUE
from conferral.runtime import logging
from conferral.runtime.command_worker import CommandWorker
from conferral.runtime.config import Settings, load
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers

JOURNAL = Path(sys.argv[1])


def note(word: str) -> None:
    with JOURNAL.open("a") as file:
        file.write(word + "\n")


def handle(command: PublishChunk) -> None:
    word, _, seconds = command.correlation_id.partition(":")
    attempts = JOURNAL.read_text().count(f"begin {word} {command.chunk}\n") if JOURNAL.exists() else 0
    note(f"begin {word} {command.chunk}")
    if word == "conflict":
        raise Conflict("the record says why")
    if word == "once" and attempts == 0:
        raise Unavailable("the first time only")
    if word == "fault" and attempts == 0:
        raise RuntimeError("a fault of the handler's own, the first time only")
    time.sleep(float(seconds or 0))
    note(f"end {word} {command.chunk}")


settings = load(Settings)
logging.configure("test", "worker", settings.log_level)
stopping = install_signal_handlers()
health = Health("test", "worker", settings, lambda: None)
CommandWorker(settings.amqp_uri, PUBLISH_QUEUE, PublishChunk, handle, health, stopping, prefetch=3, threads=1).run(
    settings.shutdown_grace
)
