"""The public page under load: requests at a fixed rate, and how long each took from when it was due.

.venv/bin/python benchmarks/page.py [--rate 100] [--seconds 20] [--run .local/run.json]
"""

import argparse
import itertools
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import urllib3
from local_system import Session, make_drafts, measured_system
from publish import publish

_CREDENTIALS = 50
_CONNECTIONS = 32
_OK = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=100, help="requests a second")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--run", type=Path, help="run.json of a system that is up")
    options = parser.parse_args()
    with measured_system(options.run) as session:
        urls = _pages(session)
        _load(urls, options.rate, 2)  # so that the first page's templates are read before it counts
        times, failed = _load(urls, options.rate, options.seconds)
    cut = statistics.quantiles(times, n=100, method="inclusive")
    print(f"{len(times)} requests at {options.rate}/s over {len(urls)} pages, {failed} failed")
    print(f"p50 {cut[49] * 1000:.1f} ms, p90 {cut[89] * 1000:.1f} ms, p99 {cut[98] * 1000:.1f} ms")


def _pages(session: Session) -> list[str]:
    drafts = make_drafts(session, _CREDENTIALS)
    publish(session, drafts)
    return [f"{session.run['public_url']}/c/{draft.id}" for draft in drafts]


def _load(urls: list[str], rate: int, seconds: int) -> tuple[list[float], int]:
    """Ask at the fixed rate, however slow the answers are; return seconds per request, and how many failed."""
    pool = urllib3.PoolManager(maxsize=_CONNECTIONS, block=False, retries=False, timeout=10)
    times: list[float] = []
    failures = itertools.count()
    lock = threading.Lock()

    def ask(url: str, due: float) -> None:
        ok = pool.request("GET", url).status == _OK
        took = time.monotonic() - due
        with lock:
            times.append(took)
            if not ok:
                next(failures)

    with ThreadPoolExecutor(_CONNECTIONS) as workers:
        began = time.monotonic()
        for number in range(rate * seconds):
            due = began + number / rate
            time.sleep(max(0.0, due - time.monotonic()))
            workers.submit(ask, urls[number % len(urls)], due)
    return times, next(failures)


if __name__ == "__main__":
    main()
