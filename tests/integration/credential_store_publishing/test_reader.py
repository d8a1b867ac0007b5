"""The reader's HTTP, over the real store."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import Client, TestResponse

from conferral.contracts.canonical import digest_of
from conferral.contracts.headers import BLOB_TOKEN
from conferral.contracts.ids import new_id
from conferral.contracts.public import PublicCredential
from services.credential_store.adapters.blobs import CHUNK_BYTES
from services.credential_store.entrypoints.reader_application import MOST_BLOB_BYTES, ReaderApplication
from tests.support.publishing import World


@pytest.fixture
def client(world: World) -> Client:
    return Client(ReaderApplication(world.application))


@pytest.fixture
def token(world: World) -> str:
    return world.application.settings.blob_token.get_secret_value()


def put(
    client: Client, token: str, content: bytes, media_type: str = "font/woff2", digest: str | None = None
) -> TestResponse:
    path = f"/blobs/{digest or digest_of(content)}"
    return client.put(path, data=content, headers={BLOB_TOKEN: token}, content_type=media_type)


def test_a_published_credential_is_served_as_the_contract_says(world: World, client: Client) -> None:
    [(credential_id, _)] = world.create(1)
    path = f"/public/credentials/{credential_id}"
    assert client.get(path).status_code == 404
    world.publish_all([(credential_id, 1)])
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-cache"
    credential = PublicCredential.decode(answer.get_json())
    assert credential.id == credential_id
    assert credential.url.endswith(f"/c/{credential_id}")
    assert {run.kind for run in credential.drawing.runs} == {"text", "qr"}
    assert "recipient-0@example.org" not in answer.text


def test_unknown_unpublished_and_malformed_ids_are_alike(world: World, client: Client) -> None:
    [(credential_id, _)] = world.create(1)
    answers = [client.get(f"/public/credentials/{one}") for one in (credential_id, new_id(), "x", "a" * 5000)]
    assert {(answer.status_code, answer.data) for answer in answers} == {(404, answers[0].data)}


def test_an_erased_credential_is_gone(world: World, client: Client) -> None:
    [(credential_id, _)] = world.create(1)
    world.publish_all([(credential_id, 1)])
    tombstone = {"_id": credential_id, "schema_version": 1, "state": "erased"}
    world.database.collection("public").replace_one({"_id": credential_id}, tombstone)
    assert client.get(f"/public/credentials/{credential_id}").status_code == 410


def test_an_unchanged_credential_is_not_sent_again(world: World, client: Client) -> None:
    [(credential_id, _)] = world.create(1)
    world.publish_all([(credential_id, 1)])
    path = f"/public/credentials/{credential_id}"
    first = client.get(path)
    etag = first.headers["ETag"]
    same = client.get(path, headers={"If-None-Match": etag})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["ETag"] == etag
    world.database.collection("public").update_one({"_id": credential_id}, {"$set": {"state": "revoked"}})
    changed = client.get(path, headers={"If-None-Match": etag})
    assert (changed.status_code, changed.get_json()["state"]) == (200, "revoked")


def test_head_answers_like_get_without_a_body(world: World, client: Client, token: str) -> None:
    [(credential_id, _)] = world.create(1)
    world.publish_all([(credential_id, 1)])
    put(client, token, b"font")
    for path in (f"/public/credentials/{credential_id}", f"/blobs/{digest_of(b'font')}"):
        get, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
            assert head.headers[name] == get.headers[name]


def test_a_blob_is_stored_once_and_served_for_ever(client: Client, token: str) -> None:
    content = b"a font" * 100
    assert put(client, token, content).status_code == 201
    assert put(client, token, content).status_code == 200
    answer = client.get(f"/blobs/{digest_of(content)}")
    assert (answer.data, answer.content_type) == (content, "font/woff2")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(f"/blobs/{digest_of(content)}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("size", [1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 17])
def test_blobs_of_every_size_come_back_whole(client: Client, token: str, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    assert put(client, token, content).status_code == 201
    assert client.get(f"/blobs/{digest_of(content)}").data == content


def test_writers_of_the_same_blob_at_once_all_succeed(world: World, client: Client, token: str) -> None:
    content = bytes(CHUNK_BYTES * 2)
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: put(client, token, content).status_code, range(4)))
    assert set(codes) <= {200, 201}
    assert client.get(f"/blobs/{digest_of(content)}").data == content


def test_a_writer_that_died_half_way_is_completed_by_the_next(world: World, client: Client, token: str) -> None:
    content = bytes(CHUNK_BYTES * 2)
    put(client, token, content)
    world.database.collection("blobs.files").delete_many({})
    world.database.collection("blobs.chunks").delete_one({"n": 1})
    assert client.get(f"/blobs/{digest_of(content)}").status_code == 404
    assert put(client, token, content).status_code == 201
    assert client.get(f"/blobs/{digest_of(content)}").data == content


def test_only_the_token_writes(client: Client, token: str) -> None:
    for wrong in ("", token[:-1], token + "x", "\u00e9"):
        assert put(client, wrong, b"font").status_code == 403
    assert client.get(f"/blobs/{digest_of(b'font')}").status_code == 404


def test_what_is_no_blob_is_refused(client: Client, token: str) -> None:
    assert put(client, token, b"font", digest="0" * 64).status_code == 400
    assert put(client, token, b"<script>", media_type="text/html").status_code == 415
    assert put(client, token, bytes(MOST_BLOB_BYTES + 1)).status_code == 413
    assert client.get("/blobs/../secrets").status_code == 404
    assert client.delete(f"/blobs/{'0' * 64}").status_code == 405
    assert client.get("/").status_code == 404
