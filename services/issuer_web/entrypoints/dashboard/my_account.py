"""One's own account: name, password, sessions."""

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from conferral.contracts.errors import ConferralError, NotFound
from services.issuer_web.domain.user_agents import browser_of, system_of
from services.issuer_web.entrypoints.dashboard.context import organisation_routes, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.settings_forms import NameForm, PasswordForm, note
from services.issuer_web.handlers import my_account

routes = organisation_routes("my_account")


@routes.get("/settings/my-account")
def show() -> ResponseReturnValue:
    """Show everything about oneself."""
    return _page()


@routes.post("/settings/my-account/name")
def change_name() -> ResponseReturnValue:
    """Store one's own name."""
    form = NameForm(prefix="person")
    if not form.validate():
        return _page(400, name_form=form)
    try:
        my_account.change_name(visitor(), form.name.data)
    except ConferralError as error:
        return _page(status_of(error), None if note(form, error) else error, name_form=form)
    return redirect(url_for("my_account.show", done="settings-saved"), 303)


@routes.post("/settings/my-account/password")
def change_password() -> ResponseReturnValue:
    """Set a new password."""
    form = PasswordForm(prefix="secret")
    if not form.validate():
        return _page(400, password_form=form)
    try:
        my_account.change_password(visitor(), form.present.data, form.password.data)
    except ConferralError as error:
        return _page(status_of(error), None if note(form, error) else error, password_form=form)
    return redirect(url_for("my_account.show", done="password-changed"), 303)


def show_name_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    return _page(400, name_form=NameForm(prefix="person"), stale=_stale(signed_out=signed_out))


def show_password_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Ask for the passwords once more: they are never sent back."""
    return _page(400, stale=_stale(signed_out=signed_out), retype=True)


@routes.post("/settings/my-account/sessions/<id:session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    """End one session."""
    try:
        my_account.end_session(visitor(), session_id)
    except NotFound:
        raise
    except ConferralError as error:
        return _page(status_of(error), error)
    return redirect(url_for("my_account.show", done="session-ended"), 303)


@routes.post("/settings/my-account/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    """End all sessions but this one."""
    try:
        my_account.end_other_sessions(visitor())
    except ConferralError as error:
        return _page(status_of(error), error)
    return redirect(url_for("my_account.show", done="sessions-ended"), 303)


def _stale(*, signed_out: bool) -> str:
    return "signed out" if signed_out else "old"


def _page(
    status: int = 200,
    error: ConferralError | None = None,
    name_form: NameForm | None = None,
    password_form: PasswordForm | None = None,
    stale: str = "",
    *,
    retype: bool = False,
) -> ResponseReturnValue:
    """Show the page; the sessions are left out while the store does not answer, and where nobody knows who asks."""
    sessions = None
    try:
        sessions = None if stale else my_account.list_sessions(visitor())
    except ConferralError as failure:
        if request.method != "POST" or failure.permanent:
            raise
        error = error or failure
    own_name = g.person.name if "person" in g else ""
    page = render_template(
        "dashboard/my_account.html",
        error=error,
        stale=stale,
        retype=retype,
        name_form=name_form or NameForm(formdata=None, prefix="person", name=own_name),
        password_form=password_form or PasswordForm(formdata=None, prefix="secret"),
        sessions=sessions,
        device=_device,
    )
    return page, status


def _device(user_agent: str) -> str:
    browser, system = browser_of(user_agent), system_of(user_agent)
    if browser and system:
        return str(_("%(browser)s on %(system)s", browser=browser, system=system))
    return browser or system or str(_("Unknown device"))
