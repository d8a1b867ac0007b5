"""The email that leads to the credential: short, without images, readable in light and dark and at any width."""

import re
from functools import cache
from importlib.resources import files

from conferral_design_api import CompileRequest, Direction, EmailSource, direction_of, escape, plain

from conferral_classic.words import Words, words_for

_FIELD = re.compile(r"\[\[(\w+)\]\]")
# MJML sets its columns from left to right, whatever the document's direction: each text says its own.
_CRITERIA = """<mj-text align="{end}" mj-class="label" padding-top="28px"><div dir="{dir}">{label}</div></mj-text>
<mj-text align="{end}" mj-class="soft" padding-top="4px"><div dir="{written}">{paragraphs}</div></mj-text>"""
_NAME, _URL = "{{ recipient_name }}", "{{ credential_url }}"


def email(request: CompileRequest, strong: str, metal: str) -> EmailSource:
    """Return the email in the request's language.

    :param strong: for the button and headings; dark enough for white letters.
    :param metal: for the fine rule on top.
    """
    words = words_for(request.language)
    # HTML and plain text have different ways to keep an issuer's words from becoming slots.
    issuer, achievement = escape(request.issuer.name), escape(request.achievement.name)
    end = "right" if request.direction == "rtl" else "left"
    fields = {
        "dir": request.direction,
        "lang": escape(request.language),
        "align": end,
        "strong": strong,
        "metal": metal,
        "issuer": issuer,
        "title": escape(words.email_subject.format(achievement=request.achievement.name)),
        "preview": words.email_preview.format(issuer=issuer),
        "hello": words.email_hello.format(name=_NAME),
        "congratulations": words.email_congratulations.format(issuer=issuer, achievement=achievement),
        "button": words.email_button,
        "link": words.email_link,
        "footer": words.email_footer.format(issuer=issuer),
        "criteria": _criteria(words, request.achievement.criteria, end, request.direction),
    }
    return EmailSource(
        subject=plain(words.email_subject.format(achievement=request.achievement.name)),
        mjml=_FIELD.sub(lambda field: fields[field[1]], _template()),
        text=_text(words, request),
    )


def _criteria(words: Words, criteria: str, end: str, direction: Direction) -> str:
    """Return the criteria, which the issuer wrote in a direction of their own."""
    if not criteria.strip():
        return ""
    paragraphs = "<br />".join(escape(line) for line in criteria.strip().splitlines())
    written = direction_of(criteria, direction)
    return _CRITERIA.format(end=end, label=words.email_criteria, paragraphs=paragraphs, dir=direction, written=written)


def _text(words: Words, request: CompileRequest) -> str:
    issuer, achievement = plain(request.issuer.name), plain(request.achievement.name)
    criteria = plain(request.achievement.criteria.strip())
    parts = [
        words.email_hello.format(name=_NAME),
        words.email_congratulations.format(issuer=issuer, achievement=achievement),
        f"{words.email_button}:\n{_URL}",
        f"{words.email_criteria}:\n{criteria}" if criteria else "",
        f"{issuer}\n{words.email_footer.format(issuer=issuer)}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


@cache
def _template() -> str:
    return (files(__package__) / "email.mjml").read_text("utf-8")
