"""Two people amended one credential: field by field, what is kept."""

from services.issuer_web.domain.conflicts import Difference, chosen, differences, sent, undecided
from services.issuer_web.domain.recipients import Block

BEFORE = {"name": "Ana", "email": "a@b.example", "attributes.grade": "B"}


def test_only_what_the_other_person_changed_is_a_difference() -> None:
    yours = {**BEFORE, "name": "Ana Maria", "email": "x@b.example"}
    theirs = {**BEFORE, "name": "Anna", "attributes.grade": "A"}
    assert differences(BEFORE, yours, theirs) == {
        "name": Difference("Ana Maria", "Anna", ""),
        "attributes.grade": Difference("B", "A", "theirs"),
    }


def test_the_same_change_twice_is_no_difference() -> None:
    assert differences(BEFORE, {**BEFORE, "name": "Anna"}, {**BEFORE, "name": "Anna"}) == {}


def test_a_value_that_was_taken_away_is_a_difference() -> None:
    theirs = {"name": "Ana", "email": "a@b.example"}
    assert differences(BEFORE, dict(BEFORE), theirs) == {"attributes.grade": Difference("B", "", "theirs")}


def test_what_the_form_does_not_show_is_not_chosen_in() -> None:
    assert differences(BEFORE, {"name": "Ana"}, {**BEFORE, "email": "new@b.example"}) == {}


def test_what_was_chosen_is_kept_and_what_was_not_is_asked_for() -> None:
    block = Block(0, {"name": "Ana Maria", "email": "x@b.example", "attributes.grade": "C"})
    theirs = {"name": "Anna", "email": "y@b.example", "attributes.grade": "A"}
    kept = {"name": "theirs", "email": "yours", "attributes.grade": "nonsense"}
    found = sent(block, theirs, ["name", "email", "attributes.grade", "unknown"], kept)
    assert set(undecided(found)) == {"attributes.grade"}
    assert chosen(block, found).typed == {"name": "Anna", "email": "x@b.example", "attributes.grade": "C"}
    assert block.typed["name"] == "Ana Maria", "what was typed is still there to be shown"
