"""Signing in and out, and setting a new password."""

from contextlib import suppress

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from conferral.contracts.errors import ConferralError, NotAuthenticated
from services.issuer_web.entrypoints.dashboard.context import (
    client_address,
    cookie_session,
    safe_path,
    to_sign_in,
    user_agent,
    visitor,
)
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.forms import RequestResetForm, ResetForm, SignInForm
from services.issuer_web.handlers import accounts

routes = Blueprint("accounts", __name__)

LONGEST_TOKEN = 500
"""Characters."""


@routes.get("/")
def home() -> ResponseReturnValue:
    """Lead to the groups of the person's first organisation."""
    if cookie_session().token is None:
        return to_sign_in()
    try:
        person = accounts.resume(visitor())
    except NotAuthenticated:
        cookie_session().forget()
        return to_sign_in()
    if not person.memberships and person.operator:
        return redirect(url_for("operations.index"), 303)
    if not person.memberships:
        return render_template("dashboard/no_organisation.html", person=person)
    return redirect(url_for("groups.index", organisation_id=person.memberships[0].organisation_id), 303)


@routes.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Show the form; take address and password."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _page("sign_in", form, 400 if form.is_submitted() else 200)
    try:
        token = accounts.sign_in(visitor(), form.email.data.strip(), form.password.data, client_address(), user_agent())
    except NotAuthenticated:
        return _page("sign_in", form, 401, problem=_("Email or password is wrong."))
    except ConferralError as error:
        return _page("sign_in", form, status_of(error), error=error)
    cookie_session().sign_in(token)
    return redirect(safe_path(request.args.get("next")), 303)


@routes.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session, here and in the store."""
    with suppress(NotAuthenticated):  # it was over already
        accounts.sign_out(visitor())
    cookie_session().forget()
    return redirect(url_for("accounts.sign_in", done="signed-out"), 303)


@routes.route("/forgot-password", methods=["GET", "POST"])
def request_reset() -> ResponseReturnValue:
    """Have a link sent. The answer is the same whether the address is known or not."""
    form = RequestResetForm()
    if not form.validate_on_submit():
        return _page("request_reset", form, 400 if form.is_submitted() else 200)
    try:
        accounts.request_password_reset(visitor(), form.email.data.strip(), client_address())
    except ConferralError as error:
        return _page("request_reset", form, status_of(error), error=error)
    return _page("reset_requested", form, 200)


@routes.route("/reset/<token>", methods=["GET", "POST"])
def reset_password(token: str) -> ResponseReturnValue:
    """Set a new password by the emailed link's token."""
    form = ResetForm()
    if not form.validate_on_submit():
        return _page("reset_password", form, 400 if form.is_submitted() else 200)
    try:
        accounts.reset_password(visitor(), token[:LONGEST_TOKEN], form.password.data)
    except ConferralError as error:
        return _page("reset_password", form, status_of(error), error=error)
    cookie_session().forget()
    return redirect(url_for("accounts.sign_in", done="password-set"), 303)


def _page(name: str, form: object, status: int, **values: object) -> ResponseReturnValue:
    return render_template(f"dashboard/{name}.html", form=form, **values), status
