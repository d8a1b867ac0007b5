"""``python -m tests.torture --seed 1 --duration 120``; see ``make torture``."""

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.torture.faults import EVERY_KIND, Faults
from tests.torture.oracle import Verdict, audited, judge
from tests.torture.report import print_table, write
from tests.torture.system import System, system
from tests.torture.work import Issuer, sign_in

_BACKLOG = 300
_PHASE_SECONDS = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--duration", type=float, default=120.0, help="seconds of faults")
    parser.add_argument("--batch", type=int, default=100, help="credentials confirmed together")
    parser.add_argument("--settle", type=float, default=60.0, help="seconds that everything has to settle in")
    parser.add_argument("--polite", action="store_true", help="all mail servers behave")
    parser.add_argument("--calm", action="store_true", help="no faults")
    parser.add_argument("--report", type=Path, help="write the report there")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="conferral-torture-"))
    print(f"seed {options.seed}, logs in {root}", flush=True)
    with system(root) as running:
        issuer = sign_in(running.running.addresses, random.Random(options.seed), polite=options.polite)
        issuer.make_group()
        faults = Faults(running, random.Random(options.seed + 1), issuer.organisation_id)
        verdict, settled_after = torture(running, issuer, faults, options)
        issuer.client.close()
    print_table(options, faults, verdict, settled_after)
    if options.report:
        write(options.report, options, faults, verdict, settled_after)
    sys.exit(1 if verdict.broken else 0)


def torture(running: System, issuer: Issuer, faults: Faults, options: argparse.Namespace) -> tuple[Verdict, float]:
    """Work and do harm until the time is up; wait, judge after each phase."""
    end = time.monotonic() + options.duration
    stopping = threading.Event()
    troubles: list[str] = []
    worst = 0.0
    while True:
        stopping.clear()
        worker = threading.Thread(target=_work, args=(issuer, options.batch, stopping, troubles), daemon=True)
        worker.start()
        phase_end = min(end, time.monotonic() + _PHASE_SECONDS)
        if not options.calm:
            for name in faults.dice.sample(EVERY_KIND, 3):
                faults.do(name)
        while time.monotonic() < phase_end:
            if options.calm:
                time.sleep(0.5)
            else:
                faults.one()
                time.sleep(faults.dice.uniform(0.0, 0.2))
        if not options.calm:
            # the last fault of each phase; it also ends the transactions of processes that were killed in the middle
            # of one, whose locks the embedded store would keep for a minute (docs/reliability.md)
            faults.do("kill store")
        stopping.set()
        worker.join(120)
        running.wait_ready()
        took = _settle(issuer, options.settle)
        worst = max(worst, took)
        verdict = judge(running.running.addresses.mongodb_uri, running.accepted, issuer.organisation_id, issuer.made)
        verdict.broken += troubles + audited(running.store_environment, running.accepted)
        kills = sum(faults.kills.values())
        print(
            f"{verdict.published} published, {verdict.accepted} accepted, {kills} kills, settled after {took:.0f} s, "
            f"{verdict.unconfirmed_by_faults} unconfirmed by faults, {len(verdict.broken)} broken; "
            + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in faults.seconds.items()), flush=True,
        )  # fmt: skip
        if verdict.broken or time.monotonic() >= end:
            return verdict, worst


def _work(issuer: Issuer, batch: int, stopping: threading.Event, troubles: list[str]) -> None:
    try:
        while not stopping.is_set():
            open_ones = [one for one in list(issuer.publications)[-6:] if not issuer.settled(one)]
            if sum(issuer.publications[one] for one in open_ones) < _BACKLOG:
                issuer.publish_new(batch)
            else:
                stopping.wait(0.5)
    except Exception as error:
        troubles.append(f"I1: the issuer was refused: {type(error).__name__}: {error}")
        raise


def _settle(issuer: Issuer, most: float) -> float:
    began = time.monotonic()
    while not issuer.all_settled() and time.monotonic() - began < most:
        time.sleep(0.5)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
