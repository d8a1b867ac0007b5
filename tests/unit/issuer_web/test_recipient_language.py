from datetime import date

import pytest
from babel import Locale

from conferral.cli.demo_data import RECIPIENTS
from services.issuer_web.domain.languages import CHOICES, language_choices, language_name
from services.issuer_web.domain.recipients import FormGroup, FormShape, blank, check, read_blocks

SHAPE = FormShape(groups=(FormGroup(id="a" * 26, name="A group"),), today=date(2026, 1, 2))
TYPED = {"rows-0-name": "ليلى", "rows-0-email": "layla@example.org", "rows-0-issue_date": "2026-01-02"}


@pytest.mark.parametrize(("chosen", "language"), [("ar", "ar"), ("", None), (None, None)])
def test_a_block_has_a_language_of_its_own_or_its_groups(chosen: str | None, language: str | None) -> None:
    typed = TYPED if chosen is None else TYPED | {"rows-0-language": chosen}
    (block,) = read_blocks(typed.items())
    content = check(block, ())
    assert content
    assert content.language == language


def test_a_refused_language_is_beside_a_field_that_only_show_all_attributes_reveals() -> None:
    block = blank(0, SHAPE)
    block.problems["language"] = "Is not a language tag."
    assert block.shows_hidden_problem


def test_languages_are_offered_by_name_in_themselves_and_in_english() -> None:
    names = dict(language_choices())
    assert names["de"] == "German (Deutsch)"
    assert names["en"] == "English"
    assert all(Locale.parse(code, sep="-") for code in CHOICES)
    assert language_name("tlh-x-unknown") == "tlh-x-unknown"


def test_the_demos_recipients_find_their_languages() -> None:
    assert {recipient.language for recipient in RECIPIENTS} <= set(CHOICES)
