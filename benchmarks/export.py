"""A list as a CSV file: rows a second, what a row costs each process, and how much their memory grows meanwhile.

.venv/bin/python benchmarks/export.py [--credentials 100000] [--filter state=draft] [--run .local/run.json]

The file is read as it comes, and counted. Memory is the resident set, looked at ten times a second.
"""

import argparse
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dashboard import Browser
from local_system import fill_group, measured_system, print_table
from processor_time import difference, resident_bytes, seconds_by_process

_SHOWN = ("issuer-web-dashboard", "credential-store-rpc", "store", "broker")
_PIECE = 64 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--credentials", type=int, default=100_000, help="0: those that are there")
    parser.add_argument("--filter", default="", help="the list's filter as in its address")
    parser.add_argument("--run", type=Path, help="run.json of a system that is up")
    options = parser.parse_args()
    with measured_system(options.run) as session:
        if options.credentials:
            fill_group(session, options.credentials)
        browser = Browser(session)
        address = f"{session.run['dashboard_url']}/o/{session.organisation_id}/credentials.csv?{options.filter}"
        watch = _Watch(session.run)
        before, began = seconds_by_process(session.run), time.monotonic()
        answer = browser.open(address)
        first, rows, size = 0.0, -1, 0  # the headings are no row
        for piece in answer.stream(_PIECE):
            first = first or time.monotonic() - began
            rows += piece.count(b"\r\n")
            size += len(piece)
        took = time.monotonic() - began
        used, grown = difference(seconds_by_process(session.run), before), watch.end()
    print(
        f"{rows} rows, {size / 1e6:.1f} MB in {took:.1f} s: {rows / took:.0f} a second; the first after {first:.2f} s"
    )
    table: list[tuple[str, ...]] = [("process", "processor ms a 1,000 rows", "memory before MB", "most MB")]
    for name in _SHOWN:
        low, high = grown[name]
        table.append((name, f"{used[name] * 1e6 / max(rows, 1):.0f}", f"{low / 1e6:.0f}", f"{high / 1e6:.0f}"))
    print_table(table)


class _Watch:
    """Notes the most memory of each process until it ends."""

    def __init__(self, run: Mapping[str, Any]) -> None:
        self._run, self._ended = run, threading.Event()
        self._seen = {name: (size, size) for name, size in resident_bytes(run).items()}
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> dict[str, tuple[int, int]]:
        """Return the memory at the beginning and the most, by process."""
        self._ended.set()
        self._thread.join()
        return self._seen

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            for name, size in resident_bytes(self._run).items():
                first, most = self._seen[name]
                self._seen[name] = (first, max(most, size))


if __name__ == "__main__":
    main()
