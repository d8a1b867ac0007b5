from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import conferral_design_api as api
import pytest
from conferral_design_api.testing import problems, sample_request


def test_words_become_markup_with_their_slots() -> None:
    words = "Dear {{ recipient_name }} & <b>,\n{ {x} }"
    assert api.worded(words) == "Dear {{ recipient_name }} &amp; &lt;b&gt;,<br />&#123; &#123;x&#125; &#125;"
    assert "<bdi>{{ recipient_name }}</bdi>" in api.worded(words, isolate=True)


@pytest.mark.parametrize(
    ("words", "direction"),
    [("{{ recipient_name }}، مرحبا", "rtl"), ("{{ recipient_name }}", "rtl"), ("Hello {{ recipient_name }}", "ltr")],
)
def test_a_slots_name_is_no_word_that_has_a_direction(words: str, direction: api.Direction) -> None:
    assert api.direction_of_words(words, "rtl") == direction


class Deaf(api.Design):
    """Promises to say the issuer's words, and says its own."""

    id, version, name, description = "deaf", "1", "Deaf", ""
    wording = ("subject", "body")

    def compile(self, request: api.CompileRequest) -> api.CompiledDesign:
        mjml = (
            '<mjml><mj-body><mj-section><mj-column><mj-text><a href="{{ credential_url }}">Hello</a></mj-text>'
            "</mj-column></mj-section></mj-body></mjml>"
        )
        svg = '<svg xmlns="http://www.w3.org/2000/svg">{{ drawing }}</svg>'
        return api.CompiledDesign(300, 200, svg, api.EmailSource("Hello", mjml, "{{ credential_url }}"))

    def complete(self, state: Mapping[str, Any], recipients: Sequence[api.Recipient]) -> Sequence[api.Completion]:
        return [api.Completion((), alternative=one.name) for one in recipients]


def test_a_design_that_does_not_say_what_it_promises_to_is_told() -> None:
    assert problems(Deaf()) == [
        "the issuer's subject is not the email's subject",
        "the issuer's body is not in the email's mjml: put request.words('body') through worded()",
        "the issuer's body is not in the email's text",
    ]


def test_words_are_the_issuers_or_the_designs_own() -> None:
    request = api.CompileRequest(**{**vars(sample_request()), "wording": {"subject": "Theirs"}})
    assert (request.words("subject", "own"), request.words("body", "own")) == ("Theirs", "own")


class Forgetful(Deaf):
    """Has an email about corrections that cannot be told from the first one, and says none of the issuer's words."""

    wording = ("greeting", "corrected_subject", "corrected_body")

    def compile(self, request: api.CompileRequest) -> api.CompiledDesign:
        compiled = super().compile(request)
        return replace(compiled, corrected=compiled.email)


def test_an_email_about_corrections_is_checked_like_the_first() -> None:
    found = problems(Forgetful())
    assert "corrected email has the subject of the first one: nobody can tell them apart" in found
    assert "the issuer's greeting is not in the email about a correction's text" in found
    assert "the issuer's corrected_subject is not the email about a correction's subject" in found
    assert "the issuer's corrected_body is not in the email about a correction's text" in found


class Boastful(Deaf):
    """Offers words for an email that it does not have."""

    wording = ("corrected_body",)


def test_words_about_corrections_are_offered_together_with_their_email() -> None:
    assert problems(Boastful()) == ["the design offers corrected_body, and has no email about corrections"]
