"""Ticked rows. A tick box's value says what was seen: ``<id>:<revision>:<group id>:<flags>``.

The store decides by id and revision alone; group and flags only tell the dialog what to name and to warn of.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from conferral.contracts.rpc.credentials import CredentialSummary
from conferral.contracts.rpc.publications import MOST_SELECTED
from conferral.contracts.rpc.selections import Expiries, SelectionFrozen

INCOMPLETE, EXPIRED, FUTURE, PUBLISHED_BEFORE = "i", "e", "f", "p"
UNREACHABLE = "b"
"""An address whose last email failed: no row knows it, so the store is asked."""
# The b that may come last was a row's own failed email, on pages of the version before.
_TICK = re.compile(r"([a-z2-7]{26}):([0-9]{1,9}):([a-z2-7]{26}):([iefp]*)b?")


@dataclass(frozen=True)
class Selection:
    """What was ticked."""

    values: tuple[str, ...] = ()
    credentials: tuple[tuple[str, int], ...] = ()
    groups: tuple[str, ...] = ()
    """Ids, in the order in which they appear."""
    warnings: Counter[str] = field(default_factory=Counter)
    frozen_id: str = ""
    """Where the store froze what is selected, ``frozen`` is how many that are, and nothing is named here."""
    frozen: int = 0
    left: int = 0
    """Match as well, but cannot be published."""
    expiries: Expiries = field(default_factory=Expiries)
    """Of what can be published; no row says it, so the store is asked."""

    @property
    def publishable(self) -> int:
        """How many are complete."""
        return (self.frozen if self.frozen_id else len(self.credentials)) - self.warnings[INCOMPLETE]


def tick_value(credential: CredentialSummary, today: date) -> str:
    """Return the value of a row's tick box."""
    content = credential.content
    flags = INCOMPLETE if credential.incomplete else ""
    flags += EXPIRED if content.expiry_date and content.expiry_date < today else ""
    flags += FUTURE if content.issue_date > today else ""
    # What is incomplete stays behind, so there is nothing that its holder could be told.
    flags += PUBLISHED_BEFORE if credential.published_version and not credential.incomplete else ""
    return f"{credential.id}:{credential.revision}:{credential.group_id}:{flags}"


def of_frozen(answer: SelectionFrozen) -> Selection:
    """Return what the store froze."""
    return Selection(
        groups=answer.groups,
        warnings=Counter(
            {
                INCOMPLETE: answer.incomplete,
                EXPIRED: answer.expired,
                FUTURE: answer.future,
                UNREACHABLE: answer.unreachable,
                PUBLISHED_BEFORE: answer.published_before,
            }
        ),
        frozen_id=answer.selection_id,
        frozen=answer.selected,
        left=answer.left or 0,
        expiries=answer.expiries,
    )


def with_unreachable(selection: Selection, unreachable: int) -> Selection:
    """Return the selection with how many are to addresses whose last email failed."""
    return replace(selection, warnings=selection.warnings | Counter({UNREACHABLE: unreachable}))


def read_ticks(values: Iterable[str]) -> Selection:
    """Collect ticked rows; what is malformed or ticked twice is left out."""
    seen: dict[str, tuple[str, int, str, str]] = {}
    for value in values:
        if matched := _TICK.fullmatch(value):
            credential_id, revision, group_id, flags = matched.groups()
            seen.setdefault(credential_id, (value, int(revision), group_id, flags))
    kept = dict(list(seen.items())[:MOST_SELECTED])
    return Selection(
        values=tuple(value for value, *_ in kept.values()),
        credentials=tuple((key, revision) for key, (_, revision, _, _) in kept.items()),
        groups=tuple(dict.fromkeys(group for *_, group, _ in kept.values())),
        warnings=Counter(flag for *_, flags in kept.values() for flag in set(flags)),
    )
