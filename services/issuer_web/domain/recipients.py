"""The blocks of the Create Credentials form: one per recipient, read from and written back to flat form fields.

A field is called ``rows-<number>-<name>``, or ``rows-<number>-attributes-<key>``. Numbers order the blocks and
have no other meaning, so a block that was removed leaves a gap.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from conferral.contracts.canonical import canonical_json
from conferral.contracts.ids import LENGTH, Id
from conferral.contracts.message import Day, Many, Record
from conferral.contracts.rpc.credentials import MOST_ROWS, CredentialContent, CredentialRow
from conferral.contracts.rpc.previews import AttributeDeclaration
from services.issuer_web.domain import text

FIELD = re.compile(r"rows-([0-9]{1,6})-(name|email|issue_date|expiry_date|language|attributes-[a-z0-9_]{1,64})")
ATTRIBUTES = "attributes."


class FormGroup(Record):
    """A group that the form is for."""

    id: Id
    name: str


class FormShape(Record):
    """What decides how the form looks.

    It travels inside the form, signed, so that the form can be shown again, with everything typed, when no other
    part of the system answers.
    """

    groups: Many[FormGroup]
    today: Day
    attributes: Many[AttributeDeclaration] = ()
    attributes_known: bool = True
    """False: the designs could not be asked; the three main fields are enough to go on."""


@dataclass
class Block:
    """One recipient: what was typed, and what is wrong with it, by field (``name``, ``attributes.course``)."""

    number: int
    typed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def shows_hidden_problem(self) -> bool:
        """Whether a problem is in a field that only Show All Attributes reveals."""
        return any(name not in ("name", "email", "issue_date") for name in self.problems)


def blank(number: int, shape: FormShape) -> Block:
    """Return a block as it is before anything is typed."""
    return Block(number, {"issue_date": shape.today.isoformat()})


def read_blocks(form: Iterable[tuple[str, str]]) -> list[Block]:
    """Collect the blocks from flat form fields, in order; at most one more than may be stored."""
    blocks: dict[int, Block] = {}
    for name, value in form:
        if matched := FIELD.fullmatch(name):
            number = int(matched[1])
            blocks.setdefault(number, Block(number)).typed[matched[2].replace("attributes-", ATTRIBUTES)] = value
    return [blocks[number] for number in sorted(blocks)][: MOST_ROWS + 1]


def check(block: Block, declared: Sequence[AttributeDeclaration]) -> CredentialContent | None:
    """Return the block's content; or None, with the problems noted in the block."""
    typed = {name: text.tidy(value) for name, value in block.typed.items()}
    block.problems = {
        name: problem
        for name, problem in (
            ("name", text.name_problem(typed.get("name", ""))),
            ("email", text.email_problem(typed.get("email", ""))),
            ("issue_date", text.day_problem(typed.get("issue_date", ""))),
            ("expiry_date", text.day_problem(typed["expiry_date"]) if typed.get("expiry_date") else None),
        )
        if problem
    }
    attributes = _check_attributes(block, typed, declared)
    if block.problems:
        return None
    issued = date.fromisoformat(typed["issue_date"])
    expires = date.fromisoformat(typed["expiry_date"]) if typed.get("expiry_date") else None
    if expires and expires < issued:
        block.problems["expiry_date"] = text.marked("The expiry date is before the issue date.")
        return None
    return CredentialContent(
        name=typed["name"],
        email=typed["email"],
        issue_date=issued,
        expiry_date=expires,
        language=typed.get("language") or None,  # chosen from a list; whether it is a language, the store says
        attributes=attributes,
    )


def _check_attributes(
    block: Block, typed: Mapping[str, str], declared: Sequence[AttributeDeclaration]
) -> dict[str, str]:
    attributes = {}
    for attribute in declared:
        path = ATTRIBUTES + attribute.key
        value = typed.get(path, "").replace("\r\n", "\n")
        if not value:
            continue
        if problem := _attribute_problem(attribute, value):
            block.problems[path] = problem
        attributes[attribute.key] = value
    return attributes


def _attribute_problem(attribute: AttributeDeclaration, value: str) -> str | None:
    checks: dict[str, Callable[[str], str | None]] = {
        "date": text.day_problem,
        "number": text.number_problem,
        "url": text.url_problem,
        "image": text.url_problem,
        "email": text.email_problem,
        "long_text": lambda value: text.text_problem(value, text.LONGEST_LONG_TEXT, text.JOINERS + "\n\t"),
    }
    if attribute.type == "choice" and value not in attribute.choices:
        return text.marked("Choose one of the listed values.")
    return checks.get(attribute.type, text.text_problem)(value)


def rows_of(contents: Sequence[CredentialContent], shape: FormShape) -> tuple[CredentialRow, ...]:
    """Return the rows to store: each recipient once for each group."""
    return tuple(CredentialRow(group_id=group.id, content=content) for content in contents for group in shape.groups)


def batch_id(form_id: str, rows: Sequence[CredentialRow]) -> str:
    """Return the creation batch of these rows in this form.

    The same rows from the same form are the same batch, so submitting twice creates once. Going back and typing
    somebody else's name makes another batch, so nothing that was typed is taken for a repetition.
    """
    told = canonical_json([form_id, [row.model_dump(mode="json") for row in rows]])
    return base64.b32encode(hashlib.sha256(told).digest()).decode().lower()[:LENGTH]
