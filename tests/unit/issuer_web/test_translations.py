"""The catalogues of the public pages: compiled, complete, and with every placeholder."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from services.issuer_web.domain.languages import SUPPORTED

SERVICE = Path("services/issuer_web")
FOLDER = SERVICE / "translations"
LANGUAGES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def source(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "public.po").open("rb") as file:
        return read_po(file, locale=language)


def entries(catalog: Catalog) -> dict[object, object]:
    return {message.id: message.string for message in catalog if message.id}


@pytest.fixture(scope="module")
def used() -> set[str]:
    options = {"**": {"encoding": "utf-8"}}
    found = extract_from_dir(SERVICE / "templates" / "public", [("**.html", "jinja2")], options)
    return {str(message) for _, _, message, *_ in found}


def test_there_is_a_catalogue_for_each_language_but_english() -> None:
    assert sorted(set(SUPPORTED.values()) - {"en"}) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_the_source_compiled(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, source(language))
    compiled.seek(0)
    with (FOLDER / language / "LC_MESSAGES" / "public.mo").open("rb") as file:
        assert entries(read_mo(file)) == entries(read_mo(compiled))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_public_pages_is_translated_and_none_besides(language: str, used: set[str]) -> None:
    translated = entries(source(language))
    assert len(used) > 20
    assert set(translated) == used
    assert not [text for text, translation in translated.items() if not translation]
    assert not [message.id for message in source(language) if message.fuzzy and message.id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_placeholders(language: str) -> None:
    for text, translation in entries(source(language)).items():
        assert sorted(PLACEHOLDER.findall(str(text))) == sorted(PLACEHOLDER.findall(str(translation))), text
