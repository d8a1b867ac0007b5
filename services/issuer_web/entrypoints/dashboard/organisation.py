"""Settings of the organisation itself."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from conferral.contracts.errors import ConferralError
from conferral.contracts.rpc.organisations import OrganisationAnswer
from services.issuer_web.domain.time_zones import offset, time_zones
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.group_form import Picture
from services.issuer_web.entrypoints.dashboard.settings_forms import OrganisationForm, note
from services.issuer_web.handlers import groups, organisation

routes = organisation_routes("organisation")


@routes.get("/settings/organisation")
@needs("own")
def show() -> ResponseReturnValue:
    """Show the form."""
    settings = organisation.get_settings(visitor())
    fields = settings.content.model_dump(exclude={"logo"})
    return _page(OrganisationForm(revision=settings.revision, **fields), Picture(settings.content.logo))


@routes.post("/settings/organisation")
@needs("own")
def change() -> ResponseReturnValue:
    """Store it; what somebody else stored in between is shown, never overwritten unseen."""
    form = OrganisationForm()
    right = form.validate()
    picture = form.picture(Picture.unsealed(request.form.get("picture", "")))
    if not right or form.logo.errors:
        return _page(form, picture, 400)
    try:
        if picture.content:
            picture = Picture(groups.store_image(visitor(), picture.content))
        revision = request.form.get("revision", 0, type=int)
        clash = organisation.change_settings(visitor(), revision, form.content() | {"logo": picture.digest})
    except ConferralError as error:
        return _page(form, picture, status_of(error), None if note(form, error) else error)
    if clash is not None:
        form.revision.data = clash.theirs.revision
        return _page(form, picture, 409, theirs=clash.theirs)
    return redirect(url_for("organisation.show", done="settings-saved"), 303)


def show_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    form = OrganisationForm()
    picture = form.picture(Picture.unsealed(request.form.get("picture", "")))
    return _page(form, picture, 400, stale="signed out" if signed_out else "old")


def _page(
    form: OrganisationForm,
    picture: Picture,
    status: int = 200,
    error: ConferralError | None = None,
    theirs: OrganisationAnswer | None = None,
    stale: str = "",
) -> ResponseReturnValue:
    zones = [(name, offset(name)) for name in time_zones()]
    page = render_template(
        "dashboard/organisation.html",
        form=form,
        picture=picture,
        error=error,
        theirs=theirs and _differences(form, picture, theirs),
        zones=zones,
        stale=stale or None,
        here=request.path,
    )
    return page, status


def _differences(form: OrganisationForm, picture: Picture, theirs: OrganisationAnswer) -> list[tuple[str, str, str]]:
    """Return label, what is stored, and what was typed, of the fields in which they differ."""
    entered, stored = form.content(), theirs.content.model_dump()
    found = [
        (str(form[name].label.text), str(stored[name] or ""), str(typed or ""))
        for name, typed in entered.items()
        if (stored[name] or "") != (typed or "")
    ]
    if theirs.content.logo != picture.digest:
        found.append((str(form.logo.label.text), _named(theirs.content.logo), _named(picture.digest)))
    return found


def _named(logo: str | None) -> str:
    return str(_("a logo") if logo else _("no logo"))
