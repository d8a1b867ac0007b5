"""Creating credentials from the form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from conferral.contracts.errors import InvalidInput, NotFound
from conferral.contracts.rpc import credentials
from conferral.contracts.rpc.groups import GroupAnswer
from conferral.contracts.rpc.previews import DesignDeclaration
from services.issuer_web.domain.recipients import Block, FormGroup, FormShape, batch_id, check, rows_of
from services.issuer_web.handlers.visitor import Visitor

ROW_PATH = re.compile(r"^rows\.(\d+)\.(?:content\.)?(.+)$")


@dataclass(frozen=True)
class Created:
    """Where the new drafts are to be found."""

    batch_id: str
    count: int


def shape_for(answer: GroupAnswer, declared: DesignDeclaration | None, today: date) -> FormShape:
    """Return how the form for this group looks."""
    return FormShape(
        groups=(FormGroup(id=answer.group.id, name=answer.group.content.name),),
        today=today,
        attributes=declared.attributes if declared else (),
        attributes_known=declared is not None,
    )


def create(visitor: Visitor, shape: FormShape, form_id: str, blocks: Sequence[Block]) -> Created | None:
    """Store all blocks as drafts, or nothing at all.

    :returns: None when something is wrong; each block then says what.
    """
    checked = [check(block, shape.attributes) for block in blocks]
    contents = [content for content in checked if content is not None]
    if not contents or len(contents) < len(blocks):
        return None
    rows = rows_of(contents, shape)
    batch = batch_id(form_id, rows)
    try:
        answer = visitor.ask(credentials.CREATE_CREDENTIALS, batch_id=batch, rows=rows, atomic=True)
    except InvalidInput as error:
        if not note_problems(blocks, shape, error.problems):
            raise
        return None
    problems = [
        (f"rows.{index}.{problem.field}", problem.message)
        for index, result in enumerate(answer.results)
        for problem in result.problems
    ]
    if problems:
        note_problems(blocks, shape, problems)
        return None
    return Created(batch, len(answer.results))


def sentence(text: str) -> str:
    """Return the store's words, which follow a field's name there, as they stand beside the field."""
    return text[:1].upper() + text[1:]


def note_problems(blocks: Sequence[Block], shape: FormShape, problems: Sequence[tuple[str, str]]) -> bool:
    """Write the store's problems beside the fields; tell whether each one found its place."""
    places = [(ROW_PATH.match(path), text) for path, text in problems]
    for place, text in places:
        if place and (number := int(place[1]) // len(shape.groups)) < len(blocks):
            blocks[number].problems[place[2]] = sentence(text)
    return bool(places) and all(place for place, _ in places)


def count_batch(visitor: Visitor, batch: str) -> int:
    """Return how many credentials a creation batch made.

    :raises NotFound: there is no such batch in this organisation.
    """
    total, cursor = 0, None
    while True:
        page = visitor.ask(credentials.LIST_CREDENTIALS, batch_id=batch, cursor=cursor, limit=200)
        total += len(page.credentials)
        cursor = page.cursor
        if cursor is None:
            break
    if not total:
        raise NotFound("There is no such batch.")
    return total
