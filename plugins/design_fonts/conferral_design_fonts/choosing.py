"""Which slice draws which character, decided as CSS and browsers decide it."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from conferral_design_fonts.catalogue import Slice, Style, faces, families, manifest
from conferral_design_fonts.clusters import clusters, is_invisible

_LIGHT, _MEDIUM = 400, 500


class Item(NamedTuple):
    """A piece of text that one slice draws; ``key`` is None where no family has the characters."""

    text: str
    key: str | None


@lru_cache(maxsize=16384)
def itemise(text: str, families: tuple[str, ...], weight: int = 400, style: Style = "normal") -> tuple[Item, ...]:
    """Split text by the slice that draws it: for every cluster the first family that has all of it.

    Marks and joiners stay with their base. A space is drawn by the first family that has one, as in a browser.
    Costs about 1 us per character, nothing when repeated.
    """
    items: list[tuple[str, str | None]] = []
    used: list[str] = []
    for cluster in clusters(text):
        key = _slice_of(cluster, families, weight, style, tuple(used))
        if key is not None and key not in used:
            used.append(key)
        if items and items[-1][1] == key:
            items[-1] = (items[-1][0] + cluster, key)
        else:
            items.append((cluster, key))
    return tuple(Item(*item) for item in items)


def slices_for(text: str, families: Sequence[str], weight: int = 400, style: Style = "normal") -> tuple[str, ...]:
    """Return the keys of the slices that draw a text, in the order of their first use, each once."""
    keys: dict[str, None] = {}
    for item in itemise(text, tuple(families), weight, style):
        if item.key is not None:
            keys[item.key] = None
    return tuple(keys)


def missing(text: str, families: Sequence[str], weight: int = 400, style: Style = "normal") -> tuple[str, ...]:
    """Return the characters that none of the families draws, each once; empty is good."""
    lost = "".join(item.text for item in itemise(text, tuple(families), weight, style) if item.key is None)
    return tuple(dict.fromkeys(char for char in lost if not is_invisible(char)))


def families_covering(text: str, weight: int = 400, style: Style = "normal") -> tuple[str, ...]:
    """Return the families that alone draw every character of a text."""
    return tuple(family for family in families() if not missing(text, (family,), weight, style))


def nearest_face(family: str, weight: int, style: Style) -> tuple[int, Style] | None:
    """Return the weight and style that CSS Fonts 4, section 5.2 takes for a wish; None for an unknown family."""
    available = faces(family)
    if not available:
        return None
    of_style = [face for face in available if face[1] == style] or list(available)
    return min(of_style, key=lambda face: _distance(face[0], weight))


def _distance(offered: int, wished: int) -> tuple[int, int]:
    """Order weights: 400 and 500 stand in for each other first, lighter wishes go lighter, bolder ones bolder."""
    if offered == wished:
        return (0, 0)
    if _LIGHT <= wished <= _MEDIUM:
        if wished < offered <= _MEDIUM:
            return (1, offered - wished)
        return (2, wished - offered) if offered < wished else (3, offered - wished)
    towards = offered > wished if wished > _MEDIUM else offered < wished
    return (1 if towards else 2, abs(offered - wished))


@lru_cache(maxsize=65536)
def _slice_of(cluster: str, families: tuple[str, ...], weight: int, style: Style, used: tuple[str, ...]) -> str | None:
    """Return the slice that draws a cluster, preferring one that is in use already where slices overlap."""
    drawn = [ord(char) for char in cluster if not is_invisible(char)] or [ord(cluster[0])]
    for family in families:
        face = nearest_face(family, weight, style)
        if face is None:
            continue
        starts, covering = _index(family, *face)
        candidates = [covering[bisect_right(starts, point) - 1] for point in drawn]
        shared = [key for key in candidates[0] if all(key in others for others in candidates)]
        if shared:
            return next((key for key in used if key in shared), shared[0])
    # No slice has the whole cluster: at least the base is drawn.
    return _slice_of(cluster[0], families, weight, style, used) if len(cluster) > 1 else None


@cache
def _index(family: str, weight: int, style: Style) -> tuple[list[int], list[tuple[str, ...]]]:
    """Return the points where coverage changes, and what covers from there on. Made once per face."""
    changes: dict[int, set[str]] = {0: set()}
    for one in faces(family)[weight, style]:
        for first, last in _ranges(one):
            changes.setdefault(first, set()).add(one.key)
            changes.setdefault(last + 1, set()).add(one.key)
    starts, covering, current = sorted(changes), [], set[str]()
    for start in starts:
        current = current ^ changes[start]
        covering.append(tuple(sorted(current, key=_order)))
    return starts, covering


def _ranges(one: Slice) -> list[tuple[int, int]]:
    """Read CSS unicode-range syntax."""
    pairs = (part.removeprefix("U+").partition("-") for part in one.unicode_range.split(","))
    return [(int(first, 16), int(last or first, 16)) for first, _, last in pairs]


@cache
def _order(key: str) -> int:
    """Larger slices first: they are the likelier ones to be needed for the next character as well."""
    return -len(manifest()[key].unicode_range)
