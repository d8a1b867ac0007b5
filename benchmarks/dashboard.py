"""The dashboard's pages with many users at once.

.venv/bin/python benchmarks/dashboard.py [--users 20] [--pause 1] [--seconds 60] [--credentials 5000]
    [--run .local/run.json]

Three parts, of the same pages in the same shares:

1. *One user*: each page alone, one after the other. Prints how long it takes, and the processor time that each process
   spends on it. That is what the work costs, however busy the machine is otherwise.
2. *Users who read*: ``--users`` people at once. Each asks for a page, waits for it, looks at it for ``--pause`` seconds
   on average (half to one and a half of it), and asks for another at random. Prints the times of each page; people
   look longer than a second, so this is a busy office.
3. *No pause*: the same users ask again at once, which nobody does. It is the most that the machine can serve, and the
   times are those of a queue that is always full.

The list and the group show 50 of the credentials; a page of the list asks the store five times.
"""

import argparse
import random
import re
import statistics
import threading
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlencode, urljoin

import urllib3
from local_system import Session, make_drafts, measured_system, print_table
from processor_time import difference, seconds_by_process

_OK = 200
_ALONE = 40
"""Pages that one user reads of each kind."""
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_LINK = re.compile(r'rel="next" href="([^"]+)"')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between a user's pages, on average")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--credentials", type=int, default=5000)
    parser.add_argument("--run", type=Path, help="run.json of a system that is up")
    options = parser.parse_args()
    with measured_system(options.run) as session:
        drafts = make_drafts(session, options.credentials)
        pages = _pages(session, drafts[0].group_id, drafts[0].id)
        browser = Browser(session)
        pages["second page"] = browser.second_page(pages["overview"])
        for address in pages.values():  # so that the first page's templates are read before it counts
            browser.read(address)
        print(f"one user, {options.credentials} credentials; ms, and processor ms a page by process")
        print_table(_alone(session, browser, pages))
        for pause in (options.pause, 0.0):
            began = time.monotonic()
            times = _load(browser, pages, options, pause)
            pages_a_second = sum(map(len, times.values())) / (time.monotonic() - began)
            print(f"\n{options.users} users, pause {pause:g} s: {pages_a_second:.1f} pages a second; ms")
            print_table(_table(times))


def _alone(session: Session, browser: "Browser", pages: dict[str, str]) -> list[tuple[str, ...]]:
    shown = ("issuer-web-dashboard", "credential-store-rpc", "store", "broker")
    rows: list[tuple[str, ...]] = [("page", "p50", "web", "rpc", "store", "broker", "all")]
    for name, address in pages.items():
        before = seconds_by_process(session.run)
        times = [browser.read(address) for _ in range(_ALONE)]
        used = difference(seconds_by_process(session.run), before)
        costs = [used[process] * 1000 / _ALONE for process in shown]
        cells = (f"{cost:.0f}" for cost in (statistics.median(times) * 1000, *costs, sum(costs)))
        rows.append((name, *cells))
    return rows


def _table(times: dict[str, list[float]]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("page", "pages", "p50", "p95", "p99")]
    everything = [one for taken in times.values() for one in taken]
    for name, taken in [*times.items(), ("all", everything)]:
        cut = statistics.quantiles(taken, n=100, method="inclusive")
        rows.append((name, str(len(taken)), *(f"{cut[at] * 1000:.0f}" for at in (49, 94, 98))))
    return rows


def _pages(session: Session, group_id: str, credential_id: str) -> dict[str, str]:
    """Return name and address of what is measured."""
    base = f"{session.run['dashboard_url']}/o/{session.organisation_id}"
    overview = f"{base}/credentials"
    return {
        "groups": f"{base}/groups",
        "group": f"{base}/groups/{group_id}",
        "overview": overview,
        "unpublished": f"{overview}?state=draft",
        "search": f"{overview}?search=person77",
        "by name": f"{overview}?sort=name",
        "by issue date": f"{overview}?sort=-issue_date",
        "create": f"{base}/groups/{group_id}/create-credentials",
        "publications": f"{base}/publications",
        "credential": f"{base}/credentials/{credential_id}",
    }


class Browser:
    """A session with a cookie; asks over kept connections."""

    def __init__(self, session: Session) -> None:
        self._pool = urllib3.PoolManager(maxsize=64, block=False, retries=False, timeout=30)
        self._base, self._cookies = str(session.run["dashboard_url"]), dict[str, str]()
        page = self._ask("GET", f"{self._base}/sign-in")
        found = _TOKEN.search(page.data.decode())
        token = found[1] if found else ""
        form = {"csrf_token": token, "email": session.run["email"], "password": session.run["password"]}
        self._ask("POST", f"{self._base}/sign-in", urlencode(form).encode())

    def read(self, address: str) -> float:
        """Read a page and return the seconds that it took."""
        began = time.monotonic()
        answer = self._ask("GET", address)
        if answer.status != _OK:
            raise SystemExit(f"{answer.status} for {address}")
        return time.monotonic() - began

    def open(self, address: str) -> urllib3.BaseHTTPResponse:
        """Ask for something long, and return the answer before its body is read."""
        answer = self._ask("GET", address, preload=False)
        if answer.status != _OK:
            raise SystemExit(f"{answer.status} for {address}")
        return answer

    def second_page(self, address: str) -> str:
        """Return the address of the page after this one."""
        found = _LINK.search(self._ask("GET", address).data.decode())
        return urljoin(address, found[1].replace("&amp;", "&")) if found else address

    def _ask(
        self, method: str, address: str, body: bytes | None = None, *, preload: bool = True
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": address}
        answer = self._pool.request(
            method, address, body=body, headers=headers, redirect=False, preload_content=preload
        )
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


def _load(browser: Browser, pages: dict[str, str], options: argparse.Namespace, pause: float) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    lock = threading.Lock()
    end = time.monotonic() + options.seconds

    def user(number: int) -> None:
        dice = random.Random(number)
        time.sleep(dice.uniform(0, pause))
        while time.monotonic() < end:
            name = dice.choice(list(pages))
            took = browser.read(pages[name])
            with lock:
                times[name].append(took)
            time.sleep(dice.uniform(0.5, 1.5) * pause)

    users = [threading.Thread(target=user, args=(number,)) for number in range(options.users)]
    for one in users:
        one.start()
    for one in users:
        one.join()
    return dict(sorted(times.items()))


if __name__ == "__main__":
    main()
