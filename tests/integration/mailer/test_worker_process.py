"""The worker as a process, on a real broker, with the real store's RPC process."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.ids import new_id
from conferral.contracts.topology import COMMANDS, DELIVER_QUEUE
from conferral.runtime.outbox_publisher import BusPublisher, OutgoingMessage
from services.credential_store.config import StoreSettings
from tests.support import wait_until
from tests.support.publishing import World, new_world, open_application, settings_of
from tests.support.smtp import ScriptedServer, Visit, running


class Process:
    """A role of a service, its log in a file."""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *arguments], env=os.environ | environment, stdout=output, stderr=output
            )

    def address(self) -> str | None:
        lines = [line for line in self._log.read_text().splitlines() if "health_listening" in line]
        return str(json.loads(lines[0])["address"]) if lines else None

    def is_ready(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()[-3000:]
        address = self.address()
        with suppress(OSError):
            if address:
                with urllib.request.urlopen(f"http://{address}/ready", timeout=5) as answer:
                    return bool(answer.status == 200)
        return False

    def ask_to_stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def exit_code(self) -> int | None:
        return self._process.poll()

    def stop(self, timeout: float = 20) -> int:
        self.ask_to_stop()
        return self._process.wait(timeout)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


class Line:
    """Everything from the command to the mail server."""

    def __init__(self, world: World, settings: StoreSettings, stack: ExitStack, folder: Path) -> None:
        self.world, self.settings, self.stack, self.folder = world, settings, stack, folder
        self.publisher = BusPublisher(settings.amqp_uri)
        stack.callback(self.publisher.close)
        self.store: Process

    def start(self, name: str, arguments: list[str], **environment: object) -> Process:
        variables = {f"CONFERRAL_{key}": str(value) for key, value in environment.items()}
        process = Process(arguments, self.folder / f"{name}.log", variables | self._common())
        self.stack.callback(process.close)
        return process

    def start_mailer(self, port: int, name: str = "mailer") -> Process:
        environment = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": port, "READER_URL": "http://127.0.0.1:9"}
        process = self.start(name, ["services.mailer", "worker"], **environment)
        wait_until(process.is_ready, 30)
        return process

    def _common(self) -> dict[str, str]:
        return {"CONFERRAL_AMQP_URI": self.settings.amqp_uri, "CONFERRAL_QUICK_START": "true"}

    def command(self) -> None:
        """Tell mailers of everything that is queued."""
        ids = [row["_id"] for row in self.world.rows("deliveries", state="queued")]
        for start in range(0, len(ids), 20):
            command = DeliverEmails(
                message_id=new_id(),
                correlation_id="test",
                organisation_id=self.world.organisation_id,
                delivery_ids=tuple(ids[start : start + 20]),
            )
            message = OutgoingMessage(
                command.message_id, COMMANDS.name, DELIVER_QUEUE.name, command.encode(), {}, mandatory=True
            )
            self.publisher.publish([message])

    def states(self) -> Counter[str]:
        return Counter(row["state"] for row in self.world.rows("deliveries"))


@pytest.fixture
def line(tmp_path: Path, mongodb_uri: str, amqp_uri: str) -> Iterator[Line]:
    settings = settings_of(tmp_path, mongodb_uri, amqp_uri)
    application, database = open_application(settings)
    with ExitStack() as stack:
        stack.callback(database.close)
        line = Line(new_world(application, database), settings, stack, tmp_path)
        line.store = line.start(
            "store",
            ["services.credential_store", "rpc"],
            MONGODB_URI=mongodb_uri,
            KEK_FILE=settings.kek_file,
            BLOB_TOKEN=settings.blob_token.get_secret_value(),
            PUBLIC_URL=settings.public_url,
            DASHBOARD_URL=settings.dashboard_url,
            SENDER_ADDRESS=settings.sender_address,
        )
        wait_until(line.store.is_ready, 30)
        yield line


def as_account_mail(world: World) -> None:
    """Let the mailer's own template make the emails: these tests have no reader."""
    values = {"name": "Ngozi", "reset_url": "http://127.0.0.1:8800/reset/x"}
    world.database.collection("deliveries").update_many(
        {"organisation_id": world.organisation_id},
        {"$set": {"kind": "password_reset", "template": None, "values": values}},
    )


def test_sigterm_in_mid_batch_finishes_the_message_in_hand_and_another_mailer_sends_the_rest(line: Line) -> None:
    line.world.publish_all(line.world.create(60))
    as_account_mail(line.world)
    first: list[Process] = []
    stopped: list[int] = []

    def script(visit: Visit, verb: str) -> bool:
        if verb == "." and len(server.completed) == 15 and not stopped:
            stopped.append(1)
            first[0].ask_to_stop()
        return False

    server = ScriptedServer(script)
    with running(server) as port:
        first.append(line.start_mailer(port))
        line.command()
        wait_until(lambda: first[0].exit_code() is not None, 30)
        assert first[0].exit_code() == 0
        states = line.states()
        assert set(states) == {"sent", "queued"}
        assert 0 < states["sent"] < 60
        assert states["sent"] == len(server.accepted)
        second = line.start_mailer(port, "second")
        line.command()
        wait_until(lambda: line.states() == {"sent": 60}, 30)
        line.store.stop()
        wait_until(lambda: not second.is_ready(), 20)
        assert second.stop() == 0
    identifiers = re.findall(rb"^Message-ID: (.*)\r$", b"".join(server.completed), re.MULTILINE)
    assert len(set(identifiers)) == len(identifiers) == 60
