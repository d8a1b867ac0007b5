"""What the runtime does over HTTP, on loopback."""

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import urllib3

from conferral.contracts.canonical import digest_of
from conferral.contracts.errors import NotFound, Unavailable
from conferral.contracts.headers import BLOB_TOKEN
from conferral.runtime import health as health_module
from conferral.runtime.blobs import BlobClient
from conferral.runtime.config import ProcessSettings
from conferral.runtime.health import Health


class Reader(ThreadingHTTPServer):
    """Keeps blobs, counts requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ReaderHandler)
        self.blobs: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _ReaderHandler(BaseHTTPRequestHandler):
    server: Reader

    def do_GET(self) -> None:
        self._note()
        content = self.server.blobs.get(self.path.rsplit("/", 1)[-1])
        self._answer(404 if content is None else 200, content or b"")

    def do_PUT(self) -> None:
        self._note()
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers[BLOB_TOKEN] != "token":
            self._answer(403, b"")
            return
        self.server.blobs[self.path.rsplit("/", 1)[-1]] = content
        self._answer(201, b"")

    def _note(self) -> None:
        self.server.requests.append(self.command)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def reader() -> Iterator[Reader]:
    server = Reader()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_blob_is_written_once_and_read_once(reader: Reader) -> None:
    client = BlobClient(reader.url, "token")
    digest = client.put(b"content", "text/plain")
    assert digest == digest_of(b"content") == client.put(b"content", "text/plain")
    assert [client.get(digest) for _ in range(3)] == [b"content"] * 3
    assert reader.requests == ["PUT", "GET"]


def test_a_blob_that_is_not_there_is_not_found(reader: Reader) -> None:
    with pytest.raises(NotFound):
        BlobClient(reader.url, None).get("ab" * 32)


def test_content_that_does_not_match_its_digest_is_refused_and_not_kept(reader: Reader) -> None:
    client, digest = BlobClient(reader.url, None), digest_of(b"right")
    reader.blobs[digest] = b"wrong"
    with pytest.raises(Unavailable):
        client.get(digest)
    reader.blobs[digest] = b"right"
    assert client.get(digest) == b"right"


def test_a_refused_write_is_told_and_tried_again_next_time(reader: Reader) -> None:
    with pytest.raises(Unavailable):
        BlobClient(reader.url, "wrong").put(b"content", "text/plain")
    assert reader.blobs == {}


def test_a_reader_that_is_away_is_unavailable() -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable):
        BlobClient("http://127.0.0.1:1", None).get("ab" * 32)
    assert time.monotonic() - began < 3


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def health(problems: list[str]) -> Iterator[Health]:
    def ready() -> None:
        if problems:
            raise Unavailable(problems[0])

    serving = Health("test", "role", ProcessSettings(), ready)
    yield serving
    serving.close()


def ask(health: Health, path: str) -> tuple[int, str]:
    response = urllib3.request("GET", f"http://{health.address}{path}", timeout=5, retries=False)
    return response.status, response.data.decode()


def test_readiness_says_why_not(health: Health, problems: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "_READY_FOR_SECONDS", 0)
    assert ask(health, "/ready") == (200, "ok\n")
    problems.append("the bus is down")
    status, text = ask(health, "/ready")
    assert status == 503
    assert "the bus is down" in text
    assert ask(health, "/live") == (200, "ok\n")


def test_a_loop_that_stands_still_is_not_alive(health: Health, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "STALE_AFTER", 0.05)
    time.sleep(0.1)
    assert ask(health, "/live")[0] == 503
    monkeypatch.setattr(health_module, "STALE_AFTER", 5)
    health.tick()
    assert ask(health, "/live")[0] == 200


def test_metrics_are_prometheus_text(health: Health) -> None:
    status, text = ask(health, "/metrics")
    assert status == 200
    assert 'conferral_process{role="role",service="test"} 1.0' in text
    assert ask(health, "/elsewhere")[0] == 404
