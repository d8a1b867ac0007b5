"""The Create Credentials page, and what follows it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from conferral.contracts.errors import ConferralError, LimitExceeded, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import MOST_ROWS
from services.issuer_web.domain.recipients import Block, FormShape, blank, read_blocks
from services.issuer_web.entrypoints.dashboard.context import (
    needs,
    open_shape,
    organisation_routes,
    parts,
    seal_shape,
    today,
    visitor,
)
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.entrypoints.dashboard.lists import shown_list
from services.issuer_web.handlers import drafts, groups

routes = organisation_routes("drafts")

REVIEW_PAGE = 200
"""Rows on one page of a review: most batches are reviewed, and published, at once."""


@routes.get("/groups/<id:group_id>/create-credentials")
@needs("draft")
def new(group_id: str) -> ResponseReturnValue:
    """Show the form with one block."""
    answer = groups.get_group(visitor(), group_id)
    shape = drafts.shape_for(answer, groups.declaration(parts().installed, answer), today())
    return _page(shape, new_id(), [blank(0, shape)])


@routes.post("/groups/<id:group_id>/create-credentials")
@needs("draft")
def create(group_id: str) -> ResponseReturnValue:
    """Create all of the form's credentials; or add or remove a block; or say what is wrong."""
    shape, form_id, blocks = _read(group_id)
    if request.form.get("action"):
        return _page(shape, form_id, _changed(blocks, shape, request.form["action"]))
    if len(blocks) > MOST_ROWS:
        told = LimitExceeded(_("A form holds %(most)s recipients. Nothing was created.", most=MOST_ROWS))
        return _page(shape, form_id, blocks[:MOST_ROWS], 400, told)
    try:
        created = drafts.create(visitor(), shape, form_id, blocks)
    except ConferralError as error:
        return _page(shape, form_id, blocks, status_of(error), error)
    if created is None:
        return _page(shape, form_id, blocks, 400)
    return redirect(url_for("drafts.created", batch_id=created.batch_id), 303)


def show_again(group_id: str, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    shape, form_id, blocks = _read(group_id)
    return _page(shape, form_id, blocks, 400, stale="signed out" if signed_out else "old")


@routes.get("/created/<id:batch_id>")
def created(batch_id: str) -> ResponseReturnValue:
    """Say how many were created, and that nothing has been sent."""
    return render_template("dashboard/created.html", batch_id=batch_id, count=drafts.count_batch(visitor(), batch_id))


@routes.get("/created/<id:batch_id>/review")
def review(batch_id: str) -> ResponseReturnValue:
    """List just the credentials of one creation."""
    shown = shown_list(None, batch_id, REVIEW_PAGE)
    if not shown["credentials"] and not shown["narrowed"]:
        raise NotFound("There is nothing to review here.")
    return render_template("dashboard/review.html", batch_id=batch_id, **shown)


def _read(group_id: str) -> tuple[FormShape, str, list[Block]]:
    """Return the form's shape, its id and its blocks.

    :raises InvalidMessage: it is not a form that we made.
    :raises NotFound: it is not this group's form.
    """
    shape = open_shape(request.form.get("shape", ""))
    if group_id not in {group.id for group in shape.groups}:
        raise NotFound("There is no such group.")
    blocks = read_blocks(request.form.items())
    return shape, request.form.get("form_id", "")[:64], blocks or [blank(0, shape)]


def _changed(blocks: list[Block], shape: FormShape, action: str) -> list[Block]:
    """Add or remove a block without JavaScript: ``add``, or ``remove-<number>``."""
    if action == "add" and len(blocks) < MOST_ROWS:
        return [*blocks, blank(blocks[-1].number + 1, shape)]
    kept = [block for block in blocks if action != f"remove-{block.number}"]
    return kept or [blank(0, shape)]


def _page(
    shape: FormShape,
    form_id: str,
    blocks: list[Block],
    status: int = 200,
    error: ConferralError | None = None,
    *,
    stale: str = "",
) -> ResponseReturnValue:
    wrong_blocks = sum(1 for block in blocks if block.problems)
    show_all = "show_all" in request.form or any(block.shows_hidden_problem for block in blocks)
    page = render_template(
        "dashboard/create.html",
        shape=shape,
        sealed=seal_shape(shape),
        form_id=form_id,
        blocks=blocks,
        template_block=blank(0, shape),
        most=MOST_ROWS,
        wrong_blocks=wrong_blocks,
        show_all=show_all,
        error=error,
        stale=stale,
    )
    return page, status
