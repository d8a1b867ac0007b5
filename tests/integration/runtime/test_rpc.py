"""RPC between real processes over a real broker."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from kombu import Producer

from conferral.contracts.actors import Actor
from conferral.contracts.errors import Conflict, InvalidInput, InvalidMessage, Unavailable
from conferral.contracts.headers import PATIENCE
from conferral.contracts.operation import Done, Operation
from conferral.contracts.rpc.accounts import SIGN_IN, SIGN_OUT, SignIn, SignOut
from conferral.contracts.topology import RPC_DEAD_QUEUE
from conferral.runtime import amqp
from conferral.runtime.rpc_client import EXCHANGE, RpcClient
from tests.support import wait_until
from tests.support.brokers import Broker
from tests.support.compressed import WRONGLY_COMPRESSED
from tests.support.journal import Journaled, journaled

pytestmark = pytest.mark.integration
ACTOR = Actor(service="issuer_web")


def ask(email: str, seconds: float = 0) -> SignIn:
    return SignIn(actor=ACTOR, email=email, password=str(seconds), client_address="127.0.0.1")


@pytest.fixture
def service(amqp_uri: str, tmp_path: Path) -> Iterator[Journaled]:
    with journaled(Path(__file__).with_name("rpc_process.py"), tmp_path / "journal", amqp_uri) as running:
        yield running


@pytest.fixture
def client(amqp_uri: str, service: Journaled) -> Iterator[RpcClient]:
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


def test_malformed_messages_are_filed_and_never_fatal(client: RpcClient, amqp_uri: str, service: Journaled) -> None:
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
    for kind, body in WRONGLY_COMPRESSED:
        publish(body, **to, **json, **reply, headers={"compression": kind})
    expected = 6 + len(WRONGLY_COMPRESSED)
    amqp.declare_topology(connection)
    queue = amqp.queue(RPC_DEAD_QUEUE)(connection.default_channel)
    filed = []
    deadline = time.monotonic() + 20
    while len(filed) < expected and time.monotonic() < deadline:
        message = queue.get(no_ack=True)
        if message is None:
            time.sleep(0.1)
        else:
            filed.append(message.headers["x-reason"])
    connection.collect()
    assert len(filed) == expected, filed
    assert any("no reply_to" in reason for reason in filed)
    assert any("999" in reason for reason in filed)
    assert any("10000000 bytes" in reason for reason in filed)
    assert client.call(SIGN_IN, ask("after@example.org")).session == "after@example.org"
    assert service.process.poll() is None


def test_sigterm_finishes_and_answers_what_runs(client: RpcClient, service: Journaled) -> None:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(client.call, SIGN_IN, ask("long@example.org", 1.5))
        while "begin long@example.org" not in service.lines():
            time.sleep(0.02)
        assert service.stop() == 0
        assert answer.result(timeout=5).session == "long@example.org"
    assert "end long@example.org" in service.lines()


def test_sigterm_hands_back_what_has_not_begun(
    client: RpcClient, service: Journaled, amqp_uri: str, tmp_path: Path
) -> None:
    emails = [f"{number}@example.org" for number in range(24)]  # more than its workers
    with ThreadPoolExecutor(24) as pool:
        answers = [pool.submit(client.call, SIGN_IN, ask(email, 1.0), timeout=20) for email in emails]
        wait_until(lambda: sum(line.startswith("begin") for line in service.lines()) >= 17)
        assert service.stop() == 0
        with journaled(Path(__file__).with_name("rpc_process.py"), tmp_path / "second", amqp_uri) as second:
            assert [answer.result().session for answer in answers] == emails
            begun = [line for line in service.lines() + second.lines() if line.startswith("begin")]
    assert len(begun) == len(set(begun))


def test_a_request_whose_caller_has_given_up_is_not_begun(client: RpcClient, service: Journaled, amqp_uri: str) -> None:
    connection = amqp.connect(amqp_uri, confirm=True)
    body = {"args": [ask("late@example.org").encode()], "kwargs": {}}
    Producer(connection.default_channel).publish(
        body,
        exchange=EXCHANGE,
        routing_key=SIGN_IN.name,
        serializer="json",
        reply_to="nobody",
        headers={PATIENCE: 0},
    )
    connection.collect()
    client.call(SIGN_IN, ask("next@example.org"))
    assert service.stop() == 0
    assert "begin late@example.org" not in service.lines()


def test_a_caller_whose_clock_is_an_hour_behind_or_ahead_is_answered(
    client: RpcClient, service: Journaled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts' wall clocks are never compared: a server that is a minute ahead used to refuse every call as too late."""
    now = time.time
    for skew in (-3600.0, 3600.0):
        monkeypatch.setattr(time, "time", lambda skew=skew: now() + skew)
        client.call(SIGN_IN, ask("skewed@example.org"))
    assert service.lines().count("begin skewed@example.org") == 2


