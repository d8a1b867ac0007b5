"""The dashboard's pages with many users at once, each reading a page, then the next one after a pause.

.venv/bin/python benchmarks/dashboard.py [--users 20] [--pause 2] [--seconds 60] [--credentials 5000]
    [--run .local/run.json]
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

_OK = 200
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_LINK = re.compile(r'rel="next" href="([^"]+)"')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between a user's pages, on average")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--credentials", type=int, default=5000)
    parser.add_argument("--run", type=Path, help="run.json of a system that is up")
    options = parser.parse_args()
    with measured_system(options.run) as session:
        drafts = make_drafts(session, options.credentials)
        pages = _pages(session, drafts[0].group_id, drafts[0].id)
        browser = _Browser(session)
        pages["second page"] = browser.second_page(pages["overview"])
        for address in pages.values():  # so that the first page's templates are read before it counts
            browser.read(address)
        times = _load(browser, pages, options)
    print(f"{options.users} users, a page every {options.pause:g} s each, {options.credentials} credentials")
    rows = [("page", "pages", "p50 ms", "p95 ms")]
    everything = [one for taken in times.values() for one in taken]
    for name, taken in [*times.items(), ("all", everything)]:
        cut = statistics.quantiles(taken, n=100, method="inclusive")
        rows.append((name, str(len(taken)), f"{cut[49] * 1000:.0f}", f"{cut[94] * 1000:.0f}"))
    print_table(rows)


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


class _Browser:
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

    def second_page(self, address: str) -> str:
        """Return the address of the page after this one."""
        found = _LINK.search(self._ask("GET", address).data.decode())
        return urljoin(address, found[1].replace("&amp;", "&")) if found else address

    def _ask(self, method: str, address: str, body: bytes | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Referer": address}
        answer = self._pool.request(method, address, body=body, headers=headers, redirect=False)
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer


def _load(browser: _Browser, pages: dict[str, str], options: argparse.Namespace) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    lock = threading.Lock()
    end = time.monotonic() + options.seconds

    def user(number: int) -> None:
        dice = random.Random(number)
        time.sleep(dice.uniform(0, options.pause))
        while time.monotonic() < end:
            name = dice.choice(list(pages))
            took = browser.read(pages[name])
            with lock:
                times[name].append(took)
            time.sleep(dice.uniform(0.5, 1.5) * options.pause)

    users = [threading.Thread(target=user, args=(number,)) for number in range(options.users)]
    for one in users:
        one.start()
    for one in users:
        one.join()
    return dict(sorted(times.items()))


if __name__ == "__main__":
    main()
