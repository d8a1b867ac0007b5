"""The auditor: it looks once, says what it found, and ends. It writes nothing but its last verdict.

Exit code 0: every invariant holds; 1: one is broken; 3: the database or the log could not be read, there is no verdict.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conferral.contracts.errors import Unavailable
from conferral.contracts.ids import is_id
from services.credential_store.audit_ports import Verdicts
from services.credential_store.domain.auditing.verdict import Verdict
from services.credential_store.handlers.auditing.judging import audit
from services.credential_store.handlers.auditing.looking import Auditor

WELL, BROKEN, NO_VERDICT = 0, 1, 3


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    organisation_id: str | None
    accepted: Path | None
    as_json: bool


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; what is wrong with it ends the process with exit code 2."""
    parser = argparse.ArgumentParser(prog="conferral audit", description=__doc__)
    parser.add_argument("--organisation", help="look at one organisation only")
    parser.add_argument("--accepted", type=Path, help="a mail server's log with a line for each accepted message")
    parser.add_argument("--json", action="store_true", help="print the verdict as JSON")
    given = parser.parse_args(list(arguments))
    if given.organisation is not None and not is_id(given.organisation):
        parser.error(f"{given.organisation} is no organisation's id")
    return Options(given.organisation, given.accepted, given.json)


def run(auditor: Auditor, verdicts: Verdicts, options: Options) -> int:
    """Look, print, and return the exit code."""
    try:
        auditor.mark()
        verdict = audit(auditor, options.organisation_id)
        if options.organisation_id is None:
            verdicts.keep(auditor.scope, verdict.as_document())
    except (Unavailable, OSError) as error:
        sys.stderr.write(f"There is no verdict: {error}\n")
        return NO_VERDICT
    text = json.dumps(verdict.as_document(), indent=2) if options.as_json else in_words(verdict)
    sys.stdout.write(f"{text}\n")
    return WELL if verdict.is_well else BROKEN


def in_words(verdict: Verdict) -> str:
    """Return a verdict for people."""
    looked_at = ", ".join(f"{number:,} {kind}" for kind, number in verdict.looked_at.items() if number)
    lines = [f"Looked at {looked_at or 'nothing'} in {verdict.seconds:.1f} s."]
    for finding in verdict.findings:
        lines += [
            "",
            f"{finding.rule.invariant} {finding.record}: {finding.problem}",
            f"   {finding.rule.advice}",
        ]
    lines += [f"   and {number:,} more that break {invariant}." for invariant, number in verdict.more.items()]
    lines += ["", *verdict.notes] if verdict.notes else []
    if verdict.is_well:
        end = "Every invariant holds."
    else:
        broken = ", ".join(f"{invariant} ({number:,})" for invariant, number in verdict.broken.items())
        end = f"Broken: {broken}."
    return "\n".join([*lines, "", end])
