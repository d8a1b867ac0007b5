"""RPC between real processes over a real broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from kombu import Producer

from conferral.contracts.actors import Actor
from conferral.contracts.errors import Conflict, InvalidInput, Unavailable
from conferral.contracts.rpc.accounts import SIGN_IN, SIGN_OUT, SignIn, SignOut
from conferral.contracts.topology import RPC_DEAD_QUEUE
from conferral.runtime import amqp
from conferral.runtime.rpc_client import EXCHANGE, RpcClient

pytestmark = pytest.mark.integration
ACTOR = Actor(service="issuer_web")


def ask(email: str, seconds: float = 0) -> SignIn:
    return SignIn(actor=ACTOR, email=email, password=str(seconds), client_address="127.0.0.1")


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    journal: Path

    def lines(self) -> list[str]:
        return self.journal.read_text().split("\n")[:-1] if self.journal.exists() else []

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=15)


@pytest.fixture
def service(amqp_uri: str, tmp_path: Path) -> Iterator[Service]:
    journal = tmp_path / "journal"
    environment = os.environ | {"CONFERRAL_AMQP_URI": amqp_uri, "CONFERRAL_QUICK_START": "true"}
    program = Path(__file__).with_name("rpc_process.py")
    process = subprocess.Popen([sys.executable, str(program), str(journal)], env=environment)
    yield Service(process, journal)
    process.kill()
    process.wait()


@pytest.fixture
def client(amqp_uri: str, service: Service) -> Iterator[RpcClient]:
    client = RpcClient(amqp_uri)
    deadline = time.monotonic() + 20
    while True:
        try:
            client.call(SIGN_IN, ask("hello@example.org"))
            break
        except Unavailable:
            assert time.monotonic() < deadline, "the service does not answer"
            assert service.process.poll() is None
            time.sleep(0.1)
    yield client
    client.close()


def test_an_answer_arrives(client: RpcClient) -> None:
    assert client.call(SIGN_IN, ask("a@example.org")).session == "a@example.org"


def test_errors_arrive_as_they_were_raised(client: RpcClient) -> None:
    with pytest.raises(InvalidInput) as refused:
        client.call(SIGN_IN, ask("refused@example.org"))
    assert refused.value.message == "Two things are wrong."
    assert refused.value.problems == [("email", "bad"), ("password", "worse")]
    with pytest.raises(Conflict, match="never mind"):
        client.call(SIGN_OUT, SignOut(actor=ACTOR))


def test_a_fault_of_a_handler_is_told_without_its_details(client: RpcClient) -> None:
    with pytest.raises(Unavailable) as failed:
        client.call(SIGN_IN, ask("broken@example.org"))
    assert "fault of the handler" not in str(failed.value)
    assert client.call(SIGN_IN, ask("a@example.org")).session == "a@example.org"


def test_threads_share_one_client(client: RpcClient) -> None:
    emails = [f"{number}@example.org" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda email: client.call(SIGN_IN, ask(email)).session, emails))
    assert answers == emails


def test_a_call_that_nobody_answers_in_time_is_unavailable(client: RpcClient) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable):
        client.call(SIGN_IN, ask("slow@example.org", 3), timeout=0.5)
    assert time.monotonic() - began < 1.5


def test_a_broker_that_is_away_is_told_within_a_second() -> None:
    client = RpcClient("amqp://nobody:nothing@127.0.0.1:1//")
    began = time.monotonic()
    with pytest.raises(Unavailable):
        client.call(SIGN_IN, ask("a@example.org"))
    assert time.monotonic() - began < 1.2
    client.close()


def test_malformed_messages_are_filed_and_never_fatal(client: RpcClient, amqp_uri: str, service: Service) -> None:
    json, reply = {"content_type": "application/json", "content_encoding": "utf-8"}, {"reply_to": "nobody"}
    connection = amqp.connect(amqp_uri, confirm=True)
    publish = Producer(connection.default_channel).publish
    to = {"exchange": EXCHANGE, "routing_key": SIGN_IN.name, "retry": False}
    publish(b"{not json", **to, **json, **reply)
    publish(b"\x80\x04\x95.", **to, content_type="application/x-python-serialize", content_encoding="binary", **reply)
    publish('{"args": [{"schema_version": 1}], "kwargs": {}}', **to, **json)  # no reply_to
    publish('{"args": [{"schema_version": 999}], "kwargs": {}}', **to, **json, **reply)
    publish("[]", **to, **json, **reply)
    publish(b"x" * 10_000_000, **to, **json, **reply)
    amqp.declare_topology(connection)
    queue = amqp.queue(RPC_DEAD_QUEUE)(connection.default_channel)
    filed = []
    deadline = time.monotonic() + 20
    while len(filed) < 6 and time.monotonic() < deadline:
        message = queue.get(no_ack=True)
        if message is None:
            time.sleep(0.1)
        else:
            filed.append(message.headers["x-reason"])
    connection.collect()
    assert len(filed) == 6, filed
    assert any("no reply_to" in reason for reason in filed)
    assert any("999" in reason for reason in filed)
    assert any("10000000 bytes" in reason for reason in filed)
    assert client.call(SIGN_IN, ask("after@example.org")).session == "after@example.org"
    assert service.process.poll() is None


def test_sigterm_finishes_and_answers_what_runs(client: RpcClient, service: Service) -> None:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.call, SIGN_IN, ask("long@example.org", 1.5))
        while "begin long@example.org" not in service.lines():
            time.sleep(0.02)
        assert service.stop() == 0
        assert answer.result(timeout=5).session == "long@example.org"
    assert "end long@example.org" in service.lines()
