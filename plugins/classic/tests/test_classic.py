import json
import re
import time
from itertools import combinations

import pytest
from conferral_classic import Classic
from conferral_classic.words import languages, words_for
from conferral_design_api import Qr, Text, Typeface, measure
from conferral_design_api.testing import SAMPLE_NAMES, problems, sample_recipient, sample_request
from mjml import mjml2html

FULL = {
    "course": "Advanced Methods in the Observation and Long-Term Stewardship of Temperate Shoreline Habitats",
    "grade": "With distinction and the commendation of the examiners",
    "hours": "1200",
    "instructor": "Ines Valdoro",
    "signatory_name": "Dr. Tomasz Wierzba-Lund von Sonnenfels",
    "signatory_title": "Director of Studies and Dean of the School of Coastal Sciences",
    "place": "Port Solace on the Estuary",
    "student_number": "SN-PRIVATE-1",
    "remarks": "REMARK-PRIVATE",
}


def test_it_keeps_what_the_host_relies_on() -> None:
    assert problems(Classic()) == []


def test_every_language_has_all_words_and_the_same_fields() -> None:
    english = languages()["en"]
    assert len(languages()) == 13
    for words in languages().values():
        for name in english.__slots__:
            text = getattr(words, name)
            assert text
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", getattr(english, name)))


def test_a_language_without_translation_is_in_english() -> None:
    assert words_for("fi") == languages()["en"]
    assert words_for("de-CH") == languages()["de"]


def test_what_is_private_is_not_drawn() -> None:
    design = Classic()
    compiled = design.compile(sample_request())
    completion = design.complete(compiled.state, [sample_recipient(**FULL)])[0]
    assert "PRIVATE" not in repr(completion)


def box(run: Text | Qr) -> tuple[float, float, float, float]:
    if isinstance(run, Qr):
        return run.x, run.y, run.x + run.size, run.y + run.size
    face = Typeface(run.families, run.weight, run.style, run.letter_spacing / run.size, run.language)
    width = measure(run.text, face, run.size)
    left = run.x - width * {"start": 0, "middle": 0.5, "end": 1}[run.anchor]
    return left, run.y - run.size * 0.62, left + width, run.y + run.size * 0.1


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("page_size", ["A4", "US Letter"])
def test_no_text_touches_another_or_the_frame(language: str, page_size: str) -> None:
    design = Classic()
    compiled = design.compile(sample_request(language, page_size=page_size))
    people = [sample_recipient(name, **values) for name in SAMPLE_NAMES for values in ({}, FULL)]
    for completion in design.complete(compiled.state, people):
        boxes = [(run, box(run)) for run in (*compiled.static_runs, *completion.runs)]
        for run, (left, top, right, bottom) in boxes:
            assert 86 <= left < right <= compiled.width - 86, run
            assert 86 <= top < bottom <= compiled.height - 86, run
        for (one, a), (other, b) in combinations(boxes, 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (one, other)


def test_right_to_left_sheets_are_mirrored() -> None:
    design = Classic()
    (english,) = (run for run in drawn(design, "en") if isinstance(run, Qr))
    (arabic,) = (run for run in drawn(design, "ar") if isinstance(run, Qr))
    width = design.compile(sample_request("ar")).width
    assert arabic.x == pytest.approx(width - english.x - english.size)


def drawn(design: Classic, language: str, **options: object) -> tuple[Text | Qr, ...]:
    compiled = design.compile(sample_request(language, **options))
    return design.complete(json.loads(json.dumps(compiled.state)), [sample_recipient()])[0].runs


def test_options_are_followed() -> None:
    design = Classic()
    assert not any(isinstance(run, Qr) for run in drawn(design, "en", qr=False))
    assert "foil" not in design.compile(sample_request("en", seal=False)).svg
    titled = design.compile(sample_request("en", title="Diploma"))
    assert "Diploma" in [run.text for run in titled.static_runs]
    plain = design.compile(sample_request("en", ornament="plain"))
    assert len(plain.svg) < len(design.compile(sample_request("en")).svg) / 2


@pytest.mark.parametrize("language", sorted(languages()))
def test_the_email_compiles_and_loads_nothing(language: str) -> None:
    email = Classic().compile(sample_request(language)).email
    html = str(mjml2html(email.mjml))
    assert html.count("{{ credential_url }}") >= 2
    assert "{{ recipient_name }}" in html
    assert "<img" not in html
    assert "[[" not in html
    assert not re.search(r"url\(|<link|@import", html)


def test_criteria_run_the_way_they_are_written_in() -> None:
    email = Classic().compile(sample_request("ar")).email  # the sample's criteria are English
    assert re.search(r'<div dir="ltr">[A-Z][a-z]+ ', email.mjml)
    assert '<div dir="rtl">' in email.mjml


def test_public_attributes_have_a_label_in_every_language() -> None:
    for attribute in Classic().attributes:
        if attribute.public:
            assert attribute.labels.keys() == languages().keys()
            assert attribute.labels["en"] == attribute.label


def test_an_issuer_cannot_put_markup_or_slots_into_the_email() -> None:
    request = sample_request()
    hostile = type(request.issuer)("<b>{{ credential_url }}</b>")
    email = Classic().compile(type(request)({}, "en", "ltr", hostile, request.achievement)).email
    friendly = Classic().compile(request).email
    assert "<b>" not in email.mjml
    assert email.mjml.count("{{") == friendly.mjml.count("{{")
    assert email.text.count("{{") == friendly.text.count("{{")


def test_a_recipient_costs_well_under_a_millisecond_of_cpu() -> None:
    design = Classic()
    state = design.compile(sample_request()).state
    people = [sample_recipient(f"Person {number} Ångström", **FULL) for number in range(300)]
    design.complete(state, people[:10])
    started = time.process_time()
    design.complete(state, people[10:])
    # Ten times what it takes on an idle machine: a guard against something quadratic, not a benchmark.
    assert (time.process_time() - started) / 290 < 0.004


def test_a_correction_has_a_subject_and_an_opening_of_its_own_in_every_language() -> None:
    for language in languages():
        compiled = Classic().compile(sample_request(language))
        first, corrected = compiled.email, compiled.corrected
        assert corrected is not None
        assert corrected.subject != first.subject
        assert corrected.text.splitlines()[0] == first.text.splitlines()[0], "the greeting is the same"
        assert corrected.text.splitlines()[2] != first.text.splitlines()[2]
    assert "Congratulations" not in Classic().compile(sample_request("en")).corrected.mjml  # type: ignore[union-attr]
