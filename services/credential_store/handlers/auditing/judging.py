"""The audit: one walk, and then further looks at what was found, because what moves is not broken.

Records of one change may be read from before and after it. So a finding counts when it is found at every look; and what
is late counts as stuck when nothing of its kind that was late has moved on meanwhile.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from services.credential_store.domain.auditing.findings import Finding
from services.credential_store.domain.auditing.verdict import MOST_KEPT, Verdict
from services.credential_store.handlers.auditing.looking import Auditor, Findings
from services.credential_store.handlers.auditing.walking import Step, again, installation, organisation

LOOKS = (1.0, 2.0, 3.0)
"""Seconds before each further look."""
_PAUSE_SHARE, _LONGEST_PAUSE = 0.3, 1.0
_MOST_SUSPECTS = 2_000
"""What is found beyond is counted, and believed, without a further look."""


def audit(auditor: Auditor, organisation_id: str | None = None, looks: Sequence[float] = LOOKS) -> Verdict:
    """Look at everything of one organisation, or of all, and at what belongs to none.

    :raises Unavailable: the database stopped answering; there is no verdict.
    """
    began_at, began = auditor.clock(), time.monotonic()
    looked_at: Counter[str] = Counter()
    suspects: list[Finding] = []
    beyond: Counter[str] = Counter()
    for kind, number, findings in _unhurried(_steps(auditor, organisation_id)):
        looked_at[kind] += number
        room = _MOST_SUSPECTS - len(suspects)
        suspects += findings[:room]
        beyond.update(finding.rule.invariant for finding in findings[room:])
    findings, notes = _confirm(auditor, suspects, looks)
    kept, more = _cut(findings)
    if beyond and not findings:
        notes.append(f"{beyond.total()} further suspicions were not looked at again. Please audit once more.")
    return Verdict(
        organisation_id=organisation_id,
        began_at=began_at,
        seconds=time.monotonic() - began,
        looked_at=looked_at,
        findings=kept,
        more=more + beyond if findings else Counter(),
        notes=[*notes, *_not_looked_at(auditor)],
    )


def _steps(auditor: Auditor, organisation_id: str | None) -> Iterator[Step]:
    if organisation_id is not None:
        return organisation(auditor, organisation_id)
    # all at once: a cursor that nobody asks for ten minutes is closed by the server
    every = [one["_id"] for one in auditor.all("organisations")]
    each = chain.from_iterable(organisation(auditor, one) for one in every)
    return chain(each, installation(auditor))


def _unhurried(steps: Iterator[Step]) -> Iterator[Step]:
    """Pause after each step for a part of the time that it took: whoever works here meanwhile goes first."""
    began = time.monotonic()
    for step in steps:
        yield step
        time.sleep(min((time.monotonic() - began) * _PAUSE_SHARE, _LONGEST_PAUSE))
        began = time.monotonic()


def _confirm(auditor: Auditor, suspects: Findings, looks: Sequence[float]) -> tuple[Findings, list[str]]:
    """Return what is found at every look, and what is late and moves."""
    moved: set[tuple[str, str]] = set()
    for pause in looks:
        if not suspects:
            break
        time.sleep(pause)
        auditor.editions.forget_problems()
        found = {one.key: one for unit in dict.fromkeys(one.unit for one in suspects) for one in again(auditor, unit)}
        moved = {_kind(one) for one in suspects if one.rule.about_time and one.key not in found}
        suspects = [found[one.key] for one in suspects if one.key in found]
    late = [one for one in suspects if _kind(one) in moved]
    counted = Counter(one.unit.kind for one in late)
    notes = [f"{number} records of the kind {kind} are late, and moving." for kind, number in counted.items()]
    return list(dict.fromkeys(one for one in suspects if _kind(one) not in moved)), notes


def _kind(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.unit.kind


def _cut(findings: Sequence[Finding]) -> tuple[Findings, Counter[str]]:
    """Return as many of each kind as are told one by one, and how many more break which invariant."""
    told: Counter[str] = Counter()
    kept, more = Findings(), Counter[str]()
    for finding in findings:
        told[finding.code] += 1
        if told[finding.code] <= MOST_KEPT:
            kept.append(finding)
        else:
            more[finding.rule.invariant] += 1
    return kept, more


def _not_looked_at(auditor: Auditor) -> list[str]:
    checks: dict[str, Callable[[], bool]] = {
        "The database does not tell which transactions are open.": lambda: auditor.reading.open_transactions(0) is None,
        "Without a mail server's own log, nobody knows whether emails were accepted twice.": lambda: (
            auditor.accepted is None
        ),
    }
    return [note for note, applies in checks.items() if applies()]
