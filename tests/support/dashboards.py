"""A browser without scripts, for applications in the test's own process: cookies, and forms as they are on the page."""

import re
import secrets
from dataclasses import dataclass
from typing import Any

import lxml.html
from flask import Flask
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


@dataclass(frozen=True)
class Form:
    """A form on a page: where it goes, and what it would send."""

    action: str
    fields: list[tuple[str, str]]

    def value(self, name: str) -> str:
        return next(value for key, value in self.fields if key == name)

    def filled(self, **values: str) -> "Form":
        """Type into fields; ``__`` stands for the hyphen of ``rows-0-name``. A field that is not there is a mistake."""
        changes = {name.replace("__", "-"): value for name, value in values.items()}
        missing = changes.keys() - {name for name, _ in self.fields}
        assert not missing, f"the form has no {missing}"
        return Form(self.action, [(name, changes.get(name, value)) for name, value in self.fields])

    def without(self, name: str) -> "Form":
        return Form(self.action, [field for field in self.fields if field[0] != name])

    def with_field(self, name: str, value: str) -> "Form":
        return Form(self.action, [*self.fields, (name, value)])


class Browser:
    """One visitor of an application. Redirects are not followed, so that each answer can be looked at."""

    def __init__(self, app: Flask, origin: str = "http://127.0.0.1:8800") -> None:
        self._app, self._client = app, app.test_client()
        # an address of its own, because attempts to sign in are limited by address
        address = {"REMOTE_ADDR": f"198.18.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}
        self._options: dict[str, Any] = {"base_url": origin, "environ_overrides": address}

    def twin(self) -> "Browser":
        """Return another window of the same browser, for another thread."""
        other = Browser(self._app, self._options["base_url"])
        for cookie in self._client._cookies.values():  # noqa: SLF001 - there is no public list
            other.keep(cookie.key, cookie.value)
        return other

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._client.get(path, **self._options, **options)

    def head(self, path: str, **options: Any) -> TestResponse:
        return self._client.head(path, **self._options, **options)

    def post(self, path: str, fields: list[tuple[str, str]], **options: Any) -> TestResponse:
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self._client.post(path, data=data, **self._options, **options)

    def form(self, path: str, action: str | None = None) -> Form:
        """Open a page and return its form, or the one whose address ends so."""
        answer = self.get(path)
        assert answer.status_code == 200, f"{path} answered {answer.status_code}"
        return form_on(answer, action or path)

    def submit(self, form: Form, **options: Any) -> TestResponse:
        return self.post(form.action, form.fields, **options)

    def cookie(self, name: str) -> str | None:
        found = self._client.get_cookie(name, domain="127.0.0.1")
        return found.value if found else None

    def keep(self, name: str, value: str) -> None:
        self._client.set_cookie(name, value, domain="127.0.0.1")

    def sign_in(self, email: str, password: str, path: str = "/sign-in") -> TestResponse:
        return self.submit(self.form(path).filled(email=email, password=password))


def form_on(answer: TestResponse, action: str) -> Form:
    """Return the form of a page that goes to this address, or has none and so goes to the page's own."""
    page = lxml.html.fromstring(answer.text)
    for pattern in page.iter("template"):
        pattern.drop_tree()  # what is in there is no part of the form
    for form in page.forms:
        goes_to = form.action or answer.request.full_path.rstrip("?")
        if goes_to.endswith(action) or action in goes_to:
            return Form(goes_to, [(name, value) for name, value in form.form_values() if isinstance(value, str)])
    raise AssertionError(f"no form goes to {action}")


def settled(answer: TestResponse, *names: str) -> str:
    """Return a page's text without what differs from one request to the next, and without these names."""
    text = TOKEN.sub("", answer.text)
    for name in names:
        text = text.replace(name, "…")
    return text
