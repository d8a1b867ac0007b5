"""What every view of the dashboard needs: the application's parts, and who is asking."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, ParamSpec, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer
from pydantic import ValidationError
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.routing import BaseConverter

from conferral.contracts.actors import ROLE_PERMISSIONS, Permission
from conferral.contracts.errors import ConferralError, InvalidMessage, NotAuthenticated, NotPermitted
from conferral.contracts.ids import is_id
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.accounts import Membership, Session
from services.issuer_web.adapters.static_files import StaticFiles
from services.issuer_web.domain.shapes import FormShape
from services.issuer_web.entrypoints.dashboard.session import CookieSession
from services.issuer_web.handlers import accounts
from services.issuer_web.handlers.designs import InstalledDesigns
from services.issuer_web.handlers.visitor import Question, Visitor
from services.issuer_web.ports import TextRecords

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


@dataclass(frozen=True)
class Parts:
    """What the composition root hands to the dashboard."""

    caller: Caller
    installed: InstalledDesigns
    files: StaticFiles
    public_url: str
    dns: TextRecords


class IdConverter(BaseConverter):
    """An identifier in an address; anything else is an unknown page."""

    regex = "[a-z2-7]{26}"


def parts() -> Parts:
    """Return the application's parts."""
    return cast("Parts", current_app.extensions["conferral"])


def cookie_session() -> CookieSession:
    """Return the request's session."""
    return cast("CookieSession", session._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


def visitor() -> Visitor:
    """Return who asks, in the organisation of the address."""
    token, known = cookie_session().token, g.get("known", {})
    return Visitor(parts().caller, token, g.get("organisation_id"), g.get("failure"), known)


def look_ahead(*questions: Question) -> None:
    """Ask at once for what a page will ask for in many places; who asks for one of these then has it already."""
    g.known = visitor().ask_together(questions)


def client_address() -> str:
    """Return the client's network address, for the limits on attempts."""
    return request.remote_addr or ""


def user_agent() -> str:
    """Return what the browser says of itself, for the person's own list of sessions."""
    return request.headers.get("User-Agent", "")[:300]


def membership() -> Membership | None:
    """Return the person's membership in the organisation of the address; None when the store could not be asked."""
    return cast("Membership | None", g.get("membership"))


def may(permission: Permission) -> bool:
    """Tell whether to offer something. The store decides again when it is done.

    A form that comes back because the store does not answer stays as it was.
    """
    member = membership()
    return request.method == "POST" if member is None else permission in ROLE_PERMISSIONS[member.role]


def today() -> date:
    """Return the day it is in the organisation's zone."""
    member = membership()
    try:
        zone = ZoneInfo(member.timezone if member else "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.now(zone).date()


def organisation_routes(name: str) -> Blueprint:
    """Return routes below an organisation's address, for people who belong to it."""
    routes = Blueprint(name, __name__, url_prefix="/o/<id:organisation_id>")

    @routes.url_value_preprocessor
    def take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.organisation_id = (values or {}).pop("organisation_id", None)

    routes.before_request(load_person)
    return routes


def add_organisation(endpoint: str, values: dict[str, Any]) -> None:
    """Keep links within the organisation of the page that they are on."""
    if "organisation_id" in g and current_app.url_map.is_endpoint_expecting(endpoint, "organisation_id"):
        values.setdefault("organisation_id", g.organisation_id)


def load_person() -> ResponseReturnValue | None:
    """Find out who is asking, before any view of an organisation."""
    person, answer = resume_person()
    if person is None:
        return answer
    found = [member for member in person.memberships if member.organisation_id == g.organisation_id]
    if not found:
        raise PageNotFound
    g.person, g.membership = person, found[0]
    return None


def resume_person() -> tuple[Session | None, ResponseReturnValue | None]:
    """Return who is asking, or the answer to somebody whose session is over.

    When the store does not answer, reading a page fails here; sending a form goes on to its view, with ``g.failure``
    and nobody who asks, which shows the form again with everything that was typed.
    """
    try:
        return accounts.resume(visitor()), None
    except NotAuthenticated:
        return None, signed_out()
    except ConferralError as error:
        if request.method != "POST" or error.permanent:
            raise
        g.failure = error
    return None, None


def signed_out() -> ResponseReturnValue:
    """Answer somebody whose session is over; a form with much in it comes back as it was sent."""
    cookie_session().forget()
    again = current_app.extensions["show_again"].get(request.endpoint)
    if again and request.method == "POST":
        shown: ResponseReturnValue = again(**(request.view_args or {}), signed_out=True)
        return shown
    return to_sign_in()


def to_sign_in() -> ResponseReturnValue:
    """Send somebody who is not signed in to do so, and back afterwards."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("accounts.sign_in", next=wanted), 303)


def safe_path(path: str | None) -> str:
    """Return a path of our own to go to, never another site's address."""
    return path if path and re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", path) else url_for("accounts.home")


def id_argument(name: str) -> str | None:
    """Return an identifier from the query string; one that cannot exist is an unknown page."""
    value = request.args.get(name) or None
    if value is not None and not is_id(value):
        raise PageNotFound
    return value


def seal(purpose: str, data: object) -> str:
    """Return data as text for a hidden field, which only we can have written."""
    return str(URLSafeSerializer(str(current_app.secret_key), salt=f"seal-{purpose}").dumps(data))


def unseal(purpose: str, sealed: str) -> Any:
    """Return the data again.

    :raises InvalidMessage: it is not ours.
    """
    try:
        return URLSafeSerializer(str(current_app.secret_key), salt=f"seal-{purpose}").loads(sealed)
    except BadData:
        raise InvalidMessage(purpose, "this field was not made by us") from None


def seal_shape(shape: FormShape) -> str:
    """Return a form's shape for a hidden field."""
    return seal("shape", shape.model_dump(mode="json"))


def open_shape(sealed: str) -> FormShape:
    """Return a form's shape again.

    :raises InvalidMessage: it is not ours, or an older program's.
    """
    try:
        return FormShape.model_validate(unseal("shape", sealed))
    except ValidationError:
        raise InvalidMessage("shape", "the form is out of date") from None


def needs(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Answer 403 at once where a role does not allow what a page is for. The store checks again."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if membership() is not None and not may(permission):
                raise NotPermitted("Your role in this organisation does not allow this.")
            return view(*args, **kwargs)

        return checked

    return decorate
