"""The installation's own page, for its operators: queues, dead letters, mail, the auditor. No organisation's data."""

from collections.abc import Callable, Mapping

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from conferral.contracts.errors import ConferralError, NotFound, NotPermitted
from conferral.contracts.rpc.operations import LONGEST_REASON
from services.issuer_web.entrypoints.dashboard.context import cookie_session, resume_person, to_sign_in, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.handlers import operations

routes = Blueprint("operations", __name__, url_prefix="/operations")

LETTER_ID = "string(length=32)"
_LONGEST_CURSOR = 100
QUEUES: Mapping[str, object] = {
    "publisher.publish": _("Credentials to draw and publish"),
    "mailer.deliver": _("Emails to send"),
    "publisher.publish.dead": _("Dead letters of publishing, not filed yet"),
    "mailer.deliver.dead": _("Dead letters of emails, not filed yet"),
    "rpc.dead": _("Requests that could not be read, not filed yet"),
}


@routes.before_request
def load_operator() -> ResponseReturnValue | None:
    """Find out who is asking; the store checks again."""
    if cookie_session().token is None:
        return to_sign_in()
    person, answer = resume_person()
    if person is None:
        return answer
    g.person = person
    if not person.operator:
        raise NotPermitted(str(_("Only operators of this installation may see this.")))
    return None


@routes.get("/")
def index() -> ResponseReturnValue:
    """Show how the installation is."""
    return _page()


@routes.post(f"/letters/<{LETTER_ID}:letter_id>/redrive")
def redrive(letter_id: str) -> ResponseReturnValue:
    """Send a dead letter again."""
    return _done("letter-redriven", lambda: operations.redrive(visitor(), letter_id))


@routes.post(f"/letters/<{LETTER_ID}:letter_id>/discard")
def discard(letter_id: str) -> ResponseReturnValue:
    """Give a dead letter up."""
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    return _done("letter-discarded", lambda: operations.discard(visitor(), letter_id, reason), reason)


@routes.post("/mail")
def mail() -> ResponseReturnValue:
    """Hold all mail, or let it flow."""
    flows = request.form.get("mail") == "flows"
    return _done("mail-flows" if flows else "mail-held", lambda: operations.switch_mail(visitor(), flows=flows))


def _done(done: str, work: Callable[[], None], typed: str = "") -> ResponseReturnValue:
    try:
        work()
    except NotFound:
        raise
    except ConferralError as error:
        return _page(status_of(error), error, typed)
    return redirect(url_for("operations.index", done=done), 303)


def _page(status: int = 200, error: ConferralError | None = None, typed: str = "") -> ResponseReturnValue:
    """Show the page. What the store does not tell is left out after a form; its text is still there."""
    look, letters = None, None
    try:
        look = operations.look(visitor())
        letters = operations.letters(visitor(), request.args.get("after", "")[:_LONGEST_CURSOR] or None)
    except ConferralError as failure:
        if request.method != "POST" or failure.permanent:
            raise
        error = error or failure
    page = render_template(
        "dashboard/operations.html",
        error=error,
        look=look,
        letters=letters,
        queues=QUEUES,
        typed=typed,
        longest_reason=LONGEST_REASON,
        # not the template's own: that takes a percent sign for a place to fill in, and these are others' words
        words=gettext,
    )
    return page, status
