from conferral_design_api.testing import problems, sample_recipient, sample_request
from conferral_minimal import Minimal


def test_it_keeps_what_the_host_relies_on() -> None:
    assert problems(Minimal()) == []


def test_it_writes_the_date_as_the_language_does() -> None:
    design = Minimal()
    (completion,) = design.complete(design.compile(sample_request("de")).state, [sample_recipient("Ada Weiß")])
    assert "23. November 2026" in completion.runs[2].text


def test_a_name_that_looks_like_a_slot_is_only_a_name() -> None:
    design = Minimal()
    request = sample_request("en")
    email = design.compile(request).email
    assert email.text.count("{{ credential_url }}") == 1
    (completion,) = design.complete(design.compile(request).state, [sample_recipient("{{ credential_url }}")])
    assert completion.runs[0].text == "{ { credential_url } }"
