"""A chunk's results are large as JSON, and small on the bus."""

import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Exchange, Message, Queue

from conferral.contracts.actors import Actor
from conferral.contracts.errors import Unavailable
from conferral.contracts.rpc.accounts import SIGN_IN, SignIn
from conferral.runtime.rpc_client import EXCHANGE, RpcClient
from tests.support.journal import Journaled, journaled


@pytest.fixture
def service(amqp_uri: str, tmp_path: Path) -> Iterator[Journaled]:
    with journaled(Path(__file__).with_name("rpc_process.py"), tmp_path / "journal", amqp_uri) as running:
        yield running


def ask(email: str) -> SignIn:
    return SignIn(actor=Actor(service="issuer_web"), email=email, password="0", client_address="127.0.0.1")


def test_a_large_call_is_compressed_on_the_bus_and_arrives_whole(amqp_uri: str, service: Journaled) -> None:
    client = RpcClient(amqp_uri)
    deadline = time.monotonic() + 20
    while True:
        try:
            client.call(SIGN_IN, ask("hello@example.org"))
            break
        except Unavailable:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    seen: list[bytes] = []
    with Connection(amqp_uri) as connection:
        copy = Queue("copy", Exchange(EXCHANGE.name, "topic", durable=True), SIGN_IN.name, exclusive=True)

        def note(message: Message) -> None:
            # what kombu has decompressed, as it travelled
            assert message.headers["compression"] == "application/x-gzip"
            seen.append(zlib.compress(message.body))

        with Consumer(connection.channel(), [copy], on_message=note, no_ack=True):
            email = "الزهراء" * 60_000
            assert client.call(SIGN_IN, ask(email), timeout=20).session == email
            connection.drain_events(timeout=10)
    client.close()
    assert len(seen[0]) < 256_000
