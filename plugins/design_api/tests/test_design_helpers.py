import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import conferral_design_api as api
import pluggy
import pytest
from conferral_design_api import hookspecs
from conferral_design_api.testing import problems

HOOKS = [name for name, value in inspect.getmembers(hookspecs, inspect.isfunction) if name.startswith("conferral_")]


def test_every_hook_is_documented_and_has_a_test() -> None:
    assert HOOKS == ["conferral_register_designs"]
    for name in HOOKS:
        text = inspect.getdoc(getattr(hookspecs, name)) or ""
        assert ":return:" in text
        assert ".. versionadded::" in text


def test_a_registered_module_offers_its_designs() -> None:
    class Plugin:
        @api.hookimpl
        def conferral_register_designs(self) -> Iterable[str]:
            return ("one",)

    manager = pluggy.PluginManager(api.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(Plugin())
    manager.check_pending()
    assert manager.hook.conferral_register_designs() == [("one",)]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "November 23, 2026"),
        ("de-AT", "23. November 2026"),
        ("zh-Hans", "2026年11月23日"),
        ("ar", "23 نوفمبر 2026"),
        ("xx", "November 23, 2026"),
    ],
)
def test_dates_are_written_as_the_language_does(language: str, written: str) -> None:
    assert api.format_date("2026-11-23", language) == written


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="month"):
        api.format_date("2026-13-01", "en")


def test_numbers_are_written_as_the_language_does_and_other_words_are_left() -> None:
    assert api.format_number("1234.5", "de") == "1.234,5"
    assert api.format_number("about 40", "de") == "about 40"


@pytest.mark.parametrize(
    ("language", "found"), [("pt-BR", "pt"), ("zh-TW", "hant"), ("zh", "hans"), ("fr", "en"), ("EN", "en")]
)
def test_the_nearest_translation_is_taken(language: str, found: str) -> None:
    offered = {"en": "en", "pt": "pt", "zh-Hans": "hans", "zh-Hant": "hant"}
    assert api.best_match(language, offered) == found


def test_contrast_is_that_of_the_accessibility_guidelines() -> None:
    assert api.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert api.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert api.contrast("#ffffff", "#777777") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colour", ["#ffee00", "#123456", "#808080", "#ffffff", "#000000"])
@pytest.mark.parametrize("background", ["#ffffff", "#000000", "#7f7f7f", "#fdfaf3"])
def test_legible_colours_are_legible(colour: str, background: str) -> None:
    assert api.contrast(api.legible(colour, background), background) >= 4.5


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a colour"):
        api.mix("red", "#ffffff", 0.5)


def test_words_become_neither_markup_nor_slots() -> None:
    assert api.escape('<b a="{{ x }}">') == "&lt;b a=&quot;&#123;&#123; x &#125;&#125;&quot;&gt;"
    assert "{{" not in api.plain("{{{{ x }}}}")
    assert api.plain("a {b} c") == "a {b} c"


class Careless(api.Design):
    id, version, name, description = "careless", "1", "Careless", ""
    attributes = (api.Attribute("Bad Key", ""),)

    def compile(self, request: api.CompileRequest) -> api.CompiledDesign:
        svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script/><use href="https://example.org/#a"/></svg>'
        return api.CompiledDesign(100, 100, svg, api.EmailSource("{{ nobody }}", "", ""), state={"pair": (1, 2)})

    def complete(self, state: Any, recipients: Sequence[api.Recipient]) -> Sequence[api.Completion]:
        runs = (api.Text(recipients[0].name, 90, 50, 40, ("EB Garamond",)), api.Qr(0, 200, 10, "x"))
        return [api.Completion(runs, alternative="") for _ in recipients]


def test_the_checks_find_what_a_careless_design_does() -> None:
    found = "\n".join(problems(Careless()))
    for complaint in (
        "is not lower",
        "once and no other",
        "script is not allowed",
        "onload is not allowed",
        "outside of itself",
        "round trip",
        "unknown slot nobody",
        "does not lead to the credential",
        "no alternative",
        "outside of the page",
    ):
        assert complaint in found
