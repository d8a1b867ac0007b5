"""The list of groups, a new or changed group, the archive, and one group's credentials."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound as PageNotFound

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.groups import GroupContent, GroupSummary
from conferral.contracts.wording import EmailWording
from services.issuer_web.entrypoints.dashboard.context import (
    look_ahead,
    needs,
    organisation_routes,
    parts,
    seal,
    unseal,
    visitor,
)
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.group_form import GroupForm, Picture, cancel_url, fields_of
from services.issuer_web.entrypoints.dashboard.lists import Pages, shown_list
from services.issuer_web.handlers import groups, publications
from services.issuer_web.handlers.wording import lacking

routes = organisation_routes("groups")

LONGEST_NAME = 200


@routes.get("/groups")
def index() -> ResponseReturnValue:
    """List the groups, newest first: those in use, or the archive."""
    pages, archived = Pages.of_request(), bool(request.args.get("archived"))
    look_ahead(groups.page(pages.cursor, archived=archived), publications.on_the_way())
    answer = groups.list_groups(visitor(), pages.cursor, archived=archived)
    pages = pages.followed_by(answer.cursor)
    return render_template("dashboard/groups.html", groups=answer.groups, archived=archived, pages=pages)


@routes.get("/groups/new")
@needs("publish")
def new() -> ResponseReturnValue:
    """Show the form."""
    choices = groups.design_choices(visitor(), parts().installed)
    wanted = request.args.get("design") if request.args.get("design") in choices.values else None
    return _page(GroupForm(choices, group_id=new_id(), language="en", design=wanted), choices, Picture())


@routes.post("/groups/new")
@needs("publish")
def create() -> ResponseReturnValue:
    """Create the group, or show the form again with what was typed."""
    choices = _choices()
    form = GroupForm(choices)
    return _send(form, choices, None)


@routes.get("/groups/<id:group_id>")
def show(group_id: str) -> ResponseReturnValue:
    """Show a group and its credentials."""
    shown = shown_list(group_id=group_id, beside=(groups.of_group(group_id), publications.on_the_way(group_id)))
    return render_template("dashboard/group.html", group=groups.get_group(visitor(), group_id), **shown)


@routes.get("/groups/<id:group_id>/edit")
@needs("publish")
def edit(group_id: str) -> ResponseReturnValue:
    """Show the form with the group's values."""
    group = groups.get_group(visitor(), group_id).group
    choices = groups.design_choices(visitor(), parts().installed)
    form = GroupForm(choices, **fields_of(group.content))
    return _page(form, choices, Picture(group.content.image), group)


@routes.post("/groups/<id:group_id>/edit")
@needs("publish")
def amend(group_id: str) -> ResponseReturnValue:
    """Store what was changed; a colleague's change in between is shown, never overwritten unseen."""
    before = _before()  # the form itself says at which revision
    if before is None or before.id != group_id:
        raise PageNotFound
    choices = _choices()
    return _send(GroupForm(choices), choices, before)


@routes.get("/groups/<id:group_id>/duplicate")
@needs("publish")
def duplicate(group_id: str) -> ResponseReturnValue:
    """Show the form of a new group with another one's values."""
    answer = groups.get_group(visitor(), group_id)
    content, words = answer.group.content, answer.profile.wording
    choices = groups.design_choices(visitor(), parts().installed)
    name = _("Copy of %(name)s", name=content.name)[:LONGEST_NAME]
    form = GroupForm(choices, group_id=new_id(), **{**fields_of(content), "name": name})
    return _page(form, choices, Picture(content.image), copied=content, words=words)


@routes.post("/groups/<id:group_id>/archive")
@needs("publish")
def archive(group_id: str) -> ResponseReturnValue:
    """Archive the group."""
    return _archive(group_id, archived=True)


@routes.post("/groups/<id:group_id>/unarchive")
@needs("publish")
def unarchive(group_id: str) -> ResponseReturnValue:
    """Take the group out of the archive."""
    return _archive(group_id, archived=False)


