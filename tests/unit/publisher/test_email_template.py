import pytest

from services.publisher.domain.design import EmailSource
from services.publisher.domain.email_template import Refused, email_template, slots_to_fill

BODY = (
    "<mj-text>Dear {{ recipient_name }}, {{ group_name }}</mj-text>"
    "<mj-button href='{{ credential_url }}'>Open</mj-button>"
)


def source(body: str = BODY, head: str = "", text: str = "{{ recipient_name }}: {{ credential_url }}") -> EmailSource:
    mjml = (
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{body}</mj-column></mj-section>"
        "</mj-body></mjml>"
    )
    return EmailSource(subject="{{ recipient_name }}, {{ course }}", mjml=mjml, text=text)


def test_a_compiled_email_keeps_its_markers_and_says_which_ones_a_recipient_fills() -> None:
    template = email_template(source(), "ar", "rtl")
    assert (template.language, template.direction) == ("ar", "rtl")
    assert template.html.startswith("<!doctype html>")
    assert 'href="{{ credential_url }}"' in template.html
    assert slots_to_fill(template) == {"recipient_name", "group_name", "course"}


def test_nothing_is_loaded_from_somebody_else() -> None:
    # MJML's own default font would be
    html = email_template(source(), "en", "ltr").html
    assert "fonts.googleapis" not in html
    assert "@import" not in html


REFUSED = {
    "no MJML": (source().model_copy(update={"mjml": "<mjml>"}), "does not compile"),
    "include": (source(BODY + '<mj-include path="/etc/passwd"/>'), "mj-include"),
    "image": (source(BODY + '<mj-image src="https://evil.example/pixel.png"/>'), "loads something"),
    "style import": (source(head="<mj-style>@import url(x)</mj-style>"), "a style in the email loads"),
    "background": (source(BODY + "<mj-text><p style=\"background:url('x')\">a</p></mj-text>"), "loads something"),
    "script": (source(BODY + "<mj-raw><script>x()</script></mj-raw>"), "the element script"),
    "form": (source(BODY + "<mj-raw><form></form></mj-raw>"), "the element form"),
    "handler": (source(BODY + '<mj-text><b onclick="x()">a</b></mj-text>'), "the attribute onclick"),
    "javascript": (source(BODY + '<mj-text><a href="javascript:x()">a</a></mj-text>'), "the link"),
    "no link in HTML": (source("<mj-text>Hello</mj-text>"), "the HTML part has no marker credential_url"),
    "no link in text": (source(text="Hello"), "the text part has no marker credential_url"),
    "lost marker": (source(BODY + "<mj-divider title='{{ lost }}' />"), "the marker lost"),
    "too large": (source(BODY + f"<mj-text>{'a' * 100_000}</mj-text>"), "larger than"),
}


@pytest.mark.parametrize("name", [name for name, (_, problem) in REFUSED.items() if problem])
def test_what_would_load_run_or_lead_elsewhere_is_refused(name: str) -> None:
    bad, problem = REFUSED[name]
    with pytest.raises(Refused, match=problem):
        email_template(bad, "en", "ltr")


def test_a_font_that_the_email_would_load_is_refused_or_left_out() -> None:
    used = "<mj-text font-family='Evil'>x</mj-text>" + BODY
    head = '<mj-font name="Evil" href="https://evil.example/x.css"/>'
    with pytest.raises(Refused):
        email_template(source(used, head), "en", "ltr")
