"""Serving the static files of either role."""

from flask import Blueprint, Response, abort, request

from services.issuer_web.adapters.static_files import StaticFiles
from services.issuer_web.entrypoints.security import STATIC_MAX_AGE


def blueprint(files: StaticFiles) -> Blueprint:
    """Return the route below ``/static/``."""
    routes = Blueprint("assets", __name__)

    @routes.get("/static/<path:name>")
    def serve(name: str) -> Response:
        """Answer with the file; names hold a digest, so it never changes."""
        file = files.find(name)
        if file is None:
            abort(404)
        small = file.compressed if request.accept_encodings["gzip"] else None
        response = Response(small or file.content, mimetype=file.media_type)
        if small:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = f"public, max-age={STATIC_MAX_AGE}, immutable"
        return response

    return routes
