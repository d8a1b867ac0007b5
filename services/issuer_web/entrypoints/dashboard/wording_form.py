"""The form of a group's email wording. What it offers is the design's to say, and stands on the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from pydantic import TypeAdapter, ValidationError

from conferral.contracts import wording as contract
from conferral.contracts.edition import EmailOccasion
from conferral.contracts.errors import ConferralError, InvalidInput, InvalidMessage
from conferral.contracts.rpc.groups import GroupAnswer
from conferral.contracts.rpc.previews import DesignDeclaration
from conferral.contracts.wording import EmailWording, Part
from services.issuer_web.domain import text
from services.issuer_web.entrypoints.dashboard.context import seal, unseal
from services.issuer_web.handlers import wording
from services.issuer_web.handlers.drafts import sentence

LABELS: Mapping[Part, object] = {
    "subject": lazy_gettext("Subject"),
    "preview": lazy_gettext("Preview line"),
    "greeting": lazy_gettext("Greeting"),
    "body": lazy_gettext("Text"),
    "button": lazy_gettext("Button"),
    "closing": lazy_gettext("Closing"),
    "corrected_subject": lazy_gettext("Subject of a correction"),
    "corrected_body": lazy_gettext("Text of a correction"),
}
HINTS: Mapping[Part, object] = {
    "subject": lazy_gettext("What a list of emails shows first."),
    "preview": lazy_gettext("What many programs show behind the subject."),
    "greeting": lazy_gettext("The first line, such as: Dear {recipient name},"),
    "body": lazy_gettext("What you have to say. An empty line begins a new paragraph."),
    "button": lazy_gettext("It leads to the recipient's credential, whatever it says."),
    "closing": lazy_gettext("Below the button: your name, or where to ask."),
    "corrected_subject": lazy_gettext("Such as: Corrected: your certificate for {group name}"),
    "corrected_body": lazy_gettext("What was put right, and what the recipient should do, if anything."),
}
OF_EVERYBODY: Mapping[str, object] = {
    contract.RECIPIENT: lazy_gettext("the recipient's name"),
    contract.GROUP: lazy_gettext("the group's name"),
    contract.ORGANISATION: lazy_gettext("your organisation's name"),
    contract.ISSUE: lazy_gettext("the issue date, written as in the recipient's language"),
    contract.EXPIRY: lazy_gettext("the expiry date, written as in the recipient's language"),
}
OCCASIONS: Mapping[EmailOccasion, object] = {
    "issued": lazy_gettext("When it is published"),
    "corrected": lazy_gettext("When it was corrected"),
    "issued_again": lazy_gettext("When it is sent again"),
}
"""What an email can be previewed for."""
_ROWS = {"body": 8, "closing": 4, "corrected_body": 6}
_KNOWN = TypeAdapter(dict[str, contract.Placeholder])
_PARTS = TypeAdapter(tuple[Part, ...])


@dataclass(frozen=True)
class Offer:
    """What the form was made for: kept in a hidden field, so that what was typed can be checked in any outage."""

    parts: Sequence[Part]
    known: Mapping[str, contract.Placeholder]

    @classmethod
    def of(cls, plugin: DesignDeclaration) -> "Offer":
        """Return what a design offers."""
        return cls(plugin.wording, wording.offered(plugin))

    @classmethod
    def unsealed(cls, sealed: str) -> "Offer":
        """Return it from the hidden field.

        :raises InvalidMessage: it is not ours.
        """
        parts, known = unseal("wording", sealed)
        try:
            return cls(_PARTS.validate_python(tuple(parts)), _KNOWN.validate_python(known))
        except ValidationError:
            raise InvalidMessage("wording", "the form is out of date") from None

    def sealed(self) -> str:
        """Return it for the hidden field."""
        return seal("wording", [list(self.parts), _KNOWN.dump_python(dict(self.known))])

    @property
    def listed(self) -> list[tuple[str, object, str]]:
        """Return what may be named, with what it stands for: in our words, or in the design's."""
        shown = [one for one in self.known.values() if not one.private]
        return [(f"{{{one.name}}}", OF_EVERYBODY.get(one.name, ""), one.label) for one in shown]


