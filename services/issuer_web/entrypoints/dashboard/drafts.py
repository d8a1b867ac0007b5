"""The Create Credentials page, and what follows it."""

from dataclasses import dataclass

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from conferral.contracts.errors import ConferralError, NotFound
from conferral.contracts.ids import is_id, new_id
from conferral.contracts.rpc.credentials import MOST_ROWS
from services.issuer_web.domain.blocks import MOST_WHOLE, Removed, apply
from services.issuer_web.domain.recipients import Block, blank, read_blocks
from services.issuer_web.domain.shapes import MOST_GROUPS, FormShape
from services.issuer_web.entrypoints.dashboard.choosing import choose_page
from services.issuer_web.entrypoints.dashboard.context import (
    needs,
    open_shape,
    organisation_routes,
    parts,
    seal,
    seal_shape,
    today,
    unseal,
    visitor,
)
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.lists import shown_list
from services.issuer_web.handlers import drafts, groups

routes = organisation_routes("drafts")

REVIEW_PAGE = 200
"""Rows on one page of a review: most batches are reviewed, and published, at once."""
SHOW_ALL = "conferral-show-all"
"""The cookie that remembers Show All Attributes; it says nothing else."""
REMEMBERED = 365 * 24 * 3600
"""Seconds."""


@dataclass(frozen=True)
class Sent:
    """A form as it was sent."""

    shape: FormShape
    form_id: str
    blocks: list[Block]
    removed: Removed | None = None


@routes.get("/groups/<id:group_id>/create-credentials")
@needs("draft")
def new(group_id: str) -> ResponseReturnValue:
    """Show the form for one group with one block."""
    return _empty_form([group_id])


@routes.get("/create-credentials")
@needs("draft")
def new_for_several() -> ResponseReturnValue:
    """Show the form for the groups of the address; or ask for them."""
    single = request.args.get("kind") == "single"
    chosen = [one for one in dict.fromkeys(request.args.getlist("single" if single else "group")) if is_id(one)]
    if not chosen:
        return choose_page("none" if "kind" in request.args else "")
    if len(chosen) > MOST_GROUPS:
        return choose_page("many")
    if len(chosen) == 1:
        return redirect(url_for("drafts.new", group_id=chosen[0]), 303)
    if "kind" in request.args:
        return redirect(url_for("drafts.new_for_several", group=chosen), 303)
    return _empty_form(chosen)


@routes.post("/groups/<id:group_id>/create-credentials")
@needs("draft")
def create(group_id: str) -> ResponseReturnValue:
    """Create all of the form's credentials; or add or remove a block; or say what is wrong."""
    return _create(_read([group_id]))


@routes.post("/create-credentials")
@needs("draft")
def create_for_several() -> ResponseReturnValue:
    """Create the credentials of a form for several groups."""
    return _create(_read(request.args.getlist("group")))


def show_again(group_id: str, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    return _page(_read([group_id]), 400, stale="signed out" if signed_out else "old")


def show_several_again(*, signed_out: bool = False) -> ResponseReturnValue:
    """Do the same for a form for several groups."""
    return _page(_read(request.args.getlist("group")), 400, stale="signed out" if signed_out else "old")


@routes.get("/created/<id:batch_id>")
def created(batch_id: str) -> ResponseReturnValue:
    """Say how many were created, and that nothing has been sent."""
    return render_template("dashboard/created.html", batch_id=batch_id, batch=drafts.count_batch(visitor(), batch_id))


@routes.get("/created/<id:batch_id>/review")
def review(batch_id: str) -> ResponseReturnValue:
    """List just the credentials of one creation."""
    shown = shown_list(None, batch_id, REVIEW_PAGE)
    if not shown["credentials"] and not shown["narrowed"]:
        raise NotFound("There is nothing to review here.")
    expiries = drafts.expiries_of(shown["credentials"])
    return render_template("dashboard/review.html", batch_id=batch_id, expiries=expiries, **shown)


def _empty_form(group_ids: list[str]) -> ResponseReturnValue:
    answers = [groups.get_group(visitor(), group_id) for group_id in group_ids]
    declared = [(answer, groups.declaration(parts().installed, answer)) for answer in answers]
    shape = drafts.shape_for(declared, today())
    return _page(Sent(shape, new_id(), [blank(0, shape)]))


def _create(sent: Sent) -> ResponseReturnValue:
    if action := request.form.get("action"):
        blocks, removed = apply(action, sent.blocks, sent.shape, sent.removed)
        return _page(Sent(sent.shape, sent.form_id, blocks, removed))
    try:
        outcome = drafts.create(visitor(), sent.shape, sent.form_id, sent.blocks)
    except ConferralError as error:
        return _page(sent, status_of(error), error)
    if isinstance(outcome, drafts.Refused):
        return _page(sent, 400, too_many=outcome.rows if outcome.too_many else 0)
    return _remember(redirect(url_for("drafts.created", batch_id=outcome.batch_id), 303))


def _read(group_ids: list[str]) -> Sent:
    """Return the form that was sent.

    :raises InvalidMessage: it is not a form that we made.
    :raises NotFound: it is not a form of these groups.
    """
    shape = open_shape(request.form.get("shape", ""))
    if {group.id for group in shape.groups} != set(group_ids):
        raise NotFound("There is no such group.")
    blocks = read_blocks(request.form.items(multi=True))
    for block in blocks:
        if "anyway_all" in request.form:
            block.consent = block.asked
    sealed = request.form.get("removed")
    removed = Removed.of(unseal("removed", sealed)) if sealed else None
    return Sent(shape, request.form.get("form_id", "")[:64], blocks or [blank(0, shape)], removed)


def _page(
    sent: Sent, status: int = 200, error: ConferralError | None = None, *, stale: str = "", too_many: int = 0
) -> ResponseReturnValue:
    shape, blocks = sent.shape, sent.blocks
    remembered = request.cookies.get(SHOW_ALL) == "1" if request.method == "GET" else "show_all" in request.form
    page = render_template(
        "dashboard/create.html",
        shape=shape,
        sealed=seal_shape(shape),
        form_id=sent.form_id,
        blocks=blocks,
        template_block=blank(0, shape),
        lean=len(blocks) > MOST_WHOLE,
        most=MOST_ROWS,
        refused=sum(block.refused for block in blocks),
        asking=sum(block.asks for block in blocks),
        too_many=too_many,
        show_all=remembered or any(block.shows_hidden_problem for block in blocks),
        removed=sent.removed,
        sealed_removed=seal("removed", sent.removed.plain()) if sent.removed else "",
        error=error,
        stale=stale,
    )
    return _remember(make_response(page, status))


def _remember(response: Response) -> Response:
    """Keep the choice of Show All Attributes for the next form."""
    if request.method == "POST" and not request.form.get("action"):
        response.set_cookie(
            SHOW_ALL,
            "1" if "show_all" in request.form else "0",
            max_age=REMEMBERED,
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
            samesite="Lax",
        )
    return response
