"""Designs: their list, a new one, one changed; each form with a preview beside it."""

from flask import jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound as PageNotFound

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.groups import DesignSummary
from services.issuer_web.entrypoints.dashboard import design_form
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, parts, seal, unseal, visitor
from services.issuer_web.entrypoints.dashboard.design_form import DesignForm
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.previews import Drawn
from services.issuer_web.handlers import studio

routes = organisation_routes("designs")

LONGEST_NAME = 200
MOST_PAGES = 1000


@routes.get("/designs")
def index() -> ResponseReturnValue:
    """List the designs by name, with what each is used for and what is wrong with it."""
    page = min(max(request.args.get("page", 0, type=int), 0), MOST_PAGES)
    found = studio.inventory(visitor(), parts().installed, page)
    return render_template("dashboard/designs.html", inventory=found, page=page)


@routes.get("/designs/new")
@needs("publish")
def new() -> ResponseReturnValue:
    """Let a plugin be chosen; then show its form."""
    plugin = parts().installed.by_id(request.args.get("plugin", ""))
    if plugin is None:
        return render_template("dashboard/design_new.html", plugins=parts().installed.usable())
    return _page(DesignForm.begun(plugin, plugin.name, new_id()))


@routes.post("/designs/new")
@needs("publish")
def create() -> ResponseReturnValue:
    """Save the new design, or show the form again with what was typed."""
    return _send(DesignForm.of_request(), None)


@routes.get("/designs/<id:design_id>")
@needs("publish")
def edit(design_id: str) -> ResponseReturnValue:
    """Show a design's form."""
    design = studio.get_design(visitor(), design_id)
    plugin = parts().installed.by_id(design.pin.plugin_id)
    if plugin is None:
        return render_template("dashboard/design_missing.html", design=design), 503
    return _page(DesignForm.begun(plugin, design.name, design.id, design.pin.options), design)


@routes.post("/designs/<id:design_id>")
@needs("publish")
def amend(design_id: str) -> ResponseReturnValue:
    """Save a change; a colleague's in between is shown, never overwritten unseen."""
    before = _before()  # the form itself says at which revision
    if before is None or before.id != design_id:
        raise PageNotFound
    return _send(DesignForm.of_request(), before)


@routes.get("/designs/<id:design_id>/duplicate")
@needs("publish")
def duplicate(design_id: str) -> ResponseReturnValue:
    """Show the form of a new design with another one's options."""
    design = studio.get_design(visitor(), design_id)
    plugin = parts().installed.by_id(design.pin.plugin_id)
    if plugin is None:
        return render_template("dashboard/design_missing.html", design=design), 503
    name = _("Copy of %(name)s", name=design.name)[:LONGEST_NAME]
    return _page(DesignForm.begun(plugin, name, new_id(), design.pin.options))


@routes.post("/designs/preview.json")
@needs("publish")
def preview() -> ResponseReturnValue:
    """Draw what the form holds, for the page's script. Nothing is stored."""
    form = DesignForm.of_request()
    form.validate()
    return jsonify(design_form.answer(form))


def show_again(design_id: str | None = None, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    del design_id
    return _page(DesignForm.of_request(), _before(), status=400, stale="signed out" if signed_out else "old")


def _before() -> DesignSummary | None:
    """Return the design as the form showed it; None for a new one."""
    sealed = request.form.get("before", "")
    return DesignSummary.model_validate(unseal("design", sealed)) if sealed else None


def _send(form: DesignForm, before: DesignSummary | None) -> ResponseReturnValue:
    right = form.validate()
    if request.form.get("action") == "preview":
        return _page(form, before)
    if not right:
        return _page(form, before, status=400)
    try:
        if before is None:
            studio.create_design(visitor(), form.design_id, form.name, form.plugin, form.options.values)
            return redirect(url_for("designs.index", done="design-created"), 303)
        theirs = studio.amend_design(visitor(), before, form.name, form.plugin, form.options.values)
    except ConferralError as error:
        return _page(form, before, status=status_of(error), error=None if form.note(error) else error)
    if theirs is not None:
        return _page(form, theirs, status=409, clash=form.differences(theirs))
    return redirect(url_for("designs.index", done="design-saved"), 303)


def _page(
    form: DesignForm,
    before: DesignSummary | None = None,
    *,
    status: int = 200,
    error: ConferralError | None = None,
    clash: list[tuple[str, str, str]] | None = None,
    stale: str = "",
) -> ResponseReturnValue:
    # A page that tells of an outage does not wait for a drawing as well.
    drawing = Drawn(failure=error.message) if error else Drawn() if stale else design_form.drawn_sample(form)
    page = render_template(
        "dashboard/design_form.html",
        form=form,
        before=before,
        sealed_before=seal("design", before.model_dump(mode="json")) if before else "",
        newer=before is not None and before.pin.plugin_version != form.plugin.plugin_version,
        drawing=drawing,
        warnings=form.warnings,
        error=error,
        clash=clash,
        stale=stale,
    )
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = design_form.policy(drawing)
    return response
