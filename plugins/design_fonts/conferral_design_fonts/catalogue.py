"""What is in the box: the manifest of slices and their bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

Style = Literal["normal", "italic"]

_DATA = files(__package__) / "data"


@dataclass(frozen=True, slots=True)
class Slice:
    """One WOFF2 file: some characters of one family in one weight and style.

    :param key: ``<family folder>/<weight>/<style>/<subset>``, such as ``noto-serif-sc/400/normal/97``.
    :param unicode_range: exactly what it draws, in CSS syntax.
    :param digest: SHA-256 of the file in lower-case hexadecimal.
    """

    key: str
    family: str
    weight: int
    style: Style
    unicode_range: str
    file: str
    digest: str


@cache
def manifest() -> Mapping[str, Slice]:
    """Return every slice by its key. Read once per process (about 10 ms)."""
    entries = json.loads((_DATA / "manifest.json").read_text(encoding="utf-8"))
    return MappingProxyType({key: Slice(key=key, **entry) for key, entry in entries.items()})


@cache
def families() -> tuple[str, ...]:
    """Return the names of all families."""
    return tuple(sorted({one.family for one in manifest().values()}))


@lru_cache(maxsize=64)
def slice_bytes(key: str) -> bytes:
    """Return a slice's WOFF2 file.

    :raises KeyError: there is no such slice.
    """
    return (_DATA / manifest()[key].file).read_bytes()


@cache
def faces(family: str) -> Mapping[tuple[int, Style], tuple[Slice, ...]]:
    """Return a family's slices by weight and style; empty for an unknown family."""
    found: dict[tuple[int, Style], tuple[Slice, ...]] = {}
    for one in manifest().values():
        if one.family == family:
            found[one.weight, one.style] = (*found.get((one.weight, one.style), ()), one)
    return MappingProxyType(found)
