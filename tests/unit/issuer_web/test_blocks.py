"""The form's buttons where the browser runs no scripts."""

from datetime import date

from conferral.contracts.rpc.credentials import MOST_ROWS
from services.issuer_web.domain.blocks import Removed, apply, credentials_in
from services.issuer_web.domain.recipients import Block, blank
from services.issuer_web.domain.shapes import FormGroup, FormShape

ONE, TWO = "a" * 26, "b" * 26
SHAPE = FormShape(groups=(FormGroup(id=ONE, name="One"), FormGroup(id=TWO, name="Two")), today=date(2026, 11, 24))


def filled(number: int, **typed: str) -> Block:
    return Block(number, {"name": f"Person {number}", "issue_date": "2026-11-24", **typed}, groups=[ONE])


def test_a_new_block_comes_last_and_is_for_the_groups_of_the_one_before() -> None:
    blocks, _ = apply("add", [filled(0), filled(7)], SHAPE, None)
    assert [block.number for block in blocks] == [0, 7, 8]
    assert blocks[-1].groups == [ONE]
    assert "name" not in blocks[-1].typed


def test_a_full_form_takes_no_more() -> None:
    both = [Block(number, groups=[ONE, TWO]) for number in range(MOST_ROWS // 2)]
    assert credentials_in(both, SHAPE) == MOST_ROWS
    assert apply("add", both, SHAPE, None)[0] == both


def test_a_removed_block_is_taken_back_where_it_was() -> None:
    three = [filled(0), filled(1, email="a@b.example"), filled(2)]
    blocks, removed = apply("remove-1", list(three), SHAPE, None)
    assert [block.number for block in blocks] == [0, 2]
    assert removed is not None
    assert removed.position == 2
    again = Removed.of(removed.plain())
    back, nothing = apply("undo", blocks, SHAPE, again)
    assert (back, nothing) == (three, None)


def test_removing_what_nobody_touched_leaves_the_last_removal_to_be_undone() -> None:
    before = Removed(0, 1, {"name": "Ana"}, [ONE])
    assert apply("remove-1", [filled(0), blank(1, SHAPE)], SHAPE, before)[1] is before


def test_a_form_has_a_block_always() -> None:
    blocks, removed = apply("remove-3", [filled(3)], SHAPE, None)
    assert [block.number for block in blocks] == [4]
    assert removed is not None


def test_a_suggested_address_is_taken() -> None:
    blocks, _ = apply("suggest-2", [filled(2, email="a@gmail.con")], SHAPE, None)
    assert blocks[0].typed["email"] == "a@gmail.com"


def test_a_button_of_no_block_changes_nothing() -> None:
    blocks = [filled(0)]
    for action in ("remove-9", "undo", "suggest-x", "", "nonsense-0"):
        assert apply(action, list(blocks), SHAPE, None) == (blocks, None)
