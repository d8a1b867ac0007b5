"""The reader's WSGI application; see ``contracts.public`` for what it serves."""

import hmac
import re
from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import (
    BadRequest,
    Forbidden,
    Gone,
    HTTPException,
    LengthRequired,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.errors import Unavailable
from conferral.contracts.headers import BLOB_TOKEN
from conferral.contracts.ids import is_id
from conferral.contracts.public import PublicCredential
from conferral.runtime.logging import get_logger
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Application

MOST_BLOB_BYTES = 5 * 1024 * 1024
MEDIA_TYPES = frozenset(
    {
        "application/json",
        "application/octet-stream",
        "application/pdf",
        "font/ttf",
        "font/woff2",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "image/webp",
        "text/plain",
    }
)
"""What a blob can be. No HTML: a blob is never a document of its own."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"
_ROUTES = Map(
    [
        Rule("/public/credentials/<credential_id>", endpoint="credential", methods=["GET"]),
        Rule("/blobs/<digest>", endpoint="blob", methods=["GET"]),
        Rule("/blobs/<digest>", endpoint="put_blob", methods=["PUT"]),
    ]
)
_log = get_logger()


class ReaderApplication:
    """A WSGI callable; safe from many threads."""

    def __init__(self, application: Application) -> None:
        self._publishing = application.store.publishing
        self._token = application.settings.blob_token.get_secret_value().encode()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        try:
            response: Any = self._answer(request)
        except HTTPException as error:
            response = error.get_response(environ)
        except Unavailable as error:
            _log.warning("store_unavailable", error=str(error))
            response = ServiceUnavailable("The store does not answer.").get_response(environ)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response(environ, start_response)  # type: ignore[no-any-return]

    def _answer(self, request: Request) -> Response:
        endpoint, values = _ROUTES.bind_to_environ(request.environ).match()
        match endpoint:
            case "credential":
                return self._credential(request, values["credential_id"])
            case "blob":
                return self._blob(request, values["digest"])
            case _:
                return self._put_blob(request, values["digest"])

    def _credential(self, request: Request, credential_id: str) -> Response:
        """Unknown and unpublished are alike: neither is in the collection."""
        stored = (
            self._publishing.public.find(of_system("public_lookup"), credential_id) if is_id(credential_id) else None
        )
        if stored is None:
            raise NotFound
        if stored.get("state") == "erased":
            raise Gone
        body = canonical_json(PublicCredential.model_validate({**stored, "id": stored["_id"]}).encode())
        response = Response(body, mimetype="application/json")
        response.set_etag(digest_of(body)[:32])
        response.headers["Cache-Control"] = _ASK_EACH_TIME
        return response.make_conditional(request)

    def _blob(self, request: Request, digest: str) -> Response:
        if _DIGEST.fullmatch(digest) is None:
            raise NotFound
        if _knows(request, digest):  # content named by its digest cannot have changed, and was there once
            known = Response(status=304)
            known.set_etag(digest)
            known.headers["Cache-Control"] = _FOR_EVER
            return known
        found = self._publishing.blobs.get(digest)
        if found is None:
            raise NotFound
        response = Response(found[0], content_type=found[1])
        response.set_etag(digest)
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["Content-Disposition"] = "attachment"
        return response

    def _put_blob(self, request: Request, digest: str) -> Response:
        if not hmac.compare_digest(request.headers.get(BLOB_TOKEN, "").encode(), self._token):
            raise Forbidden
        if request.content_length is None:
            raise LengthRequired
        if request.content_length > MOST_BLOB_BYTES:
            raise RequestEntityTooLarge
        if request.mimetype not in MEDIA_TYPES:
            raise UnsupportedMediaType
        content = request.get_data(cache=False)
        if digest_of(content) != digest:
            raise BadRequest("The content has another digest.")
        is_new = self._publishing.blobs.put(digest, content, request.content_type)
        return Response(status=201 if is_new else 200)


def _knows(request: Request, digest: str) -> bool:
    return "If-None-Match" in request.headers and request.if_none_match.contains(digest)
