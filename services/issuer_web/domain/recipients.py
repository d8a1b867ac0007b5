"""The blocks of the Create Credentials form: one per recipient, read from and written back to flat form fields.

A field is called ``rows-<number>-<name>``, or ``rows-<number>-attributes-<place>``. Numbers order the blocks and
have no other meaning, so a block that was removed leaves a gap. With several groups, ``rows-<number>-groups`` is there
once for each group that the block is for.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from conferral.contracts.canonical import canonical_json
from conferral.contracts.ids import LENGTH
from conferral.contracts.rpc.credentials import MOST_ROWS, CredentialContent, CredentialRow
from conferral.contracts.rpc.previews import AttributeDeclaration
from services.issuer_web.domain import text
from services.issuer_web.domain.expiry import default_expiry, prefilled
from services.issuer_web.domain.shapes import FormAttribute, FormShape

FIELD = re.compile(
    r"rows-([0-9]{1,6})-"
    r"(name|email|issue_date|expiry_date|never|language|groups|anyway|asked|attributes-[a-z0-9_]{1,64}(?:~[0-9]{1,2})?)"
)
ATTRIBUTES = "attributes."
MAIN = ("name", "email", "issue_date")
"""What a block shows without Show All Attributes."""


@dataclass(frozen=True)
class Duplicate:
    """The address is there already: ``in_form`` in another block of this form, else in the group.

    ``acceptable``: the group warns; else it refuses.
    """

    group: str
    in_form: bool
    acceptable: bool


@dataclass
class Block:
    """One recipient: what was typed, and what is wrong with it, by field (``name``, ``attributes.course``).

    ``groups`` are ids, where the form is for several. ``asked``: for which address it was asked whether it is wanted
    again; ``consent``: for which address somebody said so.
    """

    number: int
    typed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    asked: str = ""
    consent: str = ""
    duplicates: list[Duplicate] = field(default_factory=list)
    complete: bool = False
    """Somebody asked for all its fields: a page with many blocks leaves out those that nothing is typed into."""

    @property
    def anyway(self) -> bool:
        """Whether the address, as it stands now, is wanted although it is there already."""
        return bool(self.consent) and self.consent == self.typed.get("email", "")

    @property
    def never(self) -> bool:
        """Whether it is to have no expiry date, whatever its groups' defaults are."""
        return bool(self.typed.get("never"))

    @property
    def shows_hidden_problem(self) -> bool:
        """Whether a problem is in a field that only Show All Attributes reveals."""
        return any(name not in (*MAIN, "groups") for name in self.problems)

    @property
    def refused(self) -> bool:
        """Whether something has to be corrected."""
        return bool(self.problems) or any(not one.acceptable for one in self.duplicates)

    @property
    def asks(self) -> bool:
        """Whether somebody has to say that the address is wanted again."""
        return bool(self.duplicates) and all(one.acceptable for one in self.duplicates)


def blank(number: int, shape: FormShape, like: Block | None = None) -> Block:
    """Return a block as it is before anything is typed, for all groups, or those of another block."""
    groups = list(like.groups) if like else [group.id for group in shape.groups]
    typed = {"issue_date": shape.today.isoformat()} | prefilled(shape.offered_expiry, shape.today)
    return Block(number, typed, groups=groups)


def read_blocks(form: Iterable[tuple[str, str]]) -> list[Block]:
    """Collect the blocks from flat form fields, in order; at most one more than may be stored."""
    blocks: dict[int, Block] = {}
    for name, value in form:
        if not (matched := FIELD.fullmatch(name)):
            continue
        block = blocks.setdefault(int(matched[1]), Block(int(matched[1])))
        if matched[2] == "groups":
            block.groups.append(value)
        elif matched[2] == "anyway":
            block.consent = value
        elif matched[2] == "asked":
            block.asked = value
        else:
            block.typed[matched[2].replace("attributes-", ATTRIBUTES)] = value
    return [blocks[number] for number in sorted(blocks)][: MOST_ROWS + 1]


def is_untouched(block: Block, shape: FormShape) -> bool:
    """Tell whether nothing was typed into a block: no mistake, where others are filled in."""
    given = {name: value.strip() for name, value in block.typed.items() if value.strip()}
    offered = prefilled(shape.offered_expiry, shape.today)
    given.pop("never", None)
    if given.get("expiry_date") == offered.get("expiry_date"):
        given.pop("expiry_date", None)
    return given.pop("issue_date", "") in ("", shape.today.isoformat()) and not given


def used(blocks: Sequence[Block], shape: FormShape) -> list[Block]:
    """Return the blocks to create from: those that were touched; where none was, the first, so that it says so."""
    return [block for block in blocks if not is_untouched(block, shape)] or list(blocks[:1])


