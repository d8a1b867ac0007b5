"""Which index answers which list of credentials. Pure; repositories only carry a plan out.

Every query is one *range*: an index, a value for each key but its last, and a lower and an upper bound of the last. A
list whose filter and order fit an index exactly is read in that order, a page at a time. Any other list has a rest that
no index knows. Then the narrowest range that holds at most MOST_COUNTED records is looked through whole, and sorted
afterwards; where none is that narrow, records are looked through in the list's order, MOST_COUNTED at a time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from conferral.contracts.errors import InvalidInput
from conferral.contracts.rpc.credentials import CredentialFilter, Sort
from services.credential_store.domain import search

Document = dict[str, Any]

ORDER, NAME, ISSUED, WORD = "order", "name_order", "issue_order", "search"
_NAME_LENGTH = 80
_AHEAD, _FIRST_WIDTH, _GROWTH = 1000, 2000, 4
"""Of stretches: how far clocks may differ and how wide the first is, in milliseconds; how much each grows."""
_FINAL = "\U0010ffff"
_FIRST_ID, _LAST_ID = "2" * 26, "z" * 26

SORTS: Mapping[Sort, tuple[str, int]] = {
    "newest": (ORDER, -1),
    "oldest": (ORDER, 1),
    "name": (NAME, 1),
    "-name": (NAME, -1),
    "issue_date": (ISSUED, 1),
    "-issue_date": (ISSUED, -1),
}
"""Sort to the key that it goes by, and its direction."""

BOUNDS: Mapping[str, tuple[str, str]] = {
    # As long as the values are: SecantusDB misplaces what begins with a bound of a descending key.
    ORDER: (f"{0:012x}000{_FIRST_ID}", f"{'f' * 12}999{_LAST_ID}"),
    NAME: ("", _FINAL),
    ISSUED: ("0", "9" * 5),
}
"""All values of a key lie between these: the lower one inclusive, the upper one exclusive."""

INDEXES: Mapping[str, tuple[frozenset[str], str]] = {
    "newest": (frozenset(), ORDER),
    "of_group": (frozenset({"group_id"}), ORDER),
    "in_state": (frozenset({"state"}), ORDER),
    "of_group_in_state": (frozenset({"group_id", "state"}), ORDER),
    "of_batch": (frozenset({"batch_id"}), ORDER),
    "in_delivery_state": (frozenset({"delivery_state"}), ORDER),
    "by_name": (frozenset(), NAME),
    "of_group_by_name": (frozenset({"group_id"}), NAME),
    "by_issue_date": (frozenset(), ISSUED),
    "of_group_by_issue_date": (frozenset({"group_id"}), ISSUED),
    "by_word": (frozenset(), WORD),
}
"""Index to the fields whose value must be given, and the key that is a range. The organisation leads each."""

_CURSORS = {
    ORDER: re.compile(r"[0-9a-f]{12}[0-9]{3}[a-z2-7]{26}"),
    NAME: re.compile(rf"[^\t]{{0,{_NAME_LENGTH}}}\t[a-z2-7]{{26}}"),
    ISSUED: re.compile(r"\d{4}-\d\d-\d\d[0-9a-f]{12}[0-9]{3}[a-z2-7]{26}"),
}


@dataclass(frozen=True)
class Range:
    """A stretch of an index, and what is checked of each record in it.

    :param equal: field to value, for each key of the index but the organisation and the last.
    :param low: inclusive, unless it is ``low_open``; ``high``: exclusive.
    :param rest: more conditions, field to value.
    :param words: each must begin a token of the record.
    """

    index: str
    equal: Document
    key: str
    low: str
    high: str
    rest: Document = field(default_factory=dict)
    issued: tuple[str, str] | None = None
    words: tuple[str, ...] = ()
    low_open: bool = False

    @property
    def is_exact(self) -> bool:
        """Tell whether each record of the range is wanted."""
        return not self.rest and not self.words and self.issued is None


@dataclass(frozen=True)
class Plan:
    """How a list is read.

    :param walk: in the list's order; read a page at a time if it is exact.
    :param narrower: ranges to look through whole, the likely narrowest first; the walk's own is the last.
    :param nothing: nothing can match.
    """

    sort_key: str
    direction: int
    walk: Range
    narrower: tuple[Range, ...] = ()
    nothing: bool = False


def plan(wanted: CredentialFilter, sort: Sort) -> Plan:
    """Return how the list is read. With a day in the filter it is sorted by issue date."""
    key, direction = SORTS[effective_sort(wanted, sort)]
    words = tuple(search.words(wanted.search))
    equal = _equal(wanted)
    walk = _range(_best(key, equal), wanted, equal, words)
    contradiction = wanted.incomplete and wanted.state not in {None, "draft"}
    nothing = contradiction or bool(wanted.search.strip() and not words)
    if walk.is_exact:
        return Plan(key, direction, walk, nothing=nothing)
    candidates = [_word_range(wanted, equal, words)] if words else []
    by_size = sorted((name for name in INDEXES if _fits(name, equal)), key=lambda name: -len(INDEXES[name][0]))
    candidates += [_range(name, wanted, equal, words) for name in by_size]
    narrower = tuple({one.index: one for one in [*candidates, walk]}.values())
    return Plan(key, direction, walk, narrower, nothing)


def effective_sort(wanted: CredentialFilter, sort: Sort) -> Sort:
    """Return what the list is sorted by: days are a range of one index, and a list in its order needs no other."""
    if _issued(wanted) and sort not in {"issue_date", "-issue_date"}:
        return "-issue_date"
    return sort


def after(range_: Range, direction: int, cursor: str | None) -> Range:
    """Return what is left of a range of the sort key after a cursor."""
    if cursor is None:
        return range_
    return replace(range_, low=cursor, low_open=True) if direction > 0 else replace(range_, high=cursor)


def read_cursor(key: str, cursor: str | None) -> str | None:
    """Return the place after which a page begins.

    :raises InvalidInput: it is none of this list's.
    """
    if cursor is not None and not _CURSORS[key].fullmatch(cursor):
        raise InvalidInput("This page does not exist.", [["cursor", "is not a place in this list."]])
    return cursor


def keys_of(name: str, issue_date: str, order: str, identifier: str) -> Document:
    """Return what a credential is sorted by, besides its ``order``: its folded name, and its issue date."""
    folded = " ".join(search.fold(name).split())[:_NAME_LENGTH]
    return {NAME: f"{folded}\t{identifier}", ISSUED: f"{issue_date}{order}"}


def near(range_: Range, direction: int, edge: str) -> Range:
    """Return the part of a range from where reading begins to a record's key, which is in it as well."""
    if direction < 0:
        return replace(range_, low=edge, low_open=False) if range_.low <= edge < range_.high else range_
    # A bound that is longer than the values would be misplaced by SecantusDB: see BOUNDS.
    return range_ if range_.key == ORDER else replace(range_, high=min(f"{edge}\0", range_.high))