def show_again(group_id: str | None = None, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    del group_id  # the form itself says which group it is for
    choices = _choices()
    form = GroupForm(choices)
    picture = form.picture(Picture.unsealed(request.form.get("picture", "")))
    stale = "signed out" if signed_out else "old"
    return _page(form, choices, picture, _before(), status=400, stale=stale, words=_words())


def _archive(group_id: str, *, archived: bool) -> ResponseReturnValue:
    revision = request.form.get("revision", type=int)
    done = "archived" if archived else "unarchived"
    if revision is None or not groups.archive_group(visitor(), group_id, revision, archived=archived):
        done = "group-changed"
    return redirect(url_for("groups.show", group_id=group_id, done=done), 303)


def _send(form: GroupForm, choices: groups.DesignChoices, before: GroupSummary | None) -> ResponseReturnValue:
    """Store the form, or show it again with everything that was typed and chosen."""
    right = form.validate_on_submit()
    picture = form.picture(Picture.unsealed(request.form.get("picture", "")))
    if not right or form.image.errors:
        return _page(form, choices, picture, before, status=400, words=_words())
    try:
        if picture.content:
            picture = Picture(groups.store_image(visitor(), picture.content))
        content = {**form.content(), "image": picture.digest}
        if told := _lacking(form, before):
            form.design.errors = [*form.design.errors, told]
            return _page(form, choices, picture, before, status=400, words=_words())
        if before is None:
            made = (form.group_id.data, form.design.data, content, _words())
            answer = groups.create_group(visitor(), parts().installed, *made)
            return redirect(url_for("groups.show", group_id=answer.group.id, done="created"), 303)
        outcome = groups.amend_group(visitor(), parts().installed, before, form.design.data, content)
    except ConferralError as failure:
        error = None if form.note(failure) else failure
        return _page(form, choices, picture, before, status=status_of(failure), error=error, words=_words())
    if isinstance(outcome, groups.Clash):
        return _page(form, choices, picture, outcome.theirs.group, status=409, mine=outcome.mine)
    return redirect(url_for("groups.show", group_id=before.id, done="group-saved"), 303)


def _before() -> GroupSummary | None:
    """Return the group as the form showed it; None for a new one."""
    sealed = request.form.get("before", "")
    return GroupSummary.model_validate(unseal("group", sealed)) if sealed else None


def _words() -> EmailWording:
    """Return the email's wording that a copy begins with."""
    sealed = request.form.get("words", "")
    return EmailWording.model_validate(unseal("words", sealed)) if sealed else EmailWording()


def _lacking(form: GroupForm, before: GroupSummary | None) -> str:
    """Say what the wording of the group's emails names and the chosen design does not have."""
    design = form.design.data
    if before is None:
        words = _words()
    elif design == before.content.design_id:
        return ""
    else:
        words = groups.get_group(visitor(), before.id).profile.wording
    names = ", ".join(f"{{{name}}}" for name in lacking(visitor(), parts().installed, words.parts(), design))
    if not names:
        return ""
    return str(_("The wording of the group's email names %(names)s, which this design does not have.", names=names))


def _choices() -> groups.DesignChoices:
    """Return the designs that the form offered.

    :raises InvalidMessage: it is not a form that we made.
    """
    saved, installed = unseal("designs", request.form.get("designs", ""))
    return groups.DesignChoices(saved, installed)


def _page(
    form: GroupForm,
    choices: groups.DesignChoices,
    picture: Picture,
    before: GroupSummary | None = None,
    *,
    status: int = 200,
    mine: GroupContent | None = None,
    words: EmailWording | None = None,
    **told: object,
) -> ResponseReturnValue:
    """Show the form.

    :param mine: what was to be stored, where somebody else stored ``before`` in between.
    :param words: of the email, where the form makes a copy.
    :param told: what else the page says: ``error``, ``stale``, ``copied``.
    """
    page = render_template(
        "dashboard/group_form.html",
        form=form,
        choices=choices,
        sealed=seal("designs", [list(choices.saved), list(choices.installed)]),
        picture=picture,
        before=before,
        sealed_words=seal("words", words.model_dump()) if words else "",
        sealed_before=seal("group", before.model_dump(mode="json")) if before else "",
        clash=_differences(form, before.content, mine) if before and mine else None,
        cancel=cancel_url(before.id if before else None),
        **told,
    )
    return page, status


def _differences(form: GroupForm, theirs: GroupContent, mine: GroupContent) -> list[tuple[str, str, str]]:
    """Return label, stored value and own value of each field in which two contents differ."""
    one, other = fields_of(theirs) | {"image": theirs.image}, fields_of(mine) | {"image": mine.image}
    return [
        (form[name].label.text, _shown(form, name, one[name]), _shown(form, name, other[name]))
        for name in one
        if one[name] != other[name]
    ]


def _shown(form: GroupForm, name: str, value: object) -> str:
    if name == "image":
        return str(_("an image") if value else _("no image"))
    choices = dict(getattr(form[name], "choices", None) or ())
    return str(choices.get(value, value if value is not None else ""))
