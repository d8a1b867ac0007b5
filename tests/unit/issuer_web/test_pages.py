"""A public page, gathered and rendered from what publication stored; blobs in memory."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask

from conferral.contracts.edition import AttributeLabel, DocumentValues, Edition, FontManifest
from conferral.contracts.errors import Unavailable
from conferral.contracts.public import PublicCredential
from conferral.contracts.template import Template
from services.issuer_web.adapters.static_files import StaticFiles
from services.issuer_web.entrypoints.public.app import Options, create_app
from services.issuer_web.handlers.pages import Decoded, document, gather, shown_attributes
from services.issuer_web.ports import Fetched, Missing, Reading
from tests.support.answering import MemoryBlobs
from tests.support.samples import sample

SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">{{ drawing }}</svg>'
LABELS = (
    AttributeLabel(key="course", label="Course"),
    AttributeLabel(key="hours", label="Hours", type="number"),
    AttributeLabel(key="day", label="Day", type="date"),
    AttributeLabel(key="site", label="Site", type="url"),
    AttributeLabel(key="secret", label="Secret", public=False),
)


class Shelf:
    """A published credential with its blobs; the PublicReader port as well."""

    def __init__(self, language: str = "en", **fields: object) -> None:
        self.blobs = MemoryBlobs()
        base: Edition = sample(Edition)
        shape = {
            "documents": {"plain": self.blobs.put(Template.parse('{"name": {{ name }}}').model_dump_json().encode())}
        }
        artwork = base.artwork.model_copy(
            update={"template": self.blobs.put(Template.parse(SVG).model_dump_json().encode())}
        )
        fonts = self.blobs.put(FontManifest(slices={}).model_dump_json().encode())
        changes = {
            "artwork": artwork,
            "fonts": fonts,
            "attributes": LABELS,
            "direction": "rtl" if language == "ar" else "ltr",
        }
        self.edition = base.model_copy(update={**changes, **shape, "language": language})
        given = {
            "language": language, "expiry_date": None, "valid_until": None, "issue_date": date(2026, 11, 24),
            "edition": self.blobs.put(self.edition.model_dump_json().encode()), "attributes": {},
            "document": DocumentValues(shape="plain", values={"name": '"Zoë"'}), "visibility": "unlisted",
            "recipient_name": "Zoë <i>Example</i>", **fields,
        }  # fmt: skip
        self.credential: PublicCredential = sample(PublicCredential).model_copy(update=given)

    def read(self, credential_id: str, etag: str | None) -> Reading:
        return Fetched(self.credential, "validator") if credential_id == self.credential.id else Missing()

    def app(self) -> Flask:
        return create_app(self, self.blobs, StaticFiles(), Options(("localhost",), secure=True))

    def page(self) -> str:
        answer = self.app().test_client().get(f"/c/{self.credential.id}")
        assert answer.status_code == 200
        return answer.text


def test_everything_is_read_once_however_often_it_is_shown() -> None:
    shelf = Shelf()
    decoded = Decoded(shelf.blobs)
    for _ in range(3):
        gather(decoded, shelf.credential)
        document(decoded, shelf.credential)
    assert len(shelf.blobs.read) == len(set(shelf.blobs.read)) == 4


def test_an_xml_declaration_has_no_place_inside_a_page() -> None:
    shelf = Shelf()
    assert gather(Decoded(shelf.blobs), shelf.credential).svg.startswith("<svg")


def test_a_part_that_is_missing_or_away_makes_the_page_unavailable_and_not_wrong() -> None:
    shelf = Shelf()
    lost = shelf.credential.model_copy(update={"edition": "0" * 64})
    with pytest.raises(Unavailable):
        gather(Decoded(shelf.blobs), lost)
    shapeless = shelf.credential.model_copy(update={"document": DocumentValues(shape="other", values={})})
    with pytest.raises(Unavailable):
        document(Decoded(shelf.blobs), shapeless)
    decoded = Decoded(shelf.blobs)
    shelf.blobs.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        gather(decoded, shelf.credential)
    shelf.blobs.failure = None
    assert gather(decoded, shelf.credential).attributes == [], "a failure is not remembered"


def test_attributes_are_written_as_the_language_does_and_private_ones_left_out() -> None:
    values = {"course": "Bees", "hours": "1234.5", "day": "2026-11-24", "site": "https://x.example", "secret": "no"}
    shown = {one.label: one.value for one in shown_attributes(LABELS, values, "de")}
    assert shown == {"Course": "Bees", "Hours": "1.234,5", "Day": "24. November 2026", "Site": "https://x.example"}


@pytest.mark.parametrize("value", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "HTTPS:x"])
def test_only_web_addresses_become_links(value: str) -> None:
    (shown,) = shown_attributes(LABELS, {"site": value}, "en")
    assert shown.link is None


def test_values_that_are_not_what_their_type_says_are_shown_as_they_are() -> None:
    shown = shown_attributes(LABELS, {"hours": "many", "day": "soon"}, "en")
    assert [one.value for one in shown] == ["many", "soon"]


def test_an_expired_credential_says_so() -> None:
    now = datetime.now(UTC)
    expired = Shelf(expiry_date=date(2020, 1, 1), valid_until=now - timedelta(days=1))
    assert "This credential has expired." in expired.page()
    valid = Shelf(expiry_date=date(2099, 1, 1), valid_until=now + timedelta(days=1)).page()
    assert "has expired" not in valid
    assert "January 1, 2099" in valid


@pytest.mark.parametrize(("state", "told"), [("revoked", "revoked by its issuer"), ("suspended", "is suspended")])
def test_a_credential_that_is_not_valid_says_so_first(state: str, told: str) -> None:
    assert told in Shelf(state=state).page()


@pytest.mark.parametrize(
    ("language", "words", "marked"),
    [
        ("ar", "مُنحت إلى", False),
        ("de-AT", "Verliehen an", False),
        ("fr", "Awarded to", True),
        ("he", "Awarded to", True),
    ],
)
def test_words_in_another_language_than_the_credential_s_are_marked(language: str, words: str, marked: bool) -> None:  # noqa: FBT001
    page = Shelf(language).page()
    assert f'lang="{language}"' in page
    assert words in page
    assert ('<span lang="en" dir="ltr">Awarded to</span>' in page) is marked


def test_a_name_is_text_and_never_markup() -> None:
    page = Shelf().page()
    assert "<i>Example" not in page
    assert "Zoë &lt;i&gt;Example&lt;/i&gt;" in page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de;q=0.9, en;q=0.1", "de"), ("ar", "ar"), ("zh-Hans", "zh-Hans"), ("fr", "en"), ("", "en")],
)
def test_pages_of_no_credential_speak_the_browser_s_language(accepted: str, language: str) -> None:
    answer = Shelf().app().test_client().get("/c/" + "q" * 26, headers={"Accept-Language": accepted})
    assert answer.status_code == 404
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in answer.text
    assert "Accept-Language" in answer.headers["Vary"]


def test_over_tls_the_browser_is_told_to_stay_there() -> None:
    answer = Shelf().app().test_client().get("/")
    assert answer.headers["Strict-Transport-Security"]
    assert "upgrade-insecure-requests" in answer.headers["Content-Security-Policy"]
