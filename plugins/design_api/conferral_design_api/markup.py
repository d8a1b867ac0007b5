"""Putting words into SVG, MJML and plain text without their becoming markup or slots."""

from html import escape as escape_html


def escape(text: str) -> str:
    """Return text for SVG, MJML or HTML, in an element or a quoted attribute.

    Braces are written as references, so that a name such as ``{{ credential_url }}`` is no slot.
    """
    return escape_html(text, quote=True).replace("{", "&#123;").replace("}", "&#125;")


def plain(text: str) -> str:
    """Return text for where there are no references: a subject, a text part, a run. Doubled braces are parted."""
    while "{{" in text or "}}" in text:
        text = text.replace("{{", "{ {").replace("}}", "} }")
    return text
