"""The emails that lead to the credential: short, without images, readable in light and dark and at any width."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from conferral_design_api import (
    CompileRequest,
    Direction,
    EmailSource,
    WordingPart,
    direction_of,
    direction_of_words,
    escape,
    plain,
    worded,
)

from conferral_classic.words import Words, words_for

_FIELD = re.compile(r"\[\[(\w+)\]\]")
# MJML sets its columns from left to right, whatever the document's direction: each text says its own.
_CRITERIA = """<mj-text align="{end}" mj-class="label" padding-top="28px"><div dir="{dir}">{label}</div></mj-text>
<mj-text align="{end}" mj-class="soft" padding-top="4px"><div dir="{written}">{paragraphs}</div></mj-text>"""
_CLOSING = """<mj-text align="{end}" padding-top="28px"><div dir="{written}">{words}</div></mj-text>"""
_SIDE = {"ltr": "left", "rtl": "right"}
_OF_FIRST: tuple[WordingPart, ...] = ("subject", "preview", "greeting", "body", "button", "closing")
PARTS: tuple[WordingPart, ...] = (*_OF_FIRST, "corrected_subject", "corrected_body")
"""What the issuer may say in other words."""
_NAME, _URL = "{{ recipient_name }}", "{{ credential_url }}"


def emails(request: CompileRequest, strong: str, metal: str) -> tuple[EmailSource, EmailSource]:
    """Return the first email and the one about a correction, in the request's language.

    :param strong: for the button and headings; dark enough for white letters.
    :param metal: for the fine rule on top.
    """
    own = _own_words(words_for(request.language), request)
    first = {part: request.words(part, own.get(part, "")) for part in _OF_FIRST}
    corrected = first | _of_correction(words_for(request.language), request)
    return _email(request, first, strong, metal), _email(request, corrected, strong, metal)


def _email(request: CompileRequest, said: Mapping[WordingPart, str], strong: str, metal: str) -> EmailSource:
    words = words_for(request.language)
    # HTML and plain text have different ways to keep an issuer's words from becoming slots.
    issuer = escape(request.issuer.name)
    end = _SIDE[request.direction]
    fields = {
        "dir": request.direction,
        "lang": escape(request.language),
        "align": end,
        "strong": strong,
        "metal": metal,
        "issuer": issuer,
        "title": worded(said["subject"]),
        "preview": worded(said["preview"]),
        "button": worded(said["button"]),
        "closing": _paragraph(said["closing"], request) if said["closing"] else "",
        "link": words.email_link,
        "footer": words.email_footer.format(issuer=issuer),
        "criteria": _criteria(words, request.achievement.criteria, end, request.direction),
    }
    for part in ("greeting", "body"):
        direction = direction_of_words(said[part], request.direction)
        fields |= {part: worded(said[part], isolate=True), f"{part}_dir": direction, f"{part}_align": _SIDE[direction]}
    return EmailSource(
        subject=said["subject"],
        mjml=_FIELD.sub(lambda field: fields[field[1]], _template()),
        text=_text(words, request, said),
    )


def _own_words(words: Words, request: CompileRequest) -> dict[WordingPart, str]:
    """Return what the email says where the issuer wrote nothing."""
    issuer, achievement = plain(request.issuer.name), plain(request.achievement.name)
    return {
        "subject": words.email_subject.format(achievement=achievement),
        "preview": words.email_preview.format(issuer=issuer),
        "greeting": words.email_hello.format(name=_NAME),
        "body": words.email_congratulations.format(issuer=issuer, achievement=achievement),
        "button": words.email_button,
    }


def _of_correction(words: Words, request: CompileRequest) -> dict[WordingPart, str]:
    """Return what an email about a correction says in other words; greeting, button and closing are the same."""
    issuer, achievement = plain(request.issuer.name), plain(request.achievement.name)
    subject = words.email_corrected_subject.format(achievement=achievement)
    return {
        "subject": request.words("corrected_subject", subject),
        "preview": words.email_corrected_preview.format(issuer=issuer),
        "body": request.words("corrected_body", words.email_corrected.format(issuer=issuer, achievement=achievement)),
    }


def _paragraph(said: str, request: CompileRequest) -> str:
    """Return words below the button, which the issuer wrote in a direction of their own."""
    direction = direction_of_words(said, request.direction)
    return _CLOSING.format(end=_SIDE[direction], written=direction, words=worded(said, isolate=True))


def _criteria(words: Words, criteria: str, end: str, direction: Direction) -> str:
    """Return the criteria, which the issuer wrote in a direction of their own."""
    if not criteria.strip():
        return ""
    paragraphs = "<br />".join(escape(line) for line in criteria.strip().splitlines())
    written = direction_of(criteria, direction)
    return _CRITERIA.format(end=end, label=words.email_criteria, paragraphs=paragraphs, dir=direction, written=written)


def _text(words: Words, request: CompileRequest, said: Mapping[WordingPart, str]) -> str:
    issuer = plain(request.issuer.name)
    criteria = plain(request.achievement.criteria.strip())
    parts = [
        said["greeting"],
        said["body"],
        f"{said['button']}:\n{_URL}",
        said["closing"],
        f"{words.email_criteria}:\n{criteria}" if criteria else "",
        f"{issuer}\n{words.email_footer.format(issuer=issuer)}",
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


@cache
def _template() -> str:
    return (files(__package__) / "email.mjml").read_text("utf-8")
