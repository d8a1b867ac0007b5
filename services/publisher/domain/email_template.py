"""A design's email, compiled from MJML once; what a recipient's mail program would load or run is refused."""

import re
from collections.abc import Mapping, Sequence
from html import escape as escape_html

from conferral_design_api import direction_of, escape, plain
from lxml import etree, html
from mjml import mjml2html

from conferral.contracts.edition import Direction, EmailTemplate
from conferral.contracts.template import Template
from services.publisher.domain.design import EmailSource

URL_SLOT = "credential_url"
"""Filled in by the mailer, whose link carries the delivery's token."""
NAME_SLOT = "recipient_name"

_LARGEST_HTML = 100_000
"""Characters; Gmail cuts messages off at 102 kB."""
_LINK = re.compile(r"(https?://|mailto:)[^\s]+|\{\{ ?[a-z][a-z0-9_]* ?\}\}")
_FORBIDDEN_ELEMENTS = frozenset(
    {"script", "iframe", "object", "embed", "form", "input", "button", "textarea", "select", "link", "base", "svg",
     "math", "audio", "video", "frame", "frameset", "applet", "template"}
)  # fmt: skip
_LOADING_ATTRIBUTES = frozenset({"src", "srcset", "background", "poster", "data"})
_LOADING_CSS = re.compile(r"url\s*\(|@import|image-set|expression\s*\(", re.IGNORECASE)

_ADDRESS = (
    "<style>@media (prefers-color-scheme: dark) {{ .postal-address {{ color: #b4b2ab !important; }} }}</style>"
    '<div class="postal-address" dir="{direction}" style="padding: 0 32px 32px; text-align: center; font-size: 13px; '
    'line-height: 1.5; color: #62666e; font-family: system-ui, Helvetica, Arial, sans-serif;">{lines}</div>'
)
# A box with a colour of its own for both, so that it can be read above whatever the design does in the dark.
_NOTICE = (
    "<style>@media (prefers-color-scheme: dark) {{ .email-notice {{ background: #2a2e37 !important; "
    'color: #e9e6df !important; }} }}</style><div class="email-notice" dir="{direction}" lang="{language}" '
    'style="max-width: 536px; margin: 16px auto 0; padding: 14px 32px; border-radius: 6px; background: #e8edf4; '
    "overflow-wrap: anywhere; font-size: 15px; line-height: 1.5; color: #22252b; "
    'font-family: system-ui, Helvetica, Arial, sans-serif;">{lines}</div>'
)
_BODY = re.compile(r"<body[^>]*>")


class Refused(ValueError):
    """The email is not allowed, or does not compile; the text says why."""


def email_template(source: EmailSource, language: str, direction: Direction, postal_address: str = "") -> EmailTemplate:
    """Compile the MJML, check what came out, and write the sender's postal address below it.

    Many countries' laws want the address there, so that it does not depend on what a design thinks of.

    :raises Refused: it does not compile, loses a marker, loads something, or runs something.
    """
    if "<mj-include" in source.mjml.lower():
        raise Refused("mj-include is not allowed")
    try:
        # No fonts: MJML would otherwise have mail programs load them from somebody else.
        compiled = mjml2html(source.mjml, fonts={})
    except ValueError as error:
        raise Refused(f"the MJML does not compile: {error}") from None
    if len(compiled) > _LARGEST_HTML:
        raise Refused(f"the email is larger than {_LARGEST_HTML} characters")
    changed = set(Template.parse(source.mjml).slots) ^ set(Template.parse(compiled).slots)
    if changed:
        raise Refused(f"the marker {min(changed)} does not survive compiling the MJML")
    _check_html(compiled)
    for name, part in (("HTML", compiled), ("text", source.text)):
        if URL_SLOT not in Template.parse(part).slots:
            raise Refused(f"the {name} part has no marker {URL_SLOT}: it does not lead to the credential")
    return EmailTemplate(
        language=language,
        direction=direction,
        subject=source.subject,
        html=_with_address(compiled, postal_address, direction),
        text=f"{source.text.rstrip()}\n\n{plain(postal_address)}\n" if postal_address else source.text,
    )


def with_notice(
    template: EmailTemplate, *, markup: Sequence[str], text: str, language: str, direction: Direction
) -> EmailTemplate:
    """Return the email with the host's sentences above it. Mail programs show them behind the subject, too.

    :param markup: the sentences for the HTML part, escaped; ``text``: all of them for the text part, with no marker.
    """
    lines = "<br />".join(markup)
    notice = _NOTICE.format(direction=direction, language=language, lines=lines)
    html_part = _BODY.sub(lambda body: body[0] + notice, template.html, count=1)
    return template.model_copy(update={"html": html_part, "text": f"{text}\n\n{template.text}"})


def slots_to_fill(template: EmailTemplate) -> frozenset[str]:
    """Return the slots that a recipient's ``email_values`` must fill."""
    parts = (template.subject, template.html, template.text)
    return frozenset(slot for part in parts for slot in Template.parse(part).slots) - {URL_SLOT}


def completed(template: EmailTemplate, values: Mapping[str, str]) -> tuple[str, str, str]:
    """Return subject, HTML and text of one recipient's email: as the mailer writes them, for looking at."""
    return (
        " ".join(Template.parse(template.subject).fill(values).split()),
        Template.parse(template.html).fill(values, escape_html),
        Template.parse(template.text).fill(values),
    )


def _with_address(compiled: str, postal_address: str, direction: Direction) -> str:
    if not postal_address:
        return compiled
    lines = "<br />".join(map(escape, postal_address.splitlines()))
    foot = _ADDRESS.format(direction=direction_of(postal_address, direction), lines=lines)
    before, end, after = compiled.rpartition("</body>")
    return f"{before}{foot}{end}{after}"


def _check_html(compiled: str) -> None:
    for element in html.document_fromstring(compiled).iter(etree.Element):
        name = str(element.tag).lower()
        if name in _FORBIDDEN_ELEMENTS:
            raise Refused(f"the element {name} is not allowed in an email")
        if name == "style" and _LOADING_CSS.search(element.text or ""):
            raise Refused("a style in the email loads something")
        for attribute, value in element.attrib.items():
            _check_attribute(name, str(attribute).lower(), str(value))


def _check_attribute(element: str, attribute: str, value: str) -> None:
    if attribute.startswith("on"):
        raise Refused(f"the attribute {attribute} is not allowed in an email")
    if attribute in _LOADING_ATTRIBUTES or (attribute == "style" and _LOADING_CSS.search(value)):
        raise Refused(f"<{element} {attribute}> loads something; an email of ours loads nothing")
    if attribute in {"href", "action", "xlink:href"} and not _LINK.fullmatch(value.strip()):
        raise Refused(f"the link {value[:80]!r} is neither http(s), mailto nor a marker")
