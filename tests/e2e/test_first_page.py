"""What a browser loads: little, from one place, and once."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

MOST_BYTES = 300_000
"""Of compressed files, for signing in and the first page behind it."""


class Loading:
    """Notes what comes over the wire from now on, and what of it comes from the browser's own cache."""

    def __init__(self, page: Page) -> None:
        self.sent: dict[str, int] = {}
        self.hosts: set[str] = set()
        self.requests: dict[str, str] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._answered)
        session.on("Network.loadingFinished", self._finished)
        self._cached: set[str] = set()
        session.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))

    def _answered(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if not response["url"].startswith("data:"):  # a picture within the style sheet
            self.hosts.add(urlsplit(response["url"]).netloc)
        self.requests[event["requestId"]] = response["url"]
        if response.get("fromDiskCache"):
            self._cached.add(event["requestId"])

    def _finished(self, event: dict[str, Any]) -> None:
        url = self.requests.get(event["requestId"], "")
        if "/static/" in url and event["requestId"] not in self._cached:
            self.sent[url] = self.sent.get(url, 0) + int(event["encodedDataLength"])

    def of_files(self) -> int:
        return sum(self.sent.values())


def sign_in(page: Page, system: dict[str, Any]) -> None:
    page.get_by_label("Email").fill(system["email"])
    page.get_by_label("Password", exact=True).fill(system["password"])
    page.get_by_role("button", name="Sign in", exact=False).click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    page.wait_for_load_state("networkidle")


def test_the_first_page_is_light_comes_from_one_place_and_is_not_loaded_again(
    page: Page, system: dict[str, Any]
) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - playwright marks what it is given
    loading = Loading(page)
    page.goto(system["dashboard_url"])
    page.wait_for_load_state("networkidle")
    sign_in(page, system)
    page.get_by_role("link", name="Credentials", exact=True).click()
    page.wait_for_load_state("networkidle")
    assert any(url.endswith(".woff2") for url in loading.sent), "fonts are counted"
    assert any(".css" in url for url in loading.sent)
    assert loading.of_files() < MOST_BYTES, loading.sent
    assert loading.hosts == {urlsplit(system["dashboard_url"]).netloc}
    files = [one for one in answers if "/static/" in one.url]
    assert all("immutable" in one.headers["cache-control"] for one in files)
    assert all(
        one.headers.get("content-encoding") in ("br", "gzip") for one in files if one.url.endswith((".css", ".js"))
    )

    seen = set(loading.sent)
    for name in ("Groups", "Credentials", "Designs"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_load_state("networkidle")
    page.reload()
    page.wait_for_load_state("networkidle")
    again = Loading(page)
    for name in ("Groups", "Credentials", "Designs"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_load_state("networkidle")
    assert not again.sent, "nothing comes twice"
    assert len(loading.sent) == len(set(loading.sent) | seen)
