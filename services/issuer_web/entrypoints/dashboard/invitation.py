"""Where an invitation's link leads: a new person joins with a name and a password, others sign in and accept."""

from contextlib import suppress

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError, NotAuthenticated, NotFound
from conferral.contracts.rpc.accounts import Session
from conferral.contracts.rpc.people import InvitationShown
from services.issuer_web.entrypoints.dashboard.accounts import LONGEST_TOKEN
from services.issuer_web.entrypoints.dashboard.context import cookie_session, user_agent, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.settings_forms import ROLE_MEANINGS, ROLE_NAMES, AcceptForm, note
from services.issuer_web.handlers import accounts, people

routes = Blueprint("invitation", __name__)


@routes.get("/invitation/<token>")
def show(token: str) -> ResponseReturnValue:
    """Say who invites, and what to do."""
    try:
        invitation = people.look_at_invitation(visitor(), token[:LONGEST_TOKEN])
    except NotFound as gone:
        return _gone(gone)
    return _page(token, invitation, AcceptForm(formdata=None))


@routes.post("/invitation/<token>")
def accept(token: str) -> ResponseReturnValue:
    """Join as a new person."""
    form, error, status = AcceptForm(), None, 400
    try:
        invitation = people.look_at_invitation(visitor(), token[:LONGEST_TOKEN])
        if form.validate():
            session = people.accept(visitor(), token[:LONGEST_TOKEN], form.name.data, form.password.data, user_agent())
            cookie_session().sign_in(session)
            return redirect(url_for("accounts.home"), 303)
    except NotFound as gone:
        return _gone(gone)
    except ConferralError as failure:
        error, status = (None if note(form, failure) else failure), status_of(failure)
        invitation = None
    return _page(token, invitation, form, status, error)


@routes.post("/invitation/<token>/join")
def join(token: str) -> ResponseReturnValue:
    """Join as the person who is signed in."""
    try:
        organisation_id = people.join(visitor(), token[:LONGEST_TOKEN])
    except NotAuthenticated:
        return redirect(url_for("accounts.sign_in", next=url_for("invitation.show", token=token)), 303)
    except NotFound as gone:
        return _gone(gone)
    return redirect(url_for("groups.index", organisation_id=organisation_id), 303)


def _gone(gone: NotFound) -> ResponseReturnValue:
    return render_template("dashboard/invitation_gone.html", message=gone.message), 404


def _page(
    token: str,
    invitation: InvitationShown | None,
    form: AcceptForm,
    status: int = 200,
    error: ConferralError | None = None,
) -> ResponseReturnValue:
    page = render_template(
        "dashboard/invitation.html",
        token=token,
        invitation=invitation,
        guest=_signed_in() if invitation and invitation.known else None,
        here=request.path,
        form=form,
        error=error,
        role_names=ROLE_NAMES,
        role_meanings=ROLE_MEANINGS,
    )
    return page, status


def _signed_in() -> Session | None:
    with suppress(ConferralError):
        return accounts.resume(visitor())
    return None
