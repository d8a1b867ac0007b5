"""The mail catcher as a process: what it acknowledged is there after it was stopped or killed."""

import json
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import urllib3

from conferral.local.ports import free_port
from tests.support import wait_until


@dataclass
class Catcher:
    """A running mailbox and how to reach it."""

    folder: Path
    smtp_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        ports = ("--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port))
        self.process = subprocess.Popen([sys.executable, "-m", "conferral.mailbox", *ports, "--data", str(self.folder)])
        wait_until(self.answers, 10)

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the mailbox has ended"
        with suppress(urllib3.exceptions.HTTPError):
            return urllib3.request("GET", f"{self.url}/api/state", retries=False).status == 200
        return False

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def mails(self, query: str = "") -> list[dict[str, Any]]:
        mails: list[dict[str, Any]] = json.loads(urllib3.request("GET", f"{self.url}/api/messages{query}").data)
        return mails

    def send(self, first: int, count: int) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as smtp:
            for number in range(first, first + count):
                smtp.send_message(mail(number))


def mail(number: int) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Academy <no-reply@academy.example>", f"Ngozi Ọkafor <{number}@example.org>"
    message["Subject"] = f"Certificate № {number}"
    message.set_content("plain ✓\n.\n")
    message.add_alternative("<p>rich ✓</p>", subtype="html")
    return message


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    catcher = Catcher(tmp_path / "mail")
    catcher.start()
    yield catcher
    if catcher.process is not None:
        catcher.process.kill()
        catcher.process.wait()


def test_a_mail_can_be_read_by_api_and_page(catcher: Catcher) -> None:
    catcher.send(7, 1)
    (read,) = catcher.mails()
    assert read["subject"] == "Certificate № 7"
    assert read["recipients"] == ["7@example.org"]
    assert read["from"] == "Academy <no-reply@academy.example>"
    assert (read["text"].strip(), read["html"].strip()) == ("plain ✓\n.", "<p>rich ✓</p>")
    assert "Certificate № 7" in urllib3.request("GET", catcher.url).data.decode()
    page = urllib3.request("GET", f"{catcher.url}/messages/{read['id']}")
    assert page.status == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_acknowledged_survives_its_end(catcher: Catcher, number: signal.Signals) -> None:
    catcher.send(0, 20)
    catcher.end(number)
    catcher.start()
    assert [read["recipients"] for read in catcher.mails()] == [[f"{n}@example.org"] for n in range(19, -1, -1)]


def test_sigterm_ends_it_within_two_seconds_with_connections_open(catcher: Catcher) -> None:
    with (
        smtplib.SMTP("127.0.0.1", catcher.smtp_port) as smtp,
        socket.create_connection(("127.0.0.1", catcher.http_port)),
    ):
        smtp.ehlo()
        begun = time.monotonic()
        assert catcher.end(signal.SIGTERM) == 0
        assert time.monotonic() - begun < 2
        with suppress(smtplib.SMTPServerDisconnected):
            smtp.noop()


def test_many_senders_at_once_lose_nothing(catcher: Catcher) -> None:
    senders = [threading.Thread(target=catcher.send, args=(100 * n, 40)) for n in range(6)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(read["recipients"][0] for read in catcher.mails()) == sorted(
        f"{100 * n + i}@example.org" for n in range(6) for i in range(40)
    )
    assert len(catcher.mails("?limit=10")) == 10


def test_a_taken_port_is_said_in_one_line(catcher: Catcher) -> None:
    ports = ("--smtp-port", str(catcher.smtp_port), "--http-port", "0")
    second = subprocess.run(
        [sys.executable, "-m", "conferral.mailbox", *ports, "--data", str(catcher.folder)],
        capture_output=True,
        timeout=10,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr.count(b"\n") == 1
    assert b"in use" in second.stderr
