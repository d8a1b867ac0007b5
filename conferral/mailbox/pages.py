"""The web side: a list of mails, one mail, and the same as JSON."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, select_autoescape
from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from conferral.mailbox.reading import bodies
from conferral.mailbox.storage import Entry, Mailbox

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAGE = 50
MOST = 1000
"""Messages in one answer of the API, and its default."""

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# a mail may style itself and show pictures from anywhere, as it could in a mail program; it may run nothing
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src * data:; font-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_HTML = "text/html; charset=utf-8"
_STATIC_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}

_routes = Map(
    [
        Rule("/", endpoint="index", methods=["GET"]),
        Rule("/messages/<identifier>", endpoint="message", methods=["GET"]),
        Rule("/messages/<identifier>/html", endpoint="html", methods=["GET"]),
        Rule("/messages/<identifier>/raw", endpoint="raw", methods=["GET"]),
        Rule("/clear", endpoint="clear", methods=["POST"]),
        Rule("/static/<name>", endpoint="static", methods=["GET"]),
        Rule("/api/messages", endpoint="api_list", methods=["GET"]),
        Rule("/api/messages", endpoint="api_clear", methods=["DELETE"]),
        Rule("/api/state", endpoint="api_state", methods=["GET"]),
    ]
)


@dataclass(frozen=True)
class _Listing:
    """One page of the list, for the template."""

    entries: list[Entry]
    total: int
    query: str
    page: int
    pages: int
    revision: int


class Pages:
    """A WSGI application over a mailbox.

    :param hosts: names by which it may be asked, without port; others are refused, so that no foreign site whose
        name points to this machine can read the mails.
    """

    def __init__(self, mailbox: Mailbox, hosts: Iterable[str]) -> None:
        self._mailbox = mailbox
        self._hosts = frozenset(hosts)
        self._templates = Environment(
            loader=PackageLoader("conferral.mailbox"), autoescape=select_autoescape(), trim_blocks=True
        )
        loader = PackageLoader("conferral.mailbox", "static")
        plain = Environment(autoescape=False)  # noqa: S701 - files of our own, served as they are
        self._files = {name: loader.get_source(plain, name)[0] for name in loader.list_templates()}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = Response(f"{error.code} {error.name}\n", status=error.code)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.host.rsplit(":", 1)[0].strip("[]") not in self._hosts:
            raise BadRequest
        origin = request.headers.get("Origin")
        if request.method not in {"GET", "HEAD"} and origin not in {None, request.host_url.rstrip("/")}:
            raise BadRequest
        endpoint, arguments = _routes.bind_to_environ(request.environ).match()
        view: Callable[..., Response] = getattr(self, f"_{endpoint}")
        return view(request, **arguments)

    def _index(self, request: Request) -> Response:
        query = request.args.get("q", "").strip()[:200]
        revision = self._mailbox.revision
        entries = self._mailbox.list(query)
        pages = max(1, -(-len(entries) // PAGE))
        page = min(max(1, request.args.get("page", 1, type=int)), pages)
        shown = entries[(page - 1) * PAGE : page * PAGE]
        return self._page("index.html", listing=_Listing(shown, len(entries), query, page, pages, revision))

    def _message(self, request: Request, identifier: str) -> Response:
        entry, content = self._find(identifier)
        views = ("html", "text", "headers", "raw")
        parts = bodies(content)
        view = request.args.get("view", "html" if parts.html else "text")
        if view not in views:
            raise NotFound
        raw = content.decode("utf-8", "replace")
        return self._page("message.html", entry=entry, parts=parts, view=view, views=views, raw=raw)

    def _html(self, _request: Request, identifier: str) -> Response:
        _, content = self._find(identifier)
        # links leave the frame: inside it they could show nothing
        html = _HEAD.sub(r'\g<0><base target="_blank">', bodies(content).html, count=1)
        response = Response(html, content_type=_HTML)
        response.headers["Content-Security-Policy"] = _MAIL_POLICY
        return response

    def _raw(self, _request: Request, identifier: str) -> Response:
        _, content = self._find(identifier)
        return Response(content, content_type="text/plain; charset=utf-8")

    def _clear(self, _request: Request) -> Response:
        self._mailbox.clear()
        return Response(status=303, headers={"Location": "/"})

    def _static(self, _request: Request, name: str) -> Response:
        kind = _STATIC_TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in self._files:
            raise NotFound
        return Response(self._files[name], content_type=kind)

    def _api_list(self, request: Request) -> Response:
        try:
            limit, offset = int(request.args.get("limit", MOST)), int(request.args.get("offset", 0))
        except ValueError as error:
            raise BadRequest from error
        if min(limit, offset) < 0:
            raise BadRequest
        entries = self._mailbox.list(request.args.get("q", "")[:200], request.args.get("recipient", ""))
        shown = entries[offset : offset + min(limit, MOST)]
        response = Response(self._json(shown), content_type="application/json")
        response.headers["X-Total-Count"] = str(len(entries))
        return response

    def _api_clear(self, _request: Request) -> Response:
        return _json({"deleted": self._mailbox.clear()})

    def _api_state(self, _request: Request) -> Response:
        return _json({"revision": self._mailbox.revision})

    def _json(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        """Yield a JSON list, one message at a time: a thousand mails do not fit well into memory."""
        separator = b"["
        for entry in entries:
            content = self._mailbox.content(entry)
            if content is not None:
                yield separator + json.dumps(_as_json(entry, content), ensure_ascii=False).encode("utf-8", "replace")
                separator = b",\n"
        yield b"[]" if separator == b"[" else b"]"

    def _find(self, identifier: str) -> tuple[Entry, bytes]:
        entry = self._mailbox.get(identifier)
        content = self._mailbox.content(entry) if entry else None
        if entry is None or content is None:
            raise NotFound
        return entry, content

    def _page(self, template: str, **values: Any) -> Response:
        return Response(self._templates.get_template(template).render(values), content_type=_HTML)


def _as_json(entry: Entry, content: bytes) -> dict[str, Any]:
    parts = bodies(content)
    return {
        "id": entry.id,
        "subject": entry.subject,
        "recipients": list(entry.recipients),
        "from": entry.from_,
        "to": entry.to,
        "sender": entry.sender,
        "received_at": entry.received_at.isoformat(),
        "html": parts.html,
        "text": parts.text,
        "raw": content.decode("utf-8", "replace"),
    }


def _json(data: dict[str, Any]) -> Response:
    return Response(json.dumps(data), content_type="application/json")
