"""Keyset pages, newest first, over one sortable text that every listed record has: ``order``."""

import re
from datetime import datetime
from typing import Any

from conferral.contracts.errors import InvalidInput

_MOST_IN_ROW = 999
_SHAPE = re.compile(r"^[0-9a-f]{12}[0-9]{3}[a-z2-7]{26}$")


def order(moment: datetime, row: int, identifier: str) -> str:
    """Return a record's place: by time, then by its row in the call that created it, then by its id.

    Lists descend, so rows are counted down: of one call, the first row comes first.
    """
    milliseconds = int(moment.timestamp() * 1000)
    return f"{milliseconds:012x}{_MOST_IN_ROW - row:03d}{identifier}"


def read_cursor(cursor: str | None) -> str | None:
    """Return the place after which a page begins.

    :raises InvalidInput: it is none of ours.
    """
    if cursor is not None and not _SHAPE.match(cursor):
        raise InvalidInput("This page does not exist.", [["cursor", "is not a place in a list."]])
    return cursor


def cut(found: list[dict[str, Any]], limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Split off the one record too many that tells whether there is another page, and its cursor."""
    if len(found) <= limit:
        return found, None
    return found[:limit], found[limit - 1]["order"]
