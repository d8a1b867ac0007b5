"""Blocks of the form: read from flat fields, checked, and made into rows."""

from datetime import date

import pytest

from conferral.contracts.rpc.credentials import MOST_ROWS, CredentialContent, CredentialRow
from conferral.contracts.rpc.groups import DefaultExpiry
from services.issuer_web.domain.recipients import (
    Block,
    batch_id,
    blank,
    check,
    is_untouched,
    read_blocks,
    rows_of,
    used,
)
from services.issuer_web.domain.shapes import FormAttribute, FormGroup, FormShape

ONE, TWO = "a" * 26, "b" * 26
SINGLE = FormShape(groups=(FormGroup(id=ONE, name="One"),), today=date(2026, 11, 24))
SHAPE = FormShape(groups=(FormGroup(id=ONE, name="One"), FormGroup(id=TWO, name="Two")), today=date(2026, 11, 24))
TYPED = {"name": "Ana", "email": "ana@example.org", "issue_date": "2026-11-24"}
CONTENT = CredentialContent(name="Ana", email="ana@example.org", issue_date=date(2026, 11, 24))


def declared(kind: str, **fields: object) -> FormShape:
    attribute = FormAttribute.model_validate({"key": "it", "label": "It", "type": kind, **fields})
    return SINGLE.model_copy(update={"attributes": (attribute,)})


def rows(*contents: CredentialContent, groups: tuple[str, ...] = (ONE, TWO)) -> tuple[CredentialRow, ...]:
    return rows_of([(Block(0, groups=list(groups)), content) for content in contents], SHAPE)[1]


def test_a_blank_block_is_issued_today() -> None:
    assert blank(3, SHAPE) == Block(3, {"issue_date": "2026-11-24"}, groups=[ONE, TWO])


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
    assert check(block, SINGLE) is None
    assert not block.shows_hidden_problem


def test_an_expiry_before_the_issue_date_is_a_problem() -> None:
    block = Block(0, {**TYPED, "expiry_date": "2026-11-23"})
    assert check(block, SINGLE) is None
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
    found = rows(CONTENT, CONTENT.model_copy(update={"name": "Ben"}))
    assert [(row.group_id, row.content.name) for row in found] == [
        (ONE, "Ana"),
        (TWO, "Ana"),
        (ONE, "Ben"),
        (TWO, "Ben"),
    ]
    assert [row.group_id for row in rows(CONTENT, groups=(TWO, "c" * 26))] == [TWO]


def test_a_block_of_several_groups_is_for_at_least_one_of_them() -> None:
    block = Block(0, dict(TYPED))
    assert check(block, SHAPE) is None
    assert set(block.problems) == {"groups"}
    assert not block.shows_hidden_problem
    assert check(Block(0, dict(TYPED), groups=[TWO]), SHAPE) == CONTENT


def test_groups_and_consent_are_read_with_the_block() -> None:
    fields = [
        ("rows-0-groups", ONE),
        ("rows-0-groups", TWO),
        ("rows-0-email", "a@b.example"),
        ("rows-0-anyway", "a@b.example"),
    ]
    (block,) = read_blocks(fields)
    assert block.groups == [ONE, TWO]
    assert block.anyway
    block.typed["email"] = "other@b.example"
    assert not block.anyway


@pytest.mark.parametrize(
    ("typed", "untouched"),
    [
        ({}, True),
        ({"issue_date": "2026-11-24", "name": "  "}, True),
        ({"issue_date": "2026-11-25"}, False),
        ({"email": "a"}, False),
        ({"attributes.course": "Bees"}, False),
    ],
)
def test_a_block_is_untouched_while_nothing_but_todays_date_is_in_it(typed: dict[str, str], untouched: bool) -> None:  # noqa: FBT001
    assert is_untouched(Block(0, typed), SINGLE) is untouched


def test_untouched_blocks_are_left_out_unless_all_are() -> None:
    empty, full = blank(0, SINGLE), Block(1, dict(TYPED))
    assert used([empty, full, blank(2, SINGLE)], SINGLE) == [full]
    assert used([empty, blank(1, SINGLE)], SINGLE) == [empty]


def test_the_same_rows_of_the_same_form_are_the_same_batch_and_nothing_else_is() -> None:
    same = rows(CONTENT)
    assert batch_id("form", same) == batch_id("form", rows(CONTENT))
    others = {
        batch_id("other form", same),
        batch_id("form", same[:1]),
        batch_id("form", rows(CONTENT.model_copy(update={"name": "Ben"}))),
    }
    assert len(others | {batch_id("form", same)}) == 4


YEAR, DAY = DefaultExpiry(kind="period", amount=1, unit="years"), DefaultExpiry(kind="date", day=date(2026, 11, 23))


def expiring(one: DefaultExpiry, two: DefaultExpiry) -> FormShape:
    """Return the form of two groups with these defaults."""
    groups = (FormGroup(id=ONE, name="One", expiry=one), FormGroup(id=TWO, name="Two", expiry=two))
    return FormShape(groups=groups, today=date(2026, 11, 24))


def expiries(shape: FormShape, **typed: str) -> list[date | None]:
    """Return the expiry date of each row that a block makes."""
    block = Block(0, {**TYPED, **typed}, groups=[ONE, TWO])
    content = check(block, shape)
    assert content is not None, block.problems
    return [row.content.expiry_date for row in rows_of([(block, content)], shape)[1]]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({}, [date(2027, 11, 24), None]),
        ({"issue_date": "2026-01-31"}, [date(2027, 1, 31), None]),
        ({"expiry_date": "2030-01-01"}, [date(2030, 1, 1), date(2030, 1, 1)]),
        ({"never": "yes"}, [None, None]),
    ],
    ids=["untouched", "issued earlier", "typed", "never"],
)
def test_in_a_form_of_several_groups_an_empty_expiry_date_is_each_group_s_own(typed, found) -> None:
    shape = expiring(YEAR, DefaultExpiry())
    assert "expiry_date" not in blank(0, shape).typed
    assert expiries(shape, **typed) == found


@pytest.mark.parametrize(
    ("typed", "words"),
    [({"never": "yes", "expiry_date": "2030-01-01"}, "both cannot be"), ({}, "default expiry date is before")],
)
def test_an_expiry_that_cannot_be_is_a_problem(typed, words) -> None:
    block = Block(0, {**TYPED, **typed}, groups=[ONE, TWO])
    assert check(block, expiring(DAY, YEAR)) is None
    assert words in block.problems["expiry_date"]


def test_a_block_of_one_group_that_has_a_default_is_emptied_for_never() -> None:
    shape = FormShape(groups=(FormGroup(id=ONE, name="One", expiry=YEAR),), today=date(2026, 11, 24))
    assert blank(0, shape).typed["expiry_date"] == "2027-11-24"
    block = Block(0, {**TYPED, "expiry_date": ""})
    content = check(block, shape)
    assert content is not None
    assert rows_of([(block, content)], shape)[1][0].content.expiry_date is None
