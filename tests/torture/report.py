"""The table that a run prints, and the report that is kept."""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from tests.torture.faults import Faults
from tests.torture.oracle import Verdict
from tests.torture.system import SKEW, is_skewed


def rows_of(faults: Faults, verdict: Verdict, settled_after: float) -> list[tuple[str, str]]:
    """Return what was measured, a line each."""
    kills = sum(faults.kills.values())
    risky = faults.kills["mailer-worker"] + faults.kills["store"]
    rate = verdict.unconfirmed_by_faults / risky if risky else 0.0
    return [
        ("SIGKILLs of processes that held work", str(kills)),
        *((f"  {role}", str(number)) for role, number in sorted(faults.kills.items())),
        *((name, str(number)) for name, number in sorted(faults.others.items())),
        ("processes whose clock is minutes off", str(len(SKEW) if is_skewed() else 0)),
        ("credentials asked for", str(verdict.confirmed)),
        ("published", str(verdict.published)),
        ("failed", str(verdict.failed)),
        ("lost", str(verdict.lost)),
        ("emails accepted by the mail server", str(verdict.accepted)),
        ("duplicate emails", str(verdict.duplicates)),
        *((f"emails {state}", str(number)) for state, number in sorted(verdict.emails.items())),
        ("unconfirmed because the mail server never answered", str(verdict.unconfirmed_by_sink)),
        ("unconfirmed because of faults", str(verdict.unconfirmed_by_faults)),
        ("  per kill of a mailer or the store", f"{rate:.2f}"),
        ("settled after the last fault, seconds (worst phase)", f"{settled_after:.0f}"),
        ("invariants broken", str(len(verdict.broken))),
    ]


def print_table(options: argparse.Namespace, faults: Faults, verdict: Verdict, settled_after: float) -> None:
    """Print it."""
    print(f"\nseed {options.seed}, {options.duration:.0f} s of faults")
    rows = rows_of(faults, verdict, settled_after)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value:>8}")
    for line in verdict.broken[:40]:
        print(f"BROKEN {line}")


def write(path: Path, options: argparse.Namespace, faults: Faults, verdict: Verdict, settled_after: float) -> None:
    """Add the run to the report."""
    lines = [
        f"\n## Seed {options.seed}, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"{options.duration:.0f} seconds of faults on {os.cpu_count()} processors.",
        "",
        "| | |",
        "|---|---:|",
        *(f"| {name.strip()} | {value} |" for name, value in rows_of(faults, verdict, settled_after)),
        "",
    ]
    with path.open("a") as file:
        file.write("\n".join(lines))
