"""What a person sees when something does not work."""

from contextlib import suppress

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from conferral.contracts.errors import ConferralError, NotAuthenticated
from conferral.runtime.logging import get_logger
from services.issuer_web.entrypoints.dashboard.context import cookie_session, to_sign_in

log = get_logger()

STATUSES = {
    "invalid_message": 400,
    "invalid_input": 400,
    "not_authenticated": 401,
    "not_permitted": 403,
    "not_found": 404,
    "conflict": 409,
    "limit_exceeded": 429,
    "design_failed": 422,
    "design_not_installed": 503,
    "deadline_exceeded": 503,
    "unavailable": 503,
}
RETRY_AFTER = 5
"""Seconds."""


def status_of(error: ConferralError) -> int:
    """Return the HTTP status for a service's error."""
    return STATUSES.get(error.code, 500)


def install(app: Flask) -> None:
    """Register the error pages."""
    app.register_error_handler(ConferralError, _service_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _service_error(error: ConferralError) -> ResponseReturnValue:
    if isinstance(error, NotAuthenticated):
        cookie_session().forget()
        return to_sign_in()
    status = status_of(error)
    if not error.permanent:
        log.warning("service_unavailable", code=error.code, path=request.path)
    return _answer(status, error.message if error.permanent else "")


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    """Show a form that keeps what was typed once more, with a fresh token; else say what to do."""
    again = current_app.extensions["show_again"].get(request.endpoint)
    if again and request.view_args is not None:
        with suppress(ConferralError):  # it is not a form that we made
            shown: ResponseReturnValue = again(**request.view_args)
            return shown
    log.info("form_token_refused", reason=str(error.description))
    return _answer(400, "", page="stale_form")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error, SecurityError):  # a foreign host name: our pages have no addresses there
        return "This site is not served under this name.", 400, {"Content-Type": "text/plain"}
    if error.code is None or error.code < 400:  # noqa: PLR2004 - a redirect is raised too
        return error.get_response()
    return _answer(error.code, "")


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("request_failed", path=request.path, exc_info=error)
    return _answer(500, "")


def _answer(status: int, message: str, page: str = "error") -> ResponseReturnValue:
    headers = {"Retry-After": str(RETRY_AFTER)} if status == 503 else {}  # noqa: PLR2004
    if request.path.endswith(".json"):
        return jsonify(status=status, message=message), status, headers
    fragment = "X-Conferral-Fragment" in request.headers
    template = "dashboard/error_fragment.html" if fragment else f"dashboard/{page}.html"
    return render_template(template, status=status, message=message, repeatable=_repeatable(status)), status, headers


def _repeatable(status: int) -> bool:
    """Tell whether Try Again can send the same form once more: a password or a file is never put into a page."""
    if status != 503 or request.method != "POST":  # noqa: PLR2004 - and a form that is too large cannot be read
        return False
    return not request.files and not any("password" in name for name in request.form)