def test_a_method_that_the_service_lacks_is_told_to_the_caller(client: RpcClient) -> None:
    lacking = Operation(SIGN_IN.service, "no_such_method", SignOut, Done, "session")
    with pytest.raises(InvalidMessage, match="no_such_method"):
        client.call(lacking, SignOut(actor=ACTOR))


def test_a_service_that_never_ran_is_told_at_once(client: RpcClient) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable):
        client.call(Operation("store.nowhere", "ask", SignOut, Done, "session"), SignOut(actor=ACTOR))
    assert time.monotonic() - began < 1


def test_a_service_that_has_stopped_is_told_at_once_to_those_who_look_first(
    client: RpcClient, service: Journaled, amqp_uri: str, tmp_path: Path
) -> None:
    hasty = RpcClient(amqp_uri, only_if_served=True)
    assert hasty.call(SIGN_IN, ask("a@example.org")).session == "a@example.org"
    assert service.stop() == 0
    began = time.monotonic()
    with pytest.raises(Unavailable, match="Nobody serves"):
        hasty.call(SIGN_IN, ask("away@example.org"))
    assert time.monotonic() - began < 1
    with journaled(Path(__file__).with_name("rpc_process.py"), tmp_path / "second", amqp_uri) as second:
        wait_until(lambda: _answers(hasty), 20)
        hasty.close()
        assert "begin away@example.org" not in second.lines(), "it ran after its caller was told that it failed"


def test_a_broker_restart_under_load_ends_neither_side(client: RpcClient, service: Journaled, broker: Broker) -> None:
    if broker.stop is None or broker.start is None:
        pytest.skip("this broker is not ours to restart")
    emails = [f"{number}@example.org" for number in range(8)]
    outcomes: list[float] = []
    stopping = Event()

    def load(email: str) -> None:
        while not stopping.wait(0.02):
            began = time.monotonic()
            try:
                assert client.call(SIGN_IN, ask(email, 0.02), timeout=15).session == email
            except Unavailable:
                outcomes.append(time.monotonic() - began)

    with ThreadPoolExecutor(8) as pool:
        loads = [pool.submit(load, email) for email in emails]
        time.sleep(0.5)
        broker.stop()
        time.sleep(1)
        began = time.monotonic()
        with pytest.raises(Unavailable):
            client.call(SIGN_IN, ask("away@example.org"))
        assert time.monotonic() - began < 1
        broker.start()
        wait_until(lambda: _answers(client), 20)
        stopping.set()
        for running in loads:
            running.result(timeout=20)
    assert client.call(SIGN_IN, ask("after@example.org")).session == "after@example.org"
    assert service.process.poll() is None
    assert service.stop() == 0


def _answers(client: RpcClient) -> bool:
    try:
        return client.call(SIGN_IN, ask("back@example.org"), timeout=5).session == "back@example.org"
    except Unavailable:
        return False


def test_a_service_that_starts_before_its_broker_can_be_stopped(tmp_path: Path) -> None:
    uri = "amqp://nobody:nothing@127.0.0.1:1//"
    with journaled(Path(__file__).with_name("rpc_process.py"), tmp_path / "journal", uri) as lonely:
        time.sleep(2)
        assert lonely.process.poll() is None
        assert lonely.stop() == 0
