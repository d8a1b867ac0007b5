"""A made-up language, to find words that are not translated and boxes that do not grow: longer, accented, in brackets.

Its catalogue is made from the sources at the moment, and stands in Arabic's place, so that pages run right to left.
"""

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo

LOCALE = "ar"
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext.babel_extract")]
_KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
_PLACEHOLDER = re.compile(r"%\(\w+\)s|#\d?|\{\w+\}|&\w+;")
_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "áƀćđéƒǵħíĵķĺɱńóƥɋŕśťúṽŵẋýźÁƁĆĐÉƑǴĦÍĴĶĹṀŃÓƤɊŔŚŤÚṼŴẊÝŹ"
)
_LONGER = 0.35


def pseudo(text: str) -> str:
    """Return a text in the made-up language: ``Publish`` is ``⟦Ƥúƀĺíśħ···⟧``."""
    pieces = _PLACEHOLDER.split(text)
    kept = [*_PLACEHOLDER.findall(text), ""]
    accented = "".join(piece.translate(_ACCENTED) + place for piece, place in zip(pieces, kept, strict=True))
    return f"⟦{accented}{'·' * max(2, int(len(text) * _LONGER))}⟧"


def write_catalogue(source: Path, folder: Path, domain: str) -> int:
    """Write ``folder/ar/LC_MESSAGES/<domain>.mo`` with all texts of a source tree; return how many."""
    catalogue = Catalog(locale=LOCALE, domain=domain)
    found = extract_from_dir(source, _METHODS, keywords=_KEYWORDS)
    for _file, _line, message, _comments, context in found:
        if isinstance(message, tuple):
            singular, plural = message[:2]
            forms = (pseudo(singular), *[pseudo(plural)] * (catalogue.num_plurals - 1))
            catalogue.add((singular, plural), forms, context=context)
        elif message:
            catalogue.add(message, pseudo(message), context=context)
    target = folder / LOCALE / "LC_MESSAGES"
    target.mkdir(parents=True, exist_ok=True)
    with (target / f"{domain}.mo").open("wb") as file:
        write_mo(file, catalogue)
    return len(catalogue)
