"""What an edition's emails are about: made once for all recipients, from the one or two that a design wrote.

A design that writes no email about corrections gets its ordinary one with a sentence above it, and so does every
email that is sent again. The sentences are the host's, in the recipient's language.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from conferral_design_api import best_match, direction_of, escape, plain

from conferral.contracts.edition import Direction, EmailOccasion, EmailTemplate
from conferral.contracts.profiles import OrganisationProfile
from services.publisher.domain.design import CompiledDesign
from services.publisher.domain.email_template import email_template, slots_to_fill, with_notice


@dataclass(frozen=True)
class Email:
    """A compiled email.

    :param slots: what a recipient's values must fill.
    """

    template: EmailTemplate
    slots: frozenset[str]


@dataclass(frozen=True)
class Sentences:
    """One language. Fields in braces: ``subject``, ``issuer``."""

    language: str
    corrected_subject: str
    corrected: str
    again: str


def occasions_of(*, correction: bool) -> tuple[EmailOccasion, EmailOccasion]:
    """Return what a version's email is about, and what it is about when it is sent again."""
    return ("corrected", "corrected_again") if correction else ("issued", "issued_again")


def email_templates(
    compiled: CompiledDesign, language: str, direction: Direction, organisation: OrganisationProfile
) -> dict[EmailOccasion, Email]:
    """Compile what a design wrote, and write the host's sentences where it wrote nothing.

    :raises email_template.Refused: one of its emails is not allowed.
    """
    said, issuer = sentences_for(language), organisation.name
    address = organisation.postal_address
    issued = email_template(compiled.email, language, direction, address)
    if compiled.corrected is None:
        subject = said.corrected_subject.replace("{subject}", issued.subject)
        corrected, above = issued.model_copy(update={"subject": subject}), [said.corrected]
    else:
        corrected, above = email_template(compiled.corrected, language, direction, address), []
    made: Mapping[EmailOccasion, EmailTemplate] = {
        "issued": issued,
        "corrected": _noticed(corrected, said, issuer, above),
        "issued_again": _noticed(issued, said, issuer, [said.again]),
        "corrected_again": _noticed(corrected, said, issuer, [said.again, *above]),
    }
    return {occasion: Email(template, slots_to_fill(template)) for occasion, template in made.items()}


def sentences_for(language: str) -> Sentences:
    """Return the nearest translation; English when there is none."""
    return best_match(language, _sentences())


def _noticed(template: EmailTemplate, said: Sentences, issuer: str, sentences: Sequence[str]) -> EmailTemplate:
    if not sentences:
        return template
    name = f"<bdi>{escape(issuer)}</bdi>"
    return with_notice(
        template,
        markup=[escape(one).replace("&#123;issuer&#125;", name) for one in sentences],
        text=plain("\n".join(sentences).replace("{issuer}", issuer)),
        language=said.language,
        direction=direction_of(sentences[0].replace("{issuer}", ""), template.direction),
    )


@cache
def _sentences() -> Mapping[str, Sentences]:
    written = json.loads((files(__package__) / "occasions.json").read_text("utf-8"))
    return {language: Sentences(language, **one) for language, one in written.items()}