def groups_of(block: Block, shape: FormShape) -> list[str]:
    """Return the ids of the groups that a block is for."""
    ids = [group.id for group in shape.groups]
    return [group_id for group_id in ids if group_id in block.groups] if shape.several else ids


def check(block: Block, shape: FormShape) -> CredentialContent | None:
    """Return the block's content, its attributes by their place in the form; or None, with the problems noted."""
    typed = {name: text.tidy(value) for name, value in block.typed.items()}
    block.duplicates = []
    block.problems = {
        name: problem
        for name, problem in (
            ("groups", None if groups_of(block, shape) else text.marked("Tick at least one group.")),
            ("name", text.name_problem(typed.get("name", ""))),
            ("email", text.email_problem(typed.get("email", ""))),
            ("issue_date", text.day_problem(typed.get("issue_date", ""))),
            ("expiry_date", text.day_problem(typed["expiry_date"]) if typed.get("expiry_date") else None),
        )
        if problem
    }
    groups = groups_of(block, shape)
    asked = [attribute for attribute in shape.attributes if any(map(attribute.asked_for, groups))]
    attributes = _check_attributes(block, typed, asked)
    if block.problems:
        return None
    issued = date.fromisoformat(typed["issue_date"])
    expires = date.fromisoformat(typed["expiry_date"]) if typed.get("expiry_date") else None
    if problem := _expiry_problem(block, shape, issued, expires):
        block.problems["expiry_date"] = problem
        return None
    return CredentialContent(
        name=typed["name"],
        email=typed["email"],
        issue_date=issued,
        expiry_date=expires,
        language=typed.get("language") or None,  # chosen from a list; whether it is a language, the store says
        attributes=attributes,
    )


def _expiry_problem(block: Block, shape: FormShape, issued: date, expires: date | None) -> str | None:
    if expires and block.never:
        return text.marked("Either delete this date, or take the tick from “Never expires”: both cannot be.")
    if expires and expires < issued:
        return text.marked("The expiry date is before the issue date.")
    if expires or block.never or not shape.own_expiries:
        return None
    days = [default_expiry(rule, issued) for rule in shape.expiries(groups_of(block, shape))]
    if any(day and day < issued for day in days):
        return text.marked(
            "A group's default expiry date is before the issue date: enter another, or tick “Never expires”."
        )
    return None


def _check_attributes(block: Block, typed: Mapping[str, str], asked: Sequence[FormAttribute]) -> dict[str, str]:
    attributes = {}
    for attribute in asked:
        path = ATTRIBUTES + attribute.place
        value = typed.get(path, "").replace("\r\n", "\n")
        if not value:
            continue
        if problem := _attribute_problem(attribute, value):
            block.problems[path] = problem
        attributes[attribute.place] = value
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


def rows_of(
    checked: Iterable[tuple[Block, CredentialContent]], shape: FormShape
) -> tuple[list[Block], tuple[CredentialRow, ...]]:
    """Return the rows to store, each recipient once for each of the block's groups, and the block of each row."""
    blocks, rows = [], []
    for block, content in checked:
        for group_id in groups_of(block, shape):
            blocks.append(block)
            rows.append(
                CredentialRow(
                    group_id=group_id,
                    content=for_group(_expiring(block, content, shape, group_id), shape, group_id),
                    accepts_duplicate=block.anyway,
                )
            )
    return blocks, tuple(rows)


def _expiring(block: Block, content: CredentialContent, shape: FormShape, group_id: str) -> CredentialContent:
    """Return the content with the group's default expiry, where the form leaves that to each group."""
    if content.expiry_date or block.never or not shape.own_expiries:
        return content
    (rule,) = shape.expiries([group_id])
    return content.model_copy(update={"expiry_date": default_expiry(rule, content.issue_date)})


def for_group(content: CredentialContent, shape: FormShape, group_id: str) -> CredentialContent:
    """Return the content with the attributes that a group's design declares, by their keys."""
    values = {
        attribute.key: content.attributes[attribute.place]
        for attribute in shape.asked_for(group_id)
        if attribute.place in content.attributes
    }
    return content.model_copy(update={"attributes": values})


def batch_id(form_id: str, rows: Sequence[CredentialRow]) -> str:
    """Return the creation batch of these rows in this form.

    The same rows from the same form are the same batch, so submitting twice creates once. Going back and typing
    somebody else's name makes another batch, so nothing that was typed is taken for a repetition.
    """
    told = canonical_json([form_id, [row.model_dump(mode="json") for row in rows]])
    return base64.b32encode(hashlib.sha256(told).digest()).decode().lower()[:LENGTH]
