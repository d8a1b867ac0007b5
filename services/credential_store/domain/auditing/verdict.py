"""What an audit came to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.credential_store.domain.auditing.findings import Finding
from services.credential_store.domain.auditing.rules import INVARIANTS

MOST_KEPT = 100
"""Findings of one kind that are told one by one; the others are counted."""


@dataclass(frozen=True)
class Verdict:
    """``looked_at``: kind of record to how many. ``notes``: what could not be looked at, and what is late but moves."""

    organisation_id: str | None
    began_at: datetime
    seconds: float
    looked_at: Mapping[str, int]
    findings: Sequence[Finding]
    more: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def broken(self) -> dict[str, int]:
        """Invariant to the number of records that break it."""
        counted: Counter[str] = Counter()
        for finding in self.findings:
            counted[finding.rule.invariant] += 1
        for invariant, number in self.more.items():
            counted[invariant] += number
        return {invariant: counted[invariant] for invariant in INVARIANTS if counted[invariant]}

    @property
    def is_well(self) -> bool:
        """Whether no invariant is broken."""
        return not self.broken

    def as_document(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "organisation_id": self.organisation_id,
            "began_at": self.began_at.isoformat(),
            "seconds": round(self.seconds, 1),
            "well": self.is_well,
            "broken": self.broken,
            "looked_at": dict(self.looked_at),
            "findings": [
                {
                    "invariant": finding.rule.invariant,
                    "code": finding.code,
                    "record": finding.record,
                    "organisation_id": finding.unit.organisation_id or None,
                    "problem": finding.problem,
                    "advice": finding.rule.advice,
                }
                for finding in self.findings
            ],
            "notes": list(self.notes),
        }
