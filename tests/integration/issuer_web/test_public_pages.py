"""The public pages in front of the real reader: what recipients, caches, crawlers and other programs get."""

import json
from dataclasses import dataclass

import lxml.html
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from conferral.contracts.ids import new_id
from tests.support.dashboards import Browser
from tests.support.installations import Installation, Tenant

ORIGIN = "http://127.0.0.1:8801"


@dataclass(frozen=True)
class Published:
    """Ids of a credential of each kind."""

    tenant: Tenant
    plain: str
    indexed: str
    arabic: str
    draft: str


@pytest.fixture(scope="module")
def published(running: Installation) -> Published:
    tenant = running.tenant()
    plain = tenant.draft("Zoë <b>Müller</b>")
    indexed = tenant.draft("Ana Example", tenant.group("Open to all", visibility="public"))
    arabic = tenant.draft("ليلى النموذجية", tenant.group("علم الفلك", language="ar"))
    running.publish(tenant, plain, indexed, arabic)
    return Published(tenant, plain, indexed, arabic, tenant.draft("Unpublished Example"))


@pytest.fixture
def visitor(public: Flask) -> Browser:
    return Browser(public, ORIGIN)


def stable(answer: TestResponse) -> tuple[int, str, dict[str, str]]:
    return answer.status_code, answer.text, dict(answer.headers)


def test_unknown_malformed_and_unpublished_answer_alike(visitor: Browser, published: Published) -> None:
    nowhere = [new_id(), published.draft, "x", "A" * 26, "a" * 25, "a" * 27, "%2e%2e", f"{published.plain}%0a"]
    for suffix in ("", ".json"):
        answers = [visitor.get(f"/c/{one}{suffix}") for one in nowhere]
        assert answers[0].status_code == 404
        assert "There is no credential here" in answers[0].text
        for one, answer in zip(nowhere, answers, strict=True):
            assert stable(answer) == stable(answers[0]), one


def test_a_page_shows_the_credential_with_names_escaped(visitor: Browser, published: Published) -> None:
    answer = visitor.get(f"/c/{published.plain}")
    assert answer.status_code == 200
    page = lxml.html.fromstring(answer.text)
    assert page.findtext(".//h1/bdi") == "Chemistry 101"
    assert "Zoë <b>Müller</b>" in [element.text for element in page.iter("bdi")]
    assert "<b>Müller" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_page_is_kept_out_of_search_engines_unless_its_group_is_public(
    visitor: Browser, published: Published
) -> None:
    unlisted, indexed = (visitor.get(f"/c/{one}") for one in (published.plain, published.indexed))
    assert unlisted.headers["X-Robots-Tag"] == "noindex"
    assert lxml.html.fromstring(unlisted.text).xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert "X-Robots-Tag" not in indexed.headers
    assert lxml.html.fromstring(indexed.text).xpath("//meta[@name='robots']/@content") == []
    assert "X-Conferral-Indexed" not in indexed.headers
    for other in ("/", f"/c/{new_id()}", f"/c/{published.plain}.json", "/robots.txt"):
        assert visitor.get(other).headers["X-Robots-Tag"] == "noindex", other


@pytest.mark.parametrize(
    ("kind", "language", "direction", "words"),
    [("plain", "en", "ltr", "Awarded to"), ("arabic", "ar", "rtl", "مُنحت إلى")],
)
def test_a_page_tells_its_language_and_direction(
    visitor: Browser, published: Published, kind: str, language: str, direction: str, words: str
) -> None:
    answer = visitor.get(f"/c/{getattr(published, kind)}")
    html = lxml.html.fromstring(answer.text).getroottree().getroot()
    assert (html.get("lang"), html.get("dir")) == (language, direction)
    assert answer.headers["Content-Language"] == language
    assert words in answer.text


