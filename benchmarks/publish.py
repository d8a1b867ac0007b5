"""From Confirm to the last accepted email: credentials a second, and what they cost in processor time.

    .venv/bin/python benchmarks/publish.py [--count 1000] [--run .local/run.json]

Without ``--run`` it starts a system of its own in a temporary folder. The straightforward way of
``straightforward.py`` is measured in the same run on the same system, with fewer credentials because it is slow.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_system import Session, make_drafts, measured_system, print_table
from processor_time import difference, processor_seconds
from straightforward import publish_one_by_one

from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialSummary
from conferral.contracts.rpc.publications import (
    GET_PUBLICATION,
    REQUEST_PUBLICATION,
    GetPublication,
    RequestPublication,
)

_LONGEST = 600
_STRAIGHTFORWARD_SHARE = 10


@dataclass(frozen=True)
class Measured:
    """One way, measured: ``services`` includes this process where it does the work itself."""

    count: int
    seconds: float
    services: float
    store: float
    broker: float

    @property
    def rate(self) -> float:
        """Credentials a second."""
        return self.count / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="credentials to publish")
    parser.add_argument("--run", type=Path, help="run.json of a system that is up")
    options = parser.parse_args()
    with measured_system(options.run) as session:
        few = max(10, options.count // _STRAIGHTFORWARD_SHARE)
        slow = _measure(session, make_drafts(session, few), publish_one_by_one)
        ours = _measure(session, make_drafts(session, options.count), publish)
    _print(ours, slow)


def _measure(
    session: Session,
    drafts: Sequence[CredentialSummary],
    way: Callable[[Session, Sequence[CredentialSummary]], None],
) -> Measured:
    before, own, began = processor_seconds(session.run), sum(os.times()[:2]), time.monotonic()
    way(session, drafts)
    seconds = time.monotonic() - began
    used = difference(processor_seconds(session.run), before)
    own = sum(os.times()[:2]) - own
    return Measured(len(drafts), seconds, used["services"] + own, used["store"], used["broker"])


def publish(session: Session, drafts: Sequence[CredentialSummary]) -> None:
    """Confirm, and wait until every email is accepted."""
    publication_id = new_id()
    selection = tuple((draft.id, draft.revision) for draft in drafts)
    request = RequestPublication(**session.scope, publication_id=publication_id, credentials=selection)
    session.caller.call(REQUEST_PUBLICATION, request)
    poll = GetPublication(**session.scope, publication_id=publication_id)
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        counts = session.caller.call(GET_PUBLICATION, poll).publication.counts
        if counts.emails_sent >= len(drafts):
            return
        unsent = counts.emails_failed + counts.emails_unconfirmed + counts.emails_cancelled
        if counts.skipped or counts.failed or unsent:
            sys.exit(f"Not everything was published and mailed: {counts}")
        time.sleep(0.25)
    sys.exit(f"Not every email was accepted within {_LONGEST} s: {counts}")


def _print(ours: Measured, slow: Measured) -> None:
    header = ("", "credentials", "seconds", "credentials/s", "per CPU-s of services", "per CPU-s of the store")
    print()
    print_table(
        [
            header,
            *(
                (
                    name,
                    str(measured.count),
                    f"{measured.seconds:.1f}",
                    f"{measured.rate:.1f}",
                    f"{measured.count / measured.services:.1f}",
                    f"{measured.count / measured.store:.1f}",
                )
                for name, measured in (("Conferral", ours), ("one by one", slow))
            ),
            (
                "ratio",
                "",
                "",
                f"{ours.rate / slow.rate:.1f}",
                f"{(ours.count / ours.services) / (slow.count / slow.services):.1f}",
                f"{(ours.count / ours.store) / (slow.count / slow.store):.1f}",
            ),
        ]
    )
    print(f"\nCPU-seconds: services {ours.services:.1f}, store {ours.store:.1f}, broker {ours.broker:.1f}")


if __name__ == "__main__":
    main()
