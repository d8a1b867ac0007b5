from conferral_design_api.testing import problems, sample_recipient, sample_request
from conferral_template import Template


def test_it_keeps_what_the_host_relies_on() -> None:
    assert problems(Template()) == []


def test_it_draws_the_name_and_the_level() -> None:
    design = Template()
    compiled = design.compile(sample_request("en", colour="#004488"))
    (completion,) = design.complete(compiled.state, [sample_recipient("Noor Haddad", level="Expert")])
    assert [run.text for run in completion.runs] == ["Noor Haddad", "Expert"]
    assert "#004488" in compiled.svg
