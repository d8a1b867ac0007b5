import unicodedata

import pytest

from conferral.cli.demo_data import GROUPS, RECIPIENTS


def _scripts(name: str) -> set[str]:
    return {unicodedata.name(character).split()[0] for character in name if character.isalpha()}


def test_there_are_two_groups_of_different_designs_and_25_recipients() -> None:
    assert {group.design for group in GROUPS} == {"Classic", "Minimal"}
    assert len({recipient.mailbox for recipient in RECIPIENTS}) == 25
    assert {recipient.group for recipient in RECIPIENTS} == {group.key for group in GROUPS}


@pytest.mark.parametrize(
    "script", ["LATIN", "ARABIC", "HEBREW", "CJK", "HIRAGANA", "HANGUL", "CYRILLIC", "GREEK", "DEVANAGARI"]
)
def test_the_names_are_in_many_scripts(script: str) -> None:
    texts = [recipient.name + "".join(recipient.attributes.values()) for recipient in RECIPIENTS]
    assert any(script in _scripts(text) for text in texts)


def test_there_are_an_emoji_a_diacritic_markup_and_a_long_name() -> None:
    names = [recipient.name for recipient in RECIPIENTS]
    assert any(unicodedata.category(character) == "So" for name in names for character in name)
    assert any(unicodedata.normalize("NFD", name) != name for name in names)
    assert any("<" in name and "&" in name and "'" in name for name in names)
    assert max(map(len, names)) > 80
