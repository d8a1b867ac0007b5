"""What an edition's emails are about: a first version, a correction, either sent again."""

import pytest
from lxml import html

from conferral.contracts.edition import EmailOccasion
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import OrganisationProfile
from services.publisher.domain import email_template, occasions
from services.publisher.domain.design import CompiledDesign, EmailSource

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{{ drawing }}</svg>'
LANGUAGES = ("ar", "de", "el", "en", "es", "fr", "he", "hi", "ja", "ko", "ru", "zh-Hans", "zh-Hant")


def source(subject: str, said: str) -> EmailSource:
    mjml = (
        f"<mjml><mj-head><mj-preview>Soon: {said}</mj-preview></mj-head><mj-body><mj-section><mj-column>"
        f'<mj-text>{said}</mj-text><mj-button href="{{{{ credential_url }}}}">Open</mj-button>'
        "</mj-column></mj-section></mj-body></mjml>"
    )
    return EmailSource(subject=subject, mjml=mjml, text=f"{said}: {{{{ credential_url }}}}")


FIRST = source("Yours, {{ recipient_name }}", "Congratulations")
CORRECTED = source("Put right: {{ grade }}", "We put it right")


def organisation(name: str) -> OrganisationProfile:
    return OrganisationProfile(
        id=new_id(), name=name, did="did:web:example.org", timezone="UTC", sender_name="T",
        sender_address="t@example.org",
    )  # fmt: skip


def made(
    language: str = "en", name: str = "Tern", corrected: EmailSource | None = None
) -> dict[EmailOccasion, occasions.Email]:
    compiled = CompiledDesign(width=1, height=1, svg=SVG, email=FIRST, state={}, corrected=corrected)
    direction = "rtl" if language in {"ar", "he", "fa"} else "ltr"
    return occasions.email_templates(compiled, language, direction, organisation(name))


def read(email: occasions.Email, **values: str) -> tuple[str, str, str]:
    """Subject, what the HTML part says from its top, and the text part."""
    filled = email_template.completed(email.template, {"credential_url": "https://example.org/c", **values})
    body = html.document_fromstring(filled[1]).find("body")
    for style in body.iter("style"):
        style.text = ""
    return filled[0], " ".join(body.text_content().split()), filled[2]


def test_a_first_email_is_as_its_design_wrote_it() -> None:
    subject, shown, text = read(made()["issued"], recipient_name="Ana")
    assert subject == "Yours, Ana"
    assert shown.startswith("Soon: Congratulations")
    assert text.startswith("Congratulations: ")


def test_a_design_without_an_email_about_corrections_gets_a_sentence_above_its_own() -> None:
    subject, shown, text = read(made()["corrected"], recipient_name="Ana")
    assert subject == "Corrected: Yours, Ana"
    told = "Tern has made a correction. There is nothing you need to do: the link is the same as before"
    assert shown.startswith(told)
    assert text.startswith(told)
    assert "Congratulations: https://example.org/c" in text


def test_a_designs_own_email_about_corrections_is_sent_as_it_wrote_it() -> None:
    email = made(corrected=CORRECTED)["corrected"]
    assert email.slots == {"grade"}
    subject, shown, text = read(email, grade="B")
    assert subject == "Put right: B"
    assert shown.startswith("Soon: We put it right")
    assert text.startswith("We put it right: ")


@pytest.mark.parametrize("corrected", [None, CORRECTED])
def test_what_is_sent_again_says_so_first_under_the_same_subject(corrected: EmailSource | None) -> None:
    emails, values = made(corrected=corrected), {"recipient_name": "Ana", "grade": "B"}
    for occasion, again in (occasions.occasions_of(correction=False), occasions.occasions_of(correction=True)):
        before, after = read(emails[occasion], **values), read(emails[again], **values)
        assert before[0] == after[0]
        for part in (1, 2):
            assert after[part].startswith("Tern has asked for this email to be sent to you again.")
            assert after[part].endswith(before[part].strip()[-40:] + ("\n" if before[part].endswith("\n") else ""))
        assert emails[occasion].slots == emails[again].slots


def test_every_language_says_it_and_names_the_issuer_whatever_it_is_called() -> None:
    name = "{{ credential_url }} <b>{issuer}</b>"
    seen = set()
    for language in LANGUAGES:
        emails = made(language, name)
        for occasion in ("corrected", "issued_again"):
            _, shown, text = read(emails[occasion], recipient_name="Ana")
            opening = shown.partition("Soon:")[0]
            assert name in opening, "it is neither markup nor a slot"
            assert "{ { credential_url } } <b>{issuer}</b>" in text.partition("\n")[0]
            seen.add(opening)
    assert len(seen) == 2 * len(LANGUAGES)


def test_a_language_without_translation_is_english_from_left_to_right() -> None:
    template = made("fa")["corrected"].template
    assert '<div class="email-notice" dir="ltr" lang="en"' in template.html
    assert '<div class="email-notice" dir="rtl" lang="ar"' in made("ar")["corrected"].template.html
