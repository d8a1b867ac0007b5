import json
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from conferral.mailbox.pages import PAGE, Pages
from conferral.mailbox.storage import Mailbox

HOSTILE = "<script>alert(1)</script>"
MAIL = (
    b"From: Academy <no-reply@academy.example>\r\nTo: %b\r\nSubject: %b\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n'
    b'plain & simple\r\n--b\r\nContent-Type: text/html; charset="utf-8"\r\n\r\n'
    b'<html><head><title>x</title></head><body><a href="https://example.org/c/abc?d=1">open</a></body></html>\r\n--b--\r\n'
)


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


@pytest.fixture
def client(mailbox: Mailbox) -> Client:
    return Client(Pages(mailbox, {"localhost"}))


def receive(mailbox: Mailbox, recipient: str = "ngozi@example.org", subject: str = "Your certificate") -> str:
    mailbox.add([("no-reply@academy.example", (recipient,), MAIL % (recipient.encode(), subject.encode()))])
    return mailbox.list()[0].id


def listed(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/api/messages{query}")
    assert answer.content_type == "application/json"
    mails: list[dict[str, Any]] = json.loads(answer.text)
    return mails


def test_the_empty_mailbox_says_so(client: Client) -> None:
    assert "No mail yet" in client.get("/").text


def test_the_api_lists_everything_about_each_mail_newest_first(client: Client, mailbox: Mailbox) -> None:
    for number in range(3):
        receive(mailbox, f"{number}@example.org")
    mails = listed(client)
    assert [mail["recipients"] for mail in mails] == [["2@example.org"], ["1@example.org"], ["0@example.org"]]
    first = mails[0]
    assert first["subject"] == "Your certificate"
    assert first["text"].strip() == "plain & simple"
    assert 'href="https://example.org/c/abc?d=1"' in first["html"]
    assert first["raw"].encode() == MAIL % (b"2@example.org", b"Your certificate")
    assert {"id", "from", "received_at"} <= first.keys()


def test_the_api_pages_and_filters(client: Client, mailbox: Mailbox) -> None:
    for number in range(5):
        receive(mailbox, f"{number}@example.org")
    answer = client.get("/api/messages?limit=2&offset=1")
    assert [mail["recipients"] for mail in json.loads(answer.text)] == [["3@example.org"], ["2@example.org"]]
    assert answer.headers["X-Total-Count"] == "5"
    assert len(listed(client, "?recipient=2@EXAMPLE.org")) == 1
    assert listed(client, "?offset=9") == []
    assert client.get("/api/messages?limit=x").status_code == 400
    assert client.get("/api/messages?limit=-1").status_code == 400


def test_deleting_empties_it(client: Client, mailbox: Mailbox) -> None:
    receive(mailbox)
    assert client.delete("/api/messages").json == {"deleted": 1}
    assert listed(client) == []


def test_nothing_in_a_mail_becomes_markup_of_the_page(client: Client, mailbox: Mailbox) -> None:
    identifier = receive(mailbox, subject=HOSTILE)
    pages = [client.get("/"), client.get("/?q=script")]
    pages += [client.get(f"/messages/{identifier}?view={view}") for view in ("html", "text", "headers", "raw")]
    for page in pages:
        assert page.status_code == 200
        assert HOSTILE not in page.text
        assert "&lt;script&gt;" in page.text
        assert "script-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_mail_itself_is_sandboxed_and_its_links_leave_the_frame(client: Client, mailbox: Mailbox) -> None:
    identifier = receive(mailbox)
    answer = client.get(f"/messages/{identifier}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert '<base target="_blank">' in answer.text
    assert "sandbox=" in client.get(f"/messages/{identifier}").text


def test_the_source_is_served_as_text(client: Client, mailbox: Mailbox) -> None:
    answer = client.get(f"/messages/{receive(mailbox)}/raw")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.data == MAIL % (b"ngozi@example.org", b"Your certificate")


def test_long_lists_have_pages(client: Client, mailbox: Mailbox) -> None:
    for _ in range(PAGE + 1):
        receive(mailbox)
    assert "Page 1 of 2" in client.get("/").text
    assert client.get("/?page=2").text.count('class="subject"') == 1
    assert client.get("/?page=99").status_code == client.get("/?page=x").status_code == 200


@pytest.mark.parametrize("path", ["/messages/nothing", "/messages/../x/raw", "/static/nothing.css", "/elsewhere"])
def test_unknown_paths_are_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_other_host_names_are_refused(client: Client) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/", headers={"Host": "localhost:8025"}).status_code == 200


def test_another_site_cannot_delete_the_mails(client: Client, mailbox: Mailbox) -> None:
    receive(mailbox)
    assert client.post("/clear", headers={"Origin": "https://evil.example"}).status_code == 400
    assert len(mailbox.list()) == 1
    assert client.post("/clear", headers={"Origin": "http://localhost"}).status_code == 303
    assert mailbox.list() == []