class WordingForm:
    """What was typed for each part, and what is wrong with it. Parts that the design does not offer stay as stored."""

    def __init__(self, offer: Offer, typed: Mapping[Part, str], kept: Mapping[Part, str]) -> None:
        self.offer, self.typed, self.kept = offer, dict(typed), dict(kept)
        self.problems: dict[str, str] = {}

    @classmethod
    def begun(cls, offer: Offer, stored: EmailWording) -> "WordingForm":
        """Return the form with what is stored."""
        written = stored.parts()
        return cls(offer, {part: written.get(part, "") for part in offer.parts}, written)

    @classmethod
    def of_request(cls) -> "WordingForm":
        """Return the form as it was sent.

        :raises InvalidMessage: it is not a form that we made.
        """
        offer = Offer.unsealed(request.form.get("offer", ""))
        kept: dict[Part, str] = unseal("kept", request.form.get("kept", ""))
        typed = {part: request.form.get(part, "").replace("\r\n", "\n") for part in offer.parts}
        return cls(offer, typed, kept)

    def sealed_kept(self) -> str:
        """Return what was stored when the form was made, for a hidden field."""
        return seal("kept", self.kept)

    def fields(self, *, corrected: bool = False) -> list[dict[str, Any]]:
        """Return what the template shows, in the order of an email.

        :param corrected: those of the email about a correction.
        """
        return [
            {
                "name": part,
                "label": LABELS[part],
                "hint": HINTS[part],
                "rows": _ROWS.get(part, 0),
                "longest": longest,
                "typed": self.typed[part],
                "problem": self.problems.get(part, ""),
            }
            for part, longest in contract.LONGEST.items()
            if part in self.offer.parts and part.startswith("corrected_") == corrected
        ]

    def validate(self) -> bool:
        """Note what is wrong beside the fields; tell whether all is right."""
        for part, typed in self.typed.items():
            problem = _problem(part, text.tidy(typed), self.offer.known)
            if problem:
                self.problems[part] = problem
        return not self.problems

    def content(self) -> EmailWording:
        """Return what is to be stored: nothing of the parts in which something is wrong."""
        right: dict[Part, str] = {part: text.tidy(typed) for part, typed in self.typed.items()}
        kept = {part: value for part, value in self.kept.items() if part not in self.offer.parts}
        return EmailWording(**{**kept, **{part: value for part, value in right.items() if part not in self.problems}})

    def note(self, error: ConferralError) -> bool:
        """Write what the store finds wrong beside the fields; tell whether each problem found its place."""
        problems = error.problems if isinstance(error, InvalidInput) else []
        for path, told in problems:
            self.problems[path.removeprefix("wording.")] = sentence(told)
        return bool(problems) and self.problems.keys() <= self.typed.keys()

    def differences(self, theirs: GroupAnswer) -> list[tuple[object, str, str]]:
        """Return label, stored text and typed text of each part in which they differ."""
        stored, mine = theirs.profile.wording, self.content()
        return [
            (LABELS[part], getattr(stored, part), getattr(mine, part))
            for part in self.offer.parts
            if getattr(stored, part) != getattr(mine, part)
        ]


def _problem(part: Part, typed: str, known: Mapping[str, contract.Placeholder]) -> str:
    allowed = text.JOINERS + ("\n\t" if part in contract.OF_LINES else "")
    if problem := text.text_problem(typed, contract.LONGEST[part], allowed):
        if len(typed) > contract.LONGEST[part]:
            most = contract.LONGEST[part]
            told = _("This is too long: %(typed)s characters, and %(most)s are the most.", typed=len(typed), most=most)
            return str(told)
        return str(_(problem))
    flaw = contract.flaw_of(typed, known)
    return _told(flaw) if flaw else ""


def _told(flaw: contract.Flaw) -> str:
    found, example = flaw.found, f"{{{contract.RECIPIENT}}}"
    match flaw.kind:
        case "unclosed":
            told = _("A brace is not closed: %(found)s … A placeholder looks like %(example)s.", found=found,
                     example=example)  # fmt: skip
        case "unopened":
            told = _("A brace is closed that was not opened: %(found)s", found=found)
        case "empty":
            told = _("There is nothing between two braces: %(found)s Name a placeholder, or delete them.", found=found)
        case "private":
            told = _("%(found)s is for your own records only, and is written into no email.", found=found)
        case "unknown" if flaw.nearest:
            told = _("There is no placeholder %(found)s. Did you mean %(nearest)s?", found=found,
                     nearest=f"{{{flaw.nearest}}}")  # fmt: skip
        case _:
            told = _("There is no placeholder %(found)s. Those that there are stand below the field.", found=found)
    return str(told)
