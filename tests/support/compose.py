"""A Compose project of the tests' own: docker-compose.yml under another name, on other ports."""

import json
import os
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
OURS = {"store-rpc", "store-relay", "store-reader", "publisher", "publisher-rpc", "mailer", "dashboard", "public"}
START_SECONDS = 300


def run(*command: str, timeout: float = 900, **environment: str) -> str:
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


@dataclass(frozen=True)
class System:
    """One Compose project; ``environment`` names it, its ports and the publisher's image with a design added."""

    environment: dict[str, str]

    def compose(self, *arguments: str, timeout: float = 900) -> str:
        return run("docker", "compose", *arguments, timeout=timeout, **self.environment)

    def up(self, *arguments: str) -> None:
        self.compose("up", "--detach", "--wait", "--wait-timeout", str(START_SECONDS), *arguments)

    def url(self, name: str) -> str:
        return f"http://localhost:{self.environment[f'CONFERRAL_{name}_PORT']}"

    def containers(self) -> list[dict[str, Any]]:
        """Return what ``docker inspect`` knows of our services' containers."""
        ids = self.compose("ps", "--all", "--quiet", *sorted(OURS)).split()
        return json.loads(run("docker", "inspect", *ids))

    def mail_to(self, address: str) -> str:
        """Return the text of the one email to this address."""

        def found() -> list[dict[str, Any]]:
            messages = fetch(f"{self.url('MAILPIT')}/api/v1/messages")["messages"]
            return [mail for mail in messages if any(to["Address"] == address for to in mail["To"])]

        wait_until(found, 60, pause=0.5)
        (mail,) = found()
        return fetch(f"{self.url('MAILPIT')}/api/v1/message/{mail['ID']}")["Text"]

    def publishers(self) -> int:
        """Return how many processes consume publish commands."""
        listing = ("rabbitmqctl", "-q", "list_queues", "name", "consumers", "--formatter", "json")
        queues = json.loads(self.compose("exec", "-T", "rabbitmq", *listing))
        return {queue["name"]: queue["consumers"] for queue in queues}["publisher.publish"]

    def logs(self) -> str:
        return self.compose("logs", "--no-color", *sorted(OURS))


def fetch(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)
