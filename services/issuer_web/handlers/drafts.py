"""Creating credentials from the form."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from conferral.contracts.errors import InvalidInput, NotFound
from conferral.contracts.rpc import credentials
from conferral.contracts.rpc.groups import GroupAnswer
from conferral.contracts.rpc.previews import DesignDeclaration
from conferral.contracts.rpc.selections import Expiries
from services.issuer_web.domain.blocks import credentials_in
from services.issuer_web.domain.expiry import following
from services.issuer_web.domain.recipients import (
    ATTRIBUTES,
    Block,
    Duplicate,
    batch_id,
    check,
    rows_of,
    used,
)
from services.issuer_web.domain.shapes import FormGroup, FormShape, shape_of
from services.issuer_web.handlers.visitor import Visitor

ROW_PATH = re.compile(r"^rows\.(\d+)\.(?:content\.)?(.+)$")


@dataclass(frozen=True)
class Created:
    """Where the new drafts are to be found."""

    batch_id: str


@dataclass(frozen=True)
class Refused:
    """Nothing was stored; each block says what is wrong. ``rows``: how many credentials it would have been."""

    rows: int

    @property
    def too_many(self) -> bool:
        """Whether one form may not create so many."""
        return self.rows > credentials.MOST_ROWS


@dataclass(frozen=True)
class Batch:
    """The credentials of one creation that are there still: how many, by group id, and the groups' names."""

    counts: Counter[str]
    names: dict[str, str]

    @property
    def total(self) -> int:
        """Of all groups."""
        return self.counts.total()


def shape_for(groups: Sequence[tuple[GroupAnswer, DesignDeclaration | None]], today: date) -> FormShape:
    """Return how the form for these groups looks; a declaration is None where the design could not be asked."""
    return shape_of(
        [(_form_group(answer), declared.attributes if declared else None) for answer, declared in groups],
        today,
    )


def _form_group(answer: GroupAnswer) -> FormGroup:
    content = answer.group.content
    return FormGroup(id=answer.group.id, name=content.name, expiry=content.expiry)


def create(visitor: Visitor, shape: FormShape, form_id: str, blocks: Sequence[Block]) -> Created | Refused:
    """Store all blocks as drafts, or nothing at all. Blocks that nobody touched are left out."""
    touched = used(blocks, shape)
    if (count := credentials_in(touched, shape)) > credentials.MOST_ROWS:
        return Refused(count)
    for block in touched:
        block.typed |= following(block.typed, shape.offered_expiry, shape.today)
    checked = [(block, content) for block in touched if (content := check(block, shape)) is not None]
    owners, rows = rows_of(checked, shape)
    if not rows or len(checked) < len(touched):
        return Refused(len(rows))
    batch = batch_id(form_id, rows)
    try:
        answer = visitor.ask(
            credentials.CREATE_CREDENTIALS, batch_id=batch, rows=rows, atomic=True, asks_about_duplicates=True
        )
    except InvalidInput as error:
        problems = [(path, credentials.RowProblem(field="", message=text)) for path, text in error.problems]
        if not note_problems(owners, rows, shape, problems):
            raise
        return Refused(len(rows))
    problems = [
        (f"rows.{index}.{problem.field}", problem)
        for index, result in enumerate(answer.results)
        for problem in result.problems
    ]
    if problems:
        note_problems(owners, rows, shape, problems)
        return Refused(len(rows))
    return Created(batch)


def sentence(text: str) -> str:
    """Return the store's words, which follow a field's name there, as they stand beside the field."""
    return text[:1].upper() + text[1:]


def note_problems(
    owners: Sequence[Block],
    rows: Sequence[credentials.CredentialRow],
    shape: FormShape,
    problems: Sequence[tuple[str, credentials.RowProblem]],
) -> bool:
    """Write the store's problems beside the fields; tell whether each one found its place.

    :param owners: the block of each row.
    """
    placed = 0
    for path, problem in problems:
        matched = ROW_PATH.match(path)
        if matched is None or int(matched[1]) >= len(owners):
            continue
        placed += 1
        block, group_id = owners[int(matched[1])], rows[int(matched[1])].group_id
        if problem.code:
            in_form = problem.code == "duplicate_in_call"
            block.duplicates.append(Duplicate(shape.name_of(group_id), in_form, problem.acceptable))
        else:
            block.problems[_place(matched[2], shape, group_id)] = sentence(problem.message)
    return placed > 0 and placed == len(problems)


def _place(field: str, shape: FormShape, group_id: str) -> str:
    """Return the form's name of a field that the store names: one key may be two fields, of different groups."""
    key = field.removeprefix(ATTRIBUTES)
    places = [attribute.place for attribute in shape.asked_for(group_id) if attribute.key == key]
    return ATTRIBUTES + places[0] if places and field.startswith(ATTRIBUTES) else field


def expiries_of(found: Sequence[credentials.CredentialSummary]) -> Expiries:
    """Return when these credentials expire."""
    days = sorted(one.content.expiry_date for one in found if one.content.expiry_date)
    if not days:
        return Expiries(never=len(found))
    return Expiries(never=len(found) - len(days), dated=len(days), first=days[0], last=days[-1])


def count_batch(visitor: Visitor, batch: str) -> Batch:
    """Return how many credentials a creation batch made, by group.

    :raises NotFound: there is no such batch in this organisation, or nothing is left of it.
    """
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    cursor = None
    while True:
        page = visitor.ask(credentials.LIST_CREDENTIALS, batch_id=batch, cursor=cursor, limit=200)
        for one in page.credentials:
            counts[one.group_id] += 1
            names[one.group_id] = one.group_name
        cursor = page.cursor
        if cursor is None:
            break
    if not counts:
        raise NotFound("There is no such batch.")
    return Batch(counts, names)
