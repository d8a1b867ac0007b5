"""What the auditor found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.credential_store.domain.auditing.rules import RULES, SETTLING, Rule

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Unit:
    """What is looked at together, and looked at again: a credential with its page, a publication with its chunks."""

    kind: str
    key: str
    organisation_id: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a record.

    :param record: its kind and id, in words.
    :param problem: what is wrong with it; with ids, numbers and states, and without anything personal.
    """

    code: str
    unit: Unit
    record: str
    problem: str

    @property
    def rule(self) -> Rule:
        """What it breaks, and what to do."""
        return RULES[self.code]

    @property
    def key(self) -> tuple[str, Unit, str]:
        """The same as long as it is the same thing: numbers in the text may change meanwhile."""
        return self.code, self.unit, self.record


def is_overdue(due: datetime | None, now: datetime) -> bool:
    """Tell whether what was due then should have been dealt with by now."""
    return due is not None and due + timedelta(seconds=SETTLING) < now


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago it was, in words."""
    return f"{(now - moment).total_seconds():.0f} s ago"
