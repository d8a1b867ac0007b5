"""The organisation's people: list, invite, change role, remove."""

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError, NotFound
from conferral.contracts.ids import new_id
from services.issuer_web.entrypoints.dashboard.context import may, needs, organisation_routes, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.settings_forms import ROLE_MEANINGS, ROLE_NAMES, InviteForm, note
from services.issuer_web.handlers import people

routes = organisation_routes("people")


@routes.get("/settings/people")
def index() -> ResponseReturnValue:
    """List who belongs to the organisation, and, for owners, who is invited."""
    return _page(InviteForm(formdata=None, invitation_id=new_id()))


@routes.post("/settings/people/invite")
@needs("own")
def invite() -> ResponseReturnValue:
    """Send an invitation, or show the form again with what was typed."""
    form = InviteForm()
    if not form.validate():
        return _page(form, 400)
    try:
        people.invite(visitor(), form.invitation_id.data, form.email.data, form.role.data)
    except ConferralError as error:
        return _page(form, status_of(error), None if note(form, error) else error)
    return redirect(url_for("people.index", done="invited"), 303)


@routes.post("/settings/people/invitations/<id:invitation_id>/resend")
@needs("own")
def resend(invitation_id: str) -> ResponseReturnValue:
    """Send a new link."""
    return _done("invited", lambda: people.resend(visitor(), invitation_id))


@routes.post("/settings/people/invitations/<id:invitation_id>/withdraw")
@needs("own")
def withdraw(invitation_id: str) -> ResponseReturnValue:
    """Make a link useless."""
    return _done("invitation-withdrawn", lambda: people.withdraw(visitor(), invitation_id))


@routes.post("/settings/people/<id:person_id>/role")
@needs("own")
def change_role(person_id: str) -> ResponseReturnValue:
    """Give somebody another role."""
    before, role = request.form.get("before", ""), request.form.get("role", "")
    return _done("role-changed", lambda: people.change_role(visitor(), person_id, before, role))


@routes.post("/settings/people/<id:person_id>/remove")
@needs("own")
def remove(person_id: str) -> ResponseReturnValue:
    """End somebody's membership."""
    return _done("person-removed", lambda: people.remove(visitor(), person_id))


def show_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    return _page(InviteForm(), 400, stale="signed out" if signed_out else "old")


def _done(done: str, work: Callable[[], None]) -> ResponseReturnValue:
    try:
        work()
    except NotFound:  # removed or withdrawn in between, or somebody else's: answered alike
        raise
    except ConferralError as error:
        return _page(InviteForm(formdata=None, invitation_id=new_id()), status_of(error), error)
    return redirect(url_for("people.index", done=done), 303)


def _page(
    form: InviteForm, status: int = 200, error: ConferralError | None = None, stale: str = ""
) -> ResponseReturnValue:
    """Show the page; its lists are left out while the store does not answer, and where nobody knows who asks."""
    everybody, invitations = None, None
    try:
        if not stale:
            everybody = people.list_people(visitor())
            invitations = people.list_invitations(visitor()) if may("own") else ()
    except ConferralError as failure:
        if request.method != "POST" or failure.permanent:
            raise
        error = error or failure
        status = status if status != 200 else status_of(failure)  # noqa: PLR2004 - HTTP
    page = render_template(
        "dashboard/people.html",
        form=form,
        error=error,
        stale=stale,
        everybody=everybody,
        invitations=invitations,
        role_names=ROLE_NAMES,
        role_meanings=ROLE_MEANINGS,
    )
    return page, status