def stretches(range_: Range, direction: int, now: datetime) -> list[Range]:
    """Cut what is read newest first into stretches of time, each wider than the one before; else it stays whole."""
    if range_.key != ORDER or direction > 0:
        return [range_]
    low, latest, width = int(range_.low[:12], 16), int(now.timestamp() * 1000) + _AHEAD, _FIRST_WIDTH
    at = min(int(range_.high[:12], 16), latest)
    cuts = [range_.high]
    while (at := at - width) > low:
        cuts.append(f"{at:012x}000{_FIRST_ID}")
        width *= _GROWTH
    cuts.append(range_.low)
    return [
        replace(range_, low=lower, high=upper, low_open=range_.low_open and lower == range_.low)
        for upper, lower in pairwise(cuts)
        if lower < upper
    ]


def _equal(wanted: CredentialFilter) -> Document:
    given = {name: getattr(wanted, name) for name in ("group_id", "batch_id", "state", "delivery_state")}
    equal = {name: value for name, value in given.items() if value is not None}
    return equal | ({"state": "draft"} if wanted.incomplete else {})


def _issued(wanted: CredentialFilter) -> tuple[str, str] | None:
    if wanted.issued_from is None and wanted.issued_to is None:
        return None
    first, last = BOUNDS[ISSUED]
    low = wanted.issued_from.isoformat() if wanted.issued_from else first
    high = wanted.issued_to.isoformat() + "~" if wanted.issued_to else last
    return low, high


def _fits(index: str, equal: Document) -> bool:
    fields, _ = INDEXES[index]
    return bool(fields) and fields <= set(equal) and INDEXES[index][1] == ORDER


def _best(key: str, equal: Document) -> str:
    """Return the index by this key that takes the most of the given values."""
    fitting = [name for name, (fields, by) in INDEXES.items() if by == key and fields <= set(equal)]
    return max(fitting, key=lambda name: len(INDEXES[name][0]))


def _range(index: str, wanted: CredentialFilter, equal: Document, words: tuple[str, ...]) -> Range:
    fields, key = INDEXES[index]
    issued = _issued(wanted)
    low, high = issued if issued and key == ISSUED else BOUNDS[key]
    rest = {name: value for name, value in equal.items() if name not in fields}
    return Range(
        index,
        {name: equal[name] for name in sorted(fields)},
        key,
        low,
        high,
        rest | ({"incomplete": True} if wanted.incomplete else {}),
        None if key == ISSUED else issued,
        words,
    )


def _word_range(wanted: CredentialFilter, equal: Document, words: tuple[str, ...]) -> Range:
    """Return the range of the longest word, which is the most telling."""
    rest = equal | ({"incomplete": True} if wanted.incomplete else {})
    return Range("by_word", {}, WORD, words[0], search.upper_bound(words[0]), rest, _issued(wanted), words[1:])
