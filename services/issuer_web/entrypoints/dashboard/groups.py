"""The list of groups, a new group, and one group's credentials."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, parts, seal, unseal, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.forms import GroupForm
from services.issuer_web.entrypoints.dashboard.lists import Pages, shown_list
from services.issuer_web.handlers import groups

routes = organisation_routes("groups")


@routes.get("/groups")
def index() -> ResponseReturnValue:
    """List the groups, newest first."""
    pages = Pages.of_request()
    answer = groups.list_groups(visitor(), pages.cursor)
    return render_template("dashboard/groups.html", groups=answer.groups, pages=pages.followed_by(answer.cursor))


@routes.get("/groups/new")
@needs("publish")
def new() -> ResponseReturnValue:
    """Show the form."""
    choices = groups.design_choices(visitor(), parts().installed)
    form = GroupForm(choices, group_id=new_id(), language="en")
    return render_template("dashboard/group_new.html", form=form, choices=choices, sealed=_seal(choices))


@routes.post("/groups/new")
@needs("publish")
def create() -> ResponseReturnValue:
    """Create the group, or show the form again with what was typed."""
    choices = _choices()
    form, error, status = GroupForm(choices), None, 400
    if form.validate_on_submit():
        try:
            answer = groups.create_group(
                visitor(), parts().installed, form.group_id.data, form.design.data, form.content()
            )
            return redirect(url_for("groups.show", group_id=answer.group.id, done="created"), 303)
        except ConferralError as failure:
            error, status = (None if form.note(failure) else failure), status_of(failure)
    page = render_template("dashboard/group_new.html", form=form, choices=choices, sealed=_seal(choices), error=error)
    return page, status


@routes.get("/groups/<id:group_id>")
def show(group_id: str) -> ResponseReturnValue:
    """Show a group and its credentials."""
    answer = groups.get_group(visitor(), group_id)
    return render_template("dashboard/group.html", group=answer, **shown_list(group_id=group_id))


def show_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    choices = _choices()
    stale = "signed out" if signed_out else "old"
    page = render_template(
        "dashboard/group_new.html", form=GroupForm(choices), choices=choices, sealed=_seal(choices), stale=stale
    )
    return page, 400


def _choices() -> groups.DesignChoices:
    """Return the designs that the form offered.

    :raises InvalidMessage: it is not a form that we made.
    """
    saved, installed = unseal("designs", request.form.get("designs", ""))
    return groups.DesignChoices(saved, installed)


def _seal(choices: groups.DesignChoices) -> str:
    return seal("designs", [list(choices.saved), list(choices.installed)])
