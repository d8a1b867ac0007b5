"""The form of several groups: the union of what their designs ask for."""

from datetime import date

from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import AttributeDeclaration
from services.issuer_web.domain.recipients import Block, check, rows_of
from services.issuer_web.domain.shapes import FormGroup, FormShape, missing, shape_of

ONE, TWO = FormGroup(id="a" * 26, name="One"), FormGroup(id="b" * 26, name="Two")
TODAY = date(2026, 11, 24)
GRADE = AttributeDeclaration(key="grade", label="Grade", type="text")
HOURS = AttributeDeclaration(key="hours", label="Hours", type="number", required=True)
TYPED = {"name": "Ana", "email": "ana@example.org", "issue_date": "2026-11-24"}


def form(one: list[AttributeDeclaration] | None, two: list[AttributeDeclaration] | None) -> FormShape:
    return shape_of([(ONE, one), (TWO, two)], TODAY)


def test_what_two_designs_declare_alike_is_asked_for_once() -> None:
    shape = form([GRADE, HOURS], [GRADE])
    assert [(one.place, one.groups) for one in shape.attributes] == [
        ("grade", (ONE.id, TWO.id)),
        ("hours", (ONE.id,)),
    ]


def test_one_key_that_means_two_things_is_two_fields_and_each_group_gets_its_own() -> None:
    rank = AttributeDeclaration(key="grade", label="Rank", type="choice", choices=("1", "2"))
    shape = form([GRADE], [rank])
    assert [one.place for one in shape.attributes] == ["grade", "grade~2"]
    block = Block(0, {**TYPED, "attributes.grade": "good", "attributes.grade~2": "1"}, groups=[ONE.id, TWO.id])
    content = check(block, shape)
    assert content is not None
    _, rows = rows_of([(block, content)], shape)
    assert [row.content.attributes for row in rows] == [{"grade": "good"}, {"grade": "1"}]


def test_a_group_is_given_only_what_its_design_declares() -> None:
    shape = form([GRADE, HOURS], [GRADE])
    content = CredentialContent(
        name="Ana", email="ana@example.org", issue_date=TODAY, attributes={"grade": "good", "hours": "8"}
    )
    _, rows = rows_of([(Block(0, groups=[ONE.id, TWO.id]), content)], shape)
    assert [row.content.attributes for row in rows] == [{"grade": "good", "hours": "8"}, {"grade": "good"}]


def test_what_another_group_would_ask_for_is_not_checked() -> None:
    shape = form([GRADE, HOURS], [GRADE])
    typed = {**TYPED, "attributes.hours": "many"}
    assert check(Block(0, dict(typed), groups=[TWO.id]), shape) is not None
    assert check(Block(0, dict(typed), groups=[ONE.id]), shape) is None


def test_what_is_missing_depends_on_the_group() -> None:
    optional = HOURS.model_copy(update={"required": False})
    shape = form([HOURS], [optional])
    assert [one.needed_in for one in shape.attributes] == [(ONE.id,)]
    assert [one.key for one in shape.needed] == ["hours"]
    assert [one.key for one in missing(shape, ONE.id, {})] == ["hours"]
    assert missing(shape, TWO.id, {}) == []
    assert missing(shape, ONE.id, {"hours": "8"}) == []


def test_a_design_that_cannot_be_asked_leaves_the_others_attributes() -> None:
    shape = form([GRADE], None)
    assert not shape.attributes_known
    assert [one.key for one in shape.attributes] == ["grade"]
    assert form([GRADE], []).attributes_known


def test_a_form_of_an_older_program_is_read_still() -> None:
    old = {"groups": [ONE.model_dump()], "today": "2026-11-24", "attributes": [GRADE.model_dump(mode="json")]}
    shape = FormShape.model_validate(old)
    assert [one.place for one in shape.asked_for(ONE.id)] == ["grade"]


def test_what_is_private_in_one_design_is_said_to_be_private() -> None:
    hidden = GRADE.model_copy(update={"public": False})
    assert [one.public for one in form([GRADE], [hidden]).attributes] == [False]
