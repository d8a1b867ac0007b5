"""The texts of the frame and the email, one JSON file per language in ``words/``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from conferral_design_api import best_match


@dataclass(frozen=True, slots=True)
class Words:
    """One language; an attribute's label has its key.

    ``alternative`` and the ``email_`` texts have fields in braces, filled in with ``str.format``.
    """

    title: str
    certifies: str
    completed: str
    issued: str
    valid_until: str
    course: str
    grade: str
    hours: str
    instructor: str
    signatory_name: str
    signatory_title: str
    place: str
    issuer: str
    credential_id: str
    alternative: str
    email_subject: str
    email_preview: str
    email_hello: str
    email_congratulations: str
    email_button: str
    email_corrected_subject: str
    email_corrected_preview: str
    email_corrected: str
    email_link: str
    email_criteria: str
    email_footer: str


@cache
def languages() -> Mapping[str, Words]:
    """Return all translations by BCP 47 tag."""
    folder = files(__package__) / "words"
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".json"))
    return MappingProxyType(
        {entry.name.removesuffix(".json"): Words(**json.loads(entry.read_text("utf-8"))) for entry in found}
    )


def words_for(language: str) -> Words:
    """Return the nearest translation; English when there is none."""
    return best_match(language, languages())
