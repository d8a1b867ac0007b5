"""Blocks of the form: read from flat fields, checked, and made into rows."""

from datetime import date

import pytest

from conferral.contracts.rpc.credentials import MOST_ROWS, CredentialContent
from conferral.contracts.rpc.previews import AttributeDeclaration
from services.issuer_web.domain.recipients import (
    Block,
    FormGroup,
    FormShape,
    batch_id,
    blank,
    check,
    read_blocks,
    rows_of,
)

ONE, TWO = "a" * 26, "b" * 26
SHAPE = FormShape(groups=(FormGroup(id=ONE, name="One"), FormGroup(id=TWO, name="Two")), today=date(2026, 11, 24))
TYPED = {"name": "Ana", "email": "ana@example.org", "issue_date": "2026-11-24"}
CONTENT = CredentialContent(name="Ana", email="ana@example.org", issue_date=date(2026, 11, 24))


def declared(kind: str, **fields: object) -> list[AttributeDeclaration]:
    return [AttributeDeclaration.model_validate({"key": "it", "label": "It", "type": kind, **fields})]


def test_a_blank_block_is_issued_today() -> None:
    assert blank(3, SHAPE) == Block(3, {"issue_date": "2026-11-24"})


def test_blocks_are_read_in_the_order_of_their_numbers_and_strange_fields_left_out() -> None:
    fields = [
        ("rows-7-name", "Second"), ("rows-2-name", "First"), ("rows-2-attributes-course", "Bees"), ("csrf_token", "x"),
        ("rows-2-id", "x"), ("rows-x-name", "x"), ("rows-2-attributes-Bad", "x"), ("rows-2-name\n", "x"),
        ("rows-1234567-name", "x"),
    ]  # fmt: skip
    first, second = read_blocks(fields)
    assert (first.number, first.typed) == (2, {"name": "First", "attributes.course": "Bees"})
    assert (second.number, second.typed) == (7, {"name": "Second"})


def test_one_block_more_than_allowed_is_read_so_that_too_many_can_be_told() -> None:
    assert len(read_blocks((f"rows-{number}-name", "x") for number in range(2 * MOST_ROWS))) == MOST_ROWS + 1


def test_what_is_right_becomes_content_and_leaves_no_problem() -> None:
    block = Block(0, {**TYPED, "name": " Ana ", "expiry_date": "2026-11-24", "attributes.it": "7.5"}, {"name": "old"})
    content = check(block, declared("number"))
    assert content == CONTENT.model_copy(update={"expiry_date": date(2026, 11, 24), "attributes": {"it": "7.5"}})
    assert block.problems == {}


def test_all_problems_of_a_block_are_told_at_once() -> None:
    block = Block(0, {"issue_date": "soon", "expiry_date": "later", "attributes.it": "many"})
    assert check(block, declared("number")) is None
    assert set(block.problems) == {"name", "email", "issue_date", "expiry_date", "attributes.it"}
    assert block.shows_hidden_problem


def test_a_problem_in_a_main_field_hides_nothing() -> None:
    block = Block(0, {**TYPED, "name": ""})
    assert check(block, ()) is None
    assert not block.shows_hidden_problem


def test_an_expiry_before_the_issue_date_is_a_problem() -> None:
    block = Block(0, {**TYPED, "expiry_date": "2026-11-23"})
    assert check(block, ()) is None
    assert set(block.problems) == {"expiry_date"}


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("text", "with honours", "one\ntwo"),
        ("long_text", "one\ntwo", "x" * 5001),
        ("number", "-7.5", "seven"),
        ("date", "2026-11-24", "2026-W48-2"),
        ("url", "https://example.org", "javascript:alert(1)"),
        ("image", "https://example.org/a.png", "a.png"),
        ("email", "a@example.org", "a"),
        ("choice", "good", "excellent"),
    ],
)
def test_an_attribute_is_what_its_type_asks_for(kind: str, right: str, wrong: str) -> None:
    attributes = declared(kind, choices=("good", "fair"))
    content = check(Block(0, {**TYPED, "attributes.it": right}), attributes)
    assert content is not None
    assert content.attributes == {"it": right}
    assert check(Block(0, {**TYPED, "attributes.it": wrong}), attributes) is None


def test_an_attribute_that_no_design_declares_is_not_stored() -> None:
    content = check(Block(0, {**TYPED, "attributes.other": "x"}), declared("text"))
    assert content is not None
    assert content.attributes == {}


def test_each_recipient_has_a_row_for_each_group() -> None:
    rows = rows_of([CONTENT, CONTENT.model_copy(update={"name": "Ben"})], SHAPE)
    assert [(row.group_id, row.content.name) for row in rows] == [
        (ONE, "Ana"),
        (TWO, "Ana"),
        (ONE, "Ben"),
        (TWO, "Ben"),
    ]


def test_the_same_rows_of_the_same_form_are_the_same_batch_and_nothing_else_is() -> None:
    rows = rows_of([CONTENT], SHAPE)
    assert batch_id("form", rows) == batch_id("form", rows_of([CONTENT], SHAPE))
    others = {
        batch_id("other form", rows),
        batch_id("form", rows[:1]),
        batch_id("form", rows_of([CONTENT.model_copy(update={"name": "Ben"})], SHAPE)),
    }
    assert len(others | {batch_id("form", rows)}) == 4
