"""Visiting the dashboard as an issuer's browser does: by addresses, links and forms, with a cookie."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html

from conferral.local.errors import CannotStart

_SECONDS = 30
_TOKEN = "csrf_token"  # noqa: S105 - the field's name


class DashboardRefused(CannotStart):
    """The dashboard answered with an error, or with a form that needs a correction."""


@dataclass(frozen=True)
class Form:
    """What is sent when a form's button is pressed, as names and values in order. Its token is the visitor's."""

    action: str
    values: Sequence[tuple[str, str]]

    def filled(self, values: Mapping[str, str]) -> "Form":
        """Return the form with these values typed into its fields.

        :raises DashboardRefused: there is no such field.
        """
        missing = values.keys() - {name for name, _ in self.values}
        if missing:
            raise DashboardRefused(f"The form has no field {', '.join(sorted(missing))}.")
        return Form(self.action, [(name, values.get(name, value)) for name, value in self.values])


@dataclass(frozen=True)
class Row:
    """A credential in a list. ``tick`` is what its tick box sends; ``reason`` says why it failed, if it did."""

    text: str
    path: str
    tick: str | None
    reason: str


class Page:
    """One page. ``path`` is where one landed, without the server's address, which may change from start to start."""

    def __init__(self, address: str, body: bytes) -> None:
        # Any: the stubs give all that an XPath expression of any kind may return
        self._root = cast("Any", html.fromstring(body.decode(), base_url=address))
        self._root.make_links_absolute()
        for pattern in self._root.xpath("//template"):  # a browser does not count its fields as the form's
            pattern.drop_tree()
        self.path = _path(address)

    @property
    def token(self) -> str | None:
        """The token that a form of this page is sent with."""
        return next(iter(self._root.xpath(f"//input[@name='{_TOKEN}']/@value")), None)

    @property
    def text(self) -> str:
        """What a person reads."""
        return _text(self._root)

    @property
    def problems(self) -> Sequence[str]:
        """What the page says is wrong."""
        return [_text(told) for told in self._root.xpath("//*[@role='alert' or contains(@class, 'wrong')]")]

    def link(self, label: str) -> str:
        """Return the address that the first link with this text leads to.

        :raises DashboardRefused: there is none.
        """
        for link in self._root.xpath("//a[@href]"):
            if _text(link) == label:
                return str(link.get("href"))
        raise DashboardRefused(f"The page {self.path} has no link {label}.")

    def form(self, button: str) -> Form:
        """Return the first form that has a button of this text.

        :raises DashboardRefused: there is none.
        """
        for form in self._root.forms:
            if any(_text(found) == button for found in form.xpath(".//button")):
                values = [(name, value) for name, value in form.form_values() if name != _TOKEN]
                return Form(_path(form.action or self.path), values)
        raise DashboardRefused(f"The page {self.path} has no button {button}.", *self.problems)

    def option(self, field: str, label: str) -> str:
        """Return the value of a select's option with this text.

        :raises DashboardRefused: it offers none.
        """
        for option in self._root.xpath(f"//select[@name='{field}']//option"):
            if _text(option) == label:
                return str(option.get("value"))
        raise DashboardRefused(f"The page {self.path} does not offer {label}.", *self.problems)

    def rows(self) -> Sequence[Row]:
        """Return the credentials that the page lists."""
        return [
            Row(
                text=_text(row),
                path=_path(row.xpath(".//td//a/@href")[0]),
                tick=next(iter(row.xpath(".//input[@type='checkbox']/@value")), None),
                reason=" ".join(map(_text, row.xpath(".//*[contains(@class, 'reason')]"))),
            )
            for row in self._root.xpath("//tbody/tr")
        ]

    def counts_path(self) -> str:
        """Return where a publication's page asks for its counts each second."""
        return str(self._root.xpath("//@data-publication")[0])


class DashboardVisitor:
    """One browser window."""

    def __init__(self, dashboard_url: str) -> None:
        self._home = dashboard_url
        self._token = ""
        # without the environment's proxies: the dashboard is on this machine
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor()
        )

    def open(self, path: str) -> Page:
        """Go to a path, or to a link's address.

        :raises DashboardRefused: the answer is an error page.
        :raises CannotStart: there is no answer.
        """
        return self._page(path, None)

    def press(self, form: Form) -> Page:
        """Send the form, and return the page that follows; see ``open``."""
        return self._page(form.action, [*form.values, (_TOKEN, self._token)])

    def read_json(self, path: str) -> dict[str, Any]:
        """Return what a page's script would ask for; see ``open``."""
        answer: dict[str, Any] = json.loads(self._fetch(path, None)[1])
        return answer

    def _page(self, path: str, values: Sequence[tuple[str, str]] | None) -> Page:
        page = Page(*self._fetch(path, values))
        self._token = page.token or self._token
        return page

    def _fetch(self, path: str, values: Sequence[tuple[str, str]] | None) -> tuple[str, bytes]:
        address = urljoin(self._home, path)
        data = None if values is None else urlencode(values).encode()
        try:
            with self._opener.open(address, data, _SECONDS) as answer:
                return answer.url, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                problems = Page(address, error.read()).problems
            raise DashboardRefused(f"The dashboard answers {error.code} for {path}.", *problems) from None
        except OSError as error:
            raise CannotStart(f"The dashboard does not answer: {error}") from None


def _text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _path(address: str) -> str:
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
