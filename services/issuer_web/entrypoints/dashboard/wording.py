"""What a group's emails say: a form with a preview beside it, for a recipient of the group."""

import re

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from conferral.contracts.edition import EmailOccasion
from conferral.contracts.errors import ConferralError, DesignNotInstalled, InvalidMessage, NotFound
from conferral.contracts.ids import is_id
from conferral.contracts.rpc.credentials import CredentialSummary
from conferral.contracts.rpc.groups import GroupAnswer
from conferral.contracts.rpc.previews import EmailPreview
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, parts, today, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.wording_form import OCCASIONS, Offer, WordingForm
from services.issuer_web.entrypoints.security import EMAIL_POLICY, content_policy
from services.issuer_web.handlers import groups, wording
from services.issuer_web.handlers.credentials import PreviewFailure

routes = organisation_routes("wording")

_BODY = re.compile(r"<body[^>]*>", re.IGNORECASE)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


@routes.get("/groups/<id:group_id>/email")
@needs("publish")
def edit(group_id: str) -> ResponseReturnValue:
    """Show the form with what is stored."""
    group = groups.get_group(visitor(), group_id)
    plugin = groups.declaration(parts().installed, group)
    if plugin is None:
        raise DesignNotInstalled("The group's design is not installed at the moment, so nobody knows its email.")
    form = WordingForm.begun(Offer.of(plugin), group.profile.wording)
    return _page(form, group_id, group.group.revision, group)


@routes.post("/groups/<id:group_id>/email")
@needs("publish")
def change(group_id: str) -> ResponseReturnValue:
    """Store what was typed; what somebody else stored in between is shown, never overwritten unseen."""
    form, revision = WordingForm.of_request(), request.form.get("revision", 0, type=int)
    if not form.validate():
        return _page(form, group_id, revision, status=400)
    try:
        clash = wording.change_wording(visitor(), group_id, revision, form.content())
    except ConferralError as error:
        shown = None if form.note(error) else error
        return _page(form, group_id, revision, status=status_of(error), error=shown)
    if clash is not None:
        theirs = clash.theirs
        form.kept = theirs.profile.wording.parts() | {part: form.kept.get(part, "") for part in form.offer.parts}
        return _page(form, group_id, theirs.group.revision, theirs, status=409, clash=form.differences(theirs))
    return redirect(url_for("groups.show", group_id=group_id, done="wording-saved"), 303)


@routes.route("/groups/<id:group_id>/email/preview", methods=["GET", "POST"])
@needs("publish")
def preview(group_id: str) -> ResponseReturnValue:
    """Answer with the email itself, for the frame beside the form. Nothing is stored or sent."""
    try:
        group = groups.get_group(visitor(), group_id)
        form = WordingForm.of_request() if request.method == "POST" else None
        if form is not None and not form.validate():
            return _framed(_("The email is shown again as soon as what is marked is put right."), form.problems)
        words = form.content() if form else group.profile.wording
        chosen = _chosen(group_id)
        plugin = groups.declaration(parts().installed, group)
        content = chosen.content if chosen else wording.sample(plugin, today())
        url = (
            chosen.url
            if chosen and chosen.url
            else f"{parts().public_url}/c/{chosen.id if chosen else wording.SAMPLE_ID}"
        )
        drawn = wording.preview(parts().caller, group, words, content, url, _occasion())
    except NotFound:
        raise
    except ConferralError as error:
        return _framed(error.message)
    if isinstance(drawn, PreviewFailure):
        return _framed(drawn.reason)
    return _email(drawn, group, content.name, content.email)


def show_again(group_id: str, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    revision = request.form.get("revision", 0, type=int)
    stale = "signed out" if signed_out else "old"
    return _page(WordingForm.of_request(), group_id, revision, status=400, stale=stale)


def preview_again(group_id: str, *, signed_out: bool = False) -> ResponseReturnValue:
    """Say in the frame why there is no preview."""
    del group_id, signed_out
    told = _("You have been signed out, or the page was open for long. Save, and what you typed is shown once more.")
    return make_response(_framed(told), 400)


def _chosen(group_id: str) -> CredentialSummary | None:
    chosen = request.values.get("recipient", "")
    return wording.recipient(visitor(), group_id, chosen) if is_id(chosen) else None


def _occasion() -> EmailOccasion:
    """Return which email is to be shown: the first one, unless another was chosen."""
    chosen = request.values.get("occasion", "")
    return next((one for one in OCCASIONS if one == chosen), "issued")


def _email(drawn: EmailPreview, group: GroupAnswer, name: str, address: str) -> Response:
    """Write what a mail program shows above an email on top of it."""
    above = render_template(
        "dashboard/email_above.html", email=drawn, sender=group.organisation, name=name, address=address
    )
    # links lead nowhere: a frame in a sandbox opens no windows
    page = _HEAD.sub(lambda found: found[0] + '<base target="_blank">', drawn.html, count=1)
    return _frame(_BODY.sub(lambda found: found[0] + above, page, count=1))


def _framed(told: str, problems: object = None) -> Response:
    return _frame(render_template("dashboard/email_missing.html", told=told, problems=problems or {}))


def _frame(page: str) -> Response:
    response = make_response(page)
    response.headers["Content-Security-Policy"] = EMAIL_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _page(
    form: WordingForm, group_id: str, revision: int, group: GroupAnswer | None = None, **told: object
) -> ResponseReturnValue:
    """Show the form.

    :param group: where it was read anyway; a form that is shown again in an outage does without.
    :param told: ``status``, and what else the page says: ``error``, ``stale``, ``clash``.
    """
    status = told.pop("status", 200)
    try:
        group = group or groups.get_group(visitor(), group_id)
        recipients = wording.recipients(visitor(), group_id)
    except (ConferralError, InvalidMessage):
        recipients = ()
    page = render_template(
        "dashboard/wording.html",
        form=form,
        group_id=group_id,
        revision=revision,
        group=group,
        recipients=recipients,
        chosen=request.values.get("recipient", ""),
        occasion=_occasion(),
        occasions=OCCASIONS,
        **told,
    )
    response = make_response(page, status)
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.headers["Content-Security-Policy"] = content_policy(frames=True, secure=secure)
    return response