@pytest.mark.parametrize("suffix", ["", ".json"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_cache_can_ask_whether_a_page_has_changed(
    visitor: Browser, published: Published, suffix: str, encoding: str
) -> None:
    path, accept = f"/c/{published.plain}{suffix}", {"Accept-Encoding": encoding}
    first = visitor.get(path, headers=accept)
    assert first.headers["Cache-Control"] == "public, max-age=5, stale-if-error=600"
    assert "Accept-Encoding" in first.headers["Vary"]
    assert first.headers.get("Content-Encoding", "identity") == encoding
    again = visitor.get(path, headers={**accept, "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    other = visitor.get(path, headers={**accept, "If-None-Match": '"something-else"'})
    assert (other.status_code, other.data) == (200, first.data)
    head = visitor.head(path, headers=accept)
    assert (head.status_code, head.data) == (200, b"")
    same = ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Vary")
    assert {name: head.headers.get(name) for name in same} == {name: first.headers.get(name) for name in same}


def test_compressed_and_plain_bytes_do_not_share_a_validator(visitor: Browser, published: Published) -> None:
    path = f"/c/{published.plain}"
    tags = {visitor.get(path, headers={"Accept-Encoding": one}).headers["ETag"] for one in ("identity", "gzip")}
    assert len(tags) == 2


def test_the_credential_s_json_is_at_its_own_address_for_programs_of_any_origin(
    visitor: Browser, published: Published
) -> None:
    answer = visitor.get(f"/c/{published.plain}.json")
    assert answer.status_code == 200
    assert answer.content_type == "application/vc+ld+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document = json.loads(answer.data)
    assert document["id"].endswith(published.plain)
    assert "OpenBadgeCredential" in document["type"]
    page = lxml.html.fromstring(visitor.get(f"/c/{published.plain}").text)
    assert page.xpath("//link[@rel='alternate']/@href") == [f"{ORIGIN}/c/{published.plain}.json"]


def test_a_foreign_host_is_refused_and_not_reflected(public: Flask, published: Published) -> None:
    answer = public.test_client().get(f"/c/{published.plain}", base_url="http://evil.example")
    assert answer.status_code == 400
    assert "evil.example" not in answer.text + str(answer.headers)


def test_security_headers_are_on_every_kind_of_answer(visitor: Browser, published: Published) -> None:
    paths = ("/", f"/c/{published.plain}", f"/c/{published.plain}.json", f"/c/{new_id()}", "/nowhere", "/robots.txt")
    for answer in map(visitor.get, paths):
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in str(policy)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers


def test_a_page_s_scripts_and_styles_are_what_its_policy_allows(visitor: Browser, published: Published) -> None:
    answer = visitor.get(f"/c/{published.plain}")
    page = lxml.html.fromstring(answer.text)
    assert all(script.get("src", "").startswith("/static/") and not script.text for script in page.iter("script"))
    assert not page.xpath("//@style | //@onclick | //@onload"), "the policy forbids inline styles and handlers"
    for address in page.xpath("//script/@src | //link[@rel='stylesheet']/@href | //link[@rel='icon']/@href"):
        assert visitor.get(address).status_code == 200, address


def test_fonts_are_served_for_ever_and_nothing_else_of_the_blobs_is(visitor: Browser, published: Published) -> None:
    row = published.tenant.world.rows("public", _id=published.plain)[0]
    css = visitor.get(f"/c/{published.plain}").text.partition("<style>")[2].partition("</style>")[0]
    address = css.partition('url("')[2].partition('"')[0]
    font = visitor.get(address)
    assert (font.status_code, font.data[:4], font.content_type) == (200, b"wOF2", "font/woff2")
    assert "immutable" in font.headers["Cache-Control"]
    assert visitor.get(f"/f/{row['edition']}.woff2").status_code == 404, "an edition is no font"
    assert visitor.get(f"/f/{'0' * 64}.woff2").status_code == 404


def test_only_reading_is_possible(visitor: Browser, published: Published) -> None:
    assert visitor.post(f"/c/{published.plain}", []).status_code == 405
    assert visitor.post("/", [("a", "b" * 100)]).status_code == 405


def test_every_process_gives_a_page_the_same_validator(
    running: Installation, visitor: Browser, published: Published
) -> None:
    other = Browser(running.public(), ORIGIN)
    tags = [one.get(f"/c/{published.arabic}").headers["ETag"] for one in (visitor, other)]
    assert tags[0] == tags[1]


def test_pages_go_on_from_the_cache_while_the_reader_is_away(
    running: Installation, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.issuer_web.adapters.page_cache.FRESH", 0.0)  # asks the reader each time
    (reader,) = [one for one in running.processes if "reader" in str(one.args)]
    visitor = Browser(running.public(), ORIGIN)
    before = visitor.get(f"/c/{published.plain}")
    reader.terminate()
    reader.wait(20)
    running.processes.remove(reader)
    try:
        assert visitor.get(f"/c/{published.plain}").data == before.data
        unseen = visitor.get(f"/c/{published.indexed}")
        assert unseen.status_code == 503
        assert unseen.headers["Retry-After"]
        assert unseen.headers["Cache-Control"] == "no-store"
        assert "It is not lost." in unseen.text
    finally:
        running.start(("credential_store", "reader"))
    assert visitor.get(f"/c/{published.indexed}").status_code == 200
