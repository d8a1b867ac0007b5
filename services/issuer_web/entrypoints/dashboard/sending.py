"""Settings of sending: sender, mail server, and a test email that shows the server's own words."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import is_id, new_id
from conferral.contracts.rpc.sending import SendingAnswer, SendingContent, TrialEmail
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.settings_forms import SendingForm, note
from services.issuer_web.handlers import sending

routes = organisation_routes("sending")


@routes.get("/settings/sending")
@needs("own")
def show() -> ResponseReturnValue:
    """Show the form, and how a test email fares."""
    settings = sending.get_sending(visitor())
    test_id = request.args.get("test", "")
    test = sending.get_test(visitor(), test_id) if is_id(test_id) else None
    used = settings.used_address if settings.used_address != settings.content.sender_address else ""
    return _page(_filled(settings), has_password=settings.has_password, test=test, used=used)


@routes.post("/settings/sending")
@needs("own")
def change() -> ResponseReturnValue:
    """Store it; what somebody else stored in between is shown, never overwritten unseen."""
    form = SendingForm()
    has_password = "has_password" in request.form
    if not form.validate():
        return _page(form, 400, has_password=has_password)
    try:
        content = form.content()
        clash = sending.change_sending(visitor(), int(form.revision.data or 0), content, form.password.data or "")
    except ValueError:
        return _page(form, 400, has_password=has_password)
    except ConferralError as error:
        shown = None if note(form, error) else error
        return _page(form, status_of(error), has_password=has_password, error=shown)
    if clash is not None:
        form.revision.data = clash.theirs.revision
        theirs = _differences(content, clash.theirs.content)
        return _page(form, 409, has_password=clash.theirs.has_password, theirs=theirs)
    test = _try_out() if content.server is not None else None
    return redirect(url_for("sending.show", done="settings-saved", test=test), 303)


@routes.post("/settings/sending/test")
@needs("own")
def send_test() -> ResponseReturnValue:
    """Send a test email to whoever asks."""
    test_id = request.form.get("test", "")
    test_id = test_id if is_id(test_id) else new_id()
    try:
        sending.send_test(visitor(), test_id)
    except ConferralError as error:
        if not error.permanent:
            raise
        settings = sending.get_sending(visitor())
        return _page(_filled(settings), status_of(error), has_password=settings.has_password, error=error)
    return redirect(url_for("sending.show", test=test_id, _anchor="test"), 303)


@routes.get("/settings/sending/test/<id:test_id>")
@needs("own")
def follow_test(test_id: str) -> ResponseReturnValue:
    """Answer with the part of the page that tells how the test email fares, to be asked for each second."""
    test = sending.get_test(visitor(), test_id)
    return render_template("dashboard/test_email.html", test=test, test_moving=test.state in sending.MOVING)


def show_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    stale = "signed out" if signed_out else "old"
    return _page(SendingForm(), 400, has_password="has_password" in request.form, stale=stale)


def _try_out() -> str | None:
    """Send a test email by the server that was saved, so that settings that do not work are found at once."""
    test_id = new_id()
    try:
        sending.send_test(visitor(), test_id)
    except ConferralError:  # saved it is; too many were sent lately, or the store went away
        return None
    return test_id


def _filled(settings: SendingAnswer) -> SendingForm:
    content = settings.content
    server = content.server.model_dump() if content.server else {}
    return SendingForm(
        formdata=None,
        revision=settings.revision,
        way="own" if server else "installation",
        **content.model_dump(exclude={"server"}),
        **server,
    )


def _page(
    form: SendingForm,
    status: int = 200,
    *,
    has_password: bool = False,
    error: ConferralError | None = None,
    theirs: list[tuple[str, str]] | None = None,
    test: TrialEmail | None = None,
    **told: str,
) -> ResponseReturnValue:
    """Show the page. ``told``: what else it says: ``used``, ``stale``."""
    page = render_template(
        "dashboard/sending.html",
        form=form,
        has_password=has_password,
        error=error,
        theirs=theirs,
        test=test,
        **told,
        test_moving=test is not None and test.state in sending.MOVING,
        next_test=new_id(),
    )
    return page, status


def _differences(mine: SendingContent, theirs: SendingContent) -> list[tuple[str, str]]:
    """Return what is stored and what was typed, where they differ."""
    pairs = [(getattr(theirs, name), getattr(mine, name)) for name in ("sender_name", "sender_address", "reply_to")]
    servers = [content.server and f"{content.server.host}:{content.server.port}" for content in (theirs, mine)]
    pairs.append((servers[0], servers[1]))
    return [(stored or "", typed or "") for stored, typed in pairs if stored != typed]
