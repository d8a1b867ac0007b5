"""Credential pages, their JSON, and the fonts that they are drawn with."""

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Flask, Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.exceptions import HTTPException

from conferral.contracts.errors import ConferralError, NotFound
from conferral.runtime.logging import get_logger
from services.issuer_web.adapters.page_cache import PageCache
from services.issuer_web.entrypoints.public.rendering import Body, RenderedPage
from services.issuer_web.entrypoints.security import STATIC_MAX_AGE
from services.issuer_web.ports import Blobs, Gone, Missing

log = get_logger()
routes = Blueprint("public", __name__)

# Short, because a revocation has to show; after it a cache asks again, by validator.
CACHING = "public, max-age=5, stale-if-error=600"
RETRY_AFTER = "5"
"""Seconds."""
WOFF2 = b"wOF2"
IMAGES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
JSON_TYPE = "application/vc+ld+json"


@dataclass(frozen=True)
class Parts:
    """What the views need."""

    pages: PageCache[RenderedPage]
    blobs: Blobs


def parts() -> Parts:
    """Return the application's parts."""
    return cast("Parts", current_app.extensions["conferral"])


@routes.get("/c/<id:credential_id>")
def credential(credential_id: str) -> ResponseReturnValue:
    """Show a published credential."""
    page = _find(credential_id)
    response = _send(page.html, "text/html")
    response.headers["Content-Security-Policy"] = page.policy
    response.headers["Content-Language"] = page.language
    if page.indexed:
        response.headers["X-Conferral-Indexed"] = "yes"
    return response.make_conditional(request)


@routes.get("/c/<id:credential_id>.json")
def document(credential_id: str) -> ResponseReturnValue:
    """Answer with the credential's JSON, for programs of any origin."""
    page = _find(credential_id)
    response = _send(page.json, JSON_TYPE)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)


@routes.get("/f/<digest:digest>.woff2")
def font(digest: str) -> ResponseReturnValue:
    """Answer with a font; of all blobs only those are served here. The dashboard's previews use them too."""
    try:
        content = parts().blobs.get(digest)
    except NotFound:
        abort(404)
    if not content.startswith(WOFF2):
        abort(404)
    response = Response(content, mimetype="font/woff2")
    response.headers["Cache-Control"] = f"public, max-age={STATIC_MAX_AGE}, immutable"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@routes.get("/i/<digest:digest>")
def image(digest: str) -> ResponseReturnValue:
    """Answer with an achievement's image; of all blobs only PNG and JPEG are served here."""
    try:
        content = parts().blobs.get(digest)
    except NotFound:
        abort(404)
    kind = next((kind for start, kind in IMAGES.items() if content.startswith(start)), None)
    if kind is None:
        abort(404)
    response = Response(content, mimetype=kind)
    response.headers["Cache-Control"] = f"public, max-age={STATIC_MAX_AGE}, immutable"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@routes.get("/")
def home() -> ResponseReturnValue:
    """Say what this is."""
    return render_template("public/home.html", **_words())


@routes.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Let crawlers in: each page says by itself whether it may be indexed, which they must be able to read."""
    return Response("User-agent: *\nDisallow: /f/\n", mimetype="text/plain")


def install_errors(app: Flask) -> None:
    """Register the error pages."""
    app.register_error_handler(ConferralError, _unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _find(credential_id: str) -> RenderedPage:
    found = parts().pages.get(credential_id)
    if isinstance(found, Missing):
        abort(404)
    if isinstance(found, Gone):
        abort(410)
    return found


def _send(body: Body, media_type: str) -> Response:
    small = bool(request.accept_encodings["gzip"])
    response = Response(body.compressed if small else body.content, mimetype=media_type)
    if small:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{body.etag}-gz" if small else body.etag)
    response.headers["Cache-Control"] = CACHING
    return response


def _unavailable(error: ConferralError) -> ResponseReturnValue:
    log.warning("reader_unavailable", code=error.code)
    return _error_page(503)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is raised too
        return error.get_response()
    return _error_page(error.code)


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request_failed", route=str(request.url_rule), exc_info=error)
    return _error_page(500)


def _words() -> dict[str, str]:
    """Return language and direction of a page that belongs to no credential."""
    locale = get_locale()
    if locale is None:
        return {"language": "en", "direction": "ltr"}
    return {"language": str(locale).replace("_", "-"), "direction": locale.text_direction}


def _error_page(status: int) -> Response:
    response = make_response(render_template("public/error.html", status=status, **_words()), status)
    response.vary.add("Accept-Language")
    response.headers["Cache-Control"] = "no-store" if status >= 500 else "public, max-age=5"  # noqa: PLR2004
    if status == 503:  # noqa: PLR2004
        response.headers["Retry-After"] = RETRY_AFTER
    return response
