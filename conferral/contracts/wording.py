"""What an issuer writes into a group's emails in place of the design's own words, and its plain placeholders.

A placeholder is a name in braces, such as ``{recipient name}``. Case, and underscores for spaces, make no difference.
Braces mean nothing else, so that a forgotten one is always found. What can be named is data: ``offered``.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.message import Record

Part = Literal["subject", "preview", "greeting", "body", "button", "closing", "corrected_subject", "corrected_body"]
"""``corrected_``: of the email about a correction; its greeting, button and closing are those of the first email."""
LONGEST: Mapping[Part, int] = {
    "subject": 150,
    "preview": 200,
    "greeting": 200,
    "body": 3000,
    "button": 60,
    "closing": 1000,
    "corrected_subject": 150,
    "corrected_body": 3000,
}
"""Characters. They keep an email far below the 102 kB at which mail programs cut it off."""
OF_LINES: frozenset[Part] = frozenset({"body", "closing", "corrected_body"})
"""Parts that may have several lines; an empty line parts two paragraphs."""

NAME_SLOT = "recipient_name"
SLOT_PREFIX = "wording_"
"""Of slots that only wordings have; ``recipient_name`` every email may have."""
LONGEST_NAME = 50
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")
_GAPS = re.compile(r"[\s_]+")
_SHOWN = 24


class EmailWording(Record):
    """An empty part is the design's own, in the recipient's language."""

    subject: Annotated[str, Field(max_length=LONGEST["subject"])] = ""
    preview: Annotated[str, Field(max_length=LONGEST["preview"])] = ""
    """What a list of emails shows behind the subject."""
    greeting: Annotated[str, Field(max_length=LONGEST["greeting"])] = ""
    body: Annotated[str, Field(max_length=LONGEST["body"])] = ""
    button: Annotated[str, Field(max_length=LONGEST["button"])] = ""
    closing: Annotated[str, Field(max_length=LONGEST["closing"])] = ""
    corrected_subject: Annotated[str, Field(max_length=LONGEST["corrected_subject"])] = ""
    corrected_body: Annotated[str, Field(max_length=LONGEST["corrected_body"])] = ""

    def parts(self) -> dict[Part, str]:
        """Return what was written."""
        return {part: text for part in LONGEST if (text := getattr(self, part))}


@dataclass(frozen=True)
class Placeholder:
    """Something that can be named.

    :param slot: what fills it for each recipient; empty: it is the same for all.
    :param label: what it is called elsewhere.
    :param private: it is the issuer's own record, and must not be named.
    """

    name: str
    slot: str
    label: str = ""
    private: bool = False


@dataclass(frozen=True)
class Attribute:
    """What a design's attribute says of itself, as far as it matters here."""

    key: str
    label: str
    type: str
    public: bool


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a text. ``found``: as it was written; ``nearest``: the name that was perhaps meant."""

    kind: Literal["unclosed", "unopened", "empty", "unknown", "private"]
    found: str
    nearest: str = ""

    def __str__(self) -> str:
        """Say it, in a sentence without its subject."""
        return {
            "unclosed": f"has a brace that is not closed: {self.found}",
            "unopened": f"has a closing brace without an opening one: {self.found}",
            "empty": "has a pair of braces with nothing between them.",
            "unknown": f"has an unknown placeholder: {self.found}",
            "private": f"names {self.found}, which is for your own records only.",
        }[self.kind]


RECIPIENT, GROUP, ORGANISATION = "recipient name", "group name", "organisation"
ISSUE, EXPIRY = "issue date", "expiry date"
OF_EVERYBODY = (
    Placeholder(RECIPIENT, NAME_SLOT),
    Placeholder(GROUP, ""),
    Placeholder(ORGANISATION, ""),
    Placeholder(ISSUE, SLOT_PREFIX + "issue_date"),
    Placeholder(EXPIRY, SLOT_PREFIX + "expiry_date"),
)


def offered(attributes: Iterable[Attribute]) -> dict[str, Placeholder]:
    """Return what can be named with a design of these attributes, by folded name; pictures cannot."""
    found = {one.name: one for one in OF_EVERYBODY}
    for one in attributes:
        if one.type == "image" or len(one.key) > LONGEST_NAME:
            continue
        name = fold(one.key)
        found.setdefault(name, Placeholder(name, attribute_slot(one.key), one.label, private=not one.public))
    return found


def attribute_slot(key: str) -> str:
    """Return the slot of an attribute's value."""
    return f"{SLOT_PREFIX}a_{key}"


def fold(name: str) -> str:
    """Return a name by which a placeholder is found."""
    return _GAPS.sub(" ", name).strip().casefold()


def pieces(text: str) -> list[tuple[bool, str]]:
    """Cut a text that has no flaw of braces: pairs of whether it is a placeholder, and its folded name or the text."""
    cut: list[tuple[bool, str]] = []
    end = 0
    for match in _BRACES.finditer(text):
        cut.append((False, text[end : match.start()]))
        cut.append((match[1] is not None, fold(match[1]) if match[1] is not None else match[0]))
        end = match.end()
    cut.append((False, text[end:]))
    return [piece for piece in cut if piece[1]]


def names(text: str) -> frozenset[str]:
    """Return the folded names that a text has in braces."""
    return frozenset(text for is_name, text in pieces(text) if is_name)


def flaw_of(text: str, known: Mapping[str, Placeholder] | None = None) -> Flaw | None:
    """Return the first thing that is wrong with a text.

    :param known: what can be named; None: names are not looked at, for whoever does not know the design.
    """
    for match in _BRACES.finditer(text):
        if match[1] is None:
            return _stray(text, match.start(), match[0])
        name = fold(match[1])
        if not name:
            return Flaw("empty", match[0])
        if known is None:
            continue
        if name not in known:
            return Flaw("unknown", match[0], nearest(name, known))
        if known[name].private:
            return Flaw("private", match[0])
    return None


def nearest(name: str, known: Mapping[str, Placeholder]) -> str:
    """Return the name that was perhaps meant, by its own or its label's spelling; empty: none is near."""
    public = {key: one for key, one in known.items() if not one.private}
    spellings = {fold(one.label): key for key, one in public.items() if one.label} | {key: key for key in public}
    found = difflib.get_close_matches(fold(name)[:LONGEST_NAME], spellings, n=1, cutoff=0.6)
    return spellings[found[0]] if found else ""


def _stray(text: str, at: int, brace: str) -> Flaw:
    if brace == "{":
        return Flaw("unclosed", text[at : at + _SHOWN].partition("\n")[0])
    return Flaw("unopened", text[max(0, at - _SHOWN + 1) : at + 1].rpartition("\n")[2])
