"""Settings of the organisation itself."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError
from conferral.contracts.rpc.organisations import OrganisationAnswer
from services.issuer_web.domain.time_zones import offset, time_zones
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.settings_forms import OrganisationForm, note
from services.issuer_web.handlers import organisation

routes = organisation_routes("organisation")


@routes.get("/settings/organisation")
@needs("own")
def show() -> ResponseReturnValue:
    """Show the form."""
    settings = organisation.get_settings(visitor())
    return _page(OrganisationForm(revision=settings.revision, **settings.content.model_dump()))


@routes.post("/settings/organisation")
@needs("own")
def change() -> ResponseReturnValue:
    """Store it; what somebody else stored in between is shown, never overwritten unseen."""
    form = OrganisationForm()
    if not form.validate():
        return _page(form, 400)
    try:
        revision = int(form.revision.data or 0)
        clash = organisation.change_settings(visitor(), revision, form.content())
    except ValueError:
        return _page(form, 400)
    except ConferralError as error:
        return _page(form, status_of(error), None if note(form, error) else error)
    if clash is not None:
        form.revision.data = clash.theirs.revision
        return _page(form, 409, theirs=clash.theirs)
    return redirect(url_for("organisation.show", done="settings-saved"), 303)


def show_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    return _page(OrganisationForm(), 400, stale="signed out" if signed_out else "old")


def _page(
    form: OrganisationForm,
    status: int = 200,
    error: ConferralError | None = None,
    theirs: OrganisationAnswer | None = None,
    stale: str = "",
) -> ResponseReturnValue:
    zones = [(name, offset(name)) for name in time_zones()]
    page = render_template(
        "dashboard/organisation.html",
        form=form,
        error=error,
        theirs=theirs and _differences(form, theirs),
        zones=zones,
        stale=stale or None,
        here=request.path,
    )
    return page, status


def _differences(form: OrganisationForm, theirs: OrganisationAnswer) -> list[tuple[str, str, str]]:
    """Return label, what is stored, and what was typed, of the fields in which they differ."""
    entered, stored = form.content(), theirs.content.model_dump()
    return [
        (str(form[name].label.text), str(stored[name] or ""), str(typed or ""))
        for name, typed in entered.items()
        if (stored[name] or "") != (typed or "")
    ]
