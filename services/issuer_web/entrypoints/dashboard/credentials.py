"""The Credentials Overview, and one credential with its preview."""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from conferral.contracts.errors import ConferralError, InvalidMessage, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialSummary
from services.issuer_web.domain.recipients import Block, FormShape, read_blocks
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
from services.issuer_web.entrypoints.dashboard.lists import choices, shown_list, with_addresses
from services.issuer_web.entrypoints.dashboard.presentation import labels
from services.issuer_web.entrypoints.dashboard.previews import drawn
from services.issuer_web.handlers import credentials, drafts, groups, selections

routes = organisation_routes("credentials")


@routes.get("/credentials")
def index() -> ResponseReturnValue:
    """List all credentials, as the address says."""
    return render_template("dashboard/credentials.html", **overview())


def overview() -> dict[str, Any]:
    """Return what the Credentials Overview shows."""
    saved = with_addresses(selections.saved_filters(visitor()))
    return {**shown_list(), **choices(), "saved": saved, "filter_id": new_id()}


@routes.get("/credentials/<id:credential_id>")
def show(credential_id: str) -> ResponseReturnValue:
    """Show one credential as its recipient will see it, and everything that was entered."""
    credential = credentials.get_credential(visitor(), credential_id)
    return _page(credential, credentials.block_of(credential))


@routes.post("/credentials/<id:credential_id>")
@needs("draft")
def amend(credential_id: str) -> ResponseReturnValue:
    """Store what was amended; a colleague's amendment in between is shown, never overwritten."""
    shape, before, block = _sent(credential_id)
    try:
        outcome = credentials.amend(visitor(), before, before.revision, shape, block)
        if isinstance(outcome, credentials.Clash):
            return _page(outcome.theirs, block, 409, theirs=credentials.block_of(outcome.theirs))
    except ConferralError as error:
        return _form_alone(shape, before, block, status_of(error), error)
    if outcome is None:
        return _form_alone(shape, before, block, 400)
    return redirect(url_for("credentials.show", credential_id=credential_id, done="saved"), 303)


@routes.post("/credentials/<id:credential_id>/delete")
@needs("draft")
def delete(credential_id: str) -> ResponseReturnValue:
    """Delete a draft."""
    revision = request.form.get("revision", type=int)
    if revision is None or not credentials.delete(visitor(), credential_id, revision):
        return redirect(url_for("credentials.show", credential_id=credential_id, done="not-deleted"), 303)
    return redirect(url_for("credentials.index", done="deleted"), 303)


def show_again(credential_id: str, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    shape, before, block = _sent(credential_id)
    return _form_alone(shape, before, block, 400, stale="signed out" if signed_out else "old")


def _sent(credential_id: str) -> tuple[FormShape, CredentialSummary, Block]:
    """Return the form's shape, the credential as the person saw it, and what was typed.

    :raises InvalidMessage: it is not a form that we made.
    :raises NotFound: it is not this credential's form.
    """
    shape = open_shape(request.form.get("shape", ""))
    try:
        before = CredentialSummary.model_validate(unseal("credential", request.form.get("before", "")))
    except ValidationError:
        raise InvalidMessage("credential", "the form is out of date") from None
    if before.id != credential_id:
        raise NotFound("There is no such credential.")
    blocks = read_blocks(request.form.items())
    if not blocks:
        raise InvalidMessage("credential", "the form has no fields")
    return shape, before, blocks[0]


def _page(
    credential: CredentialSummary, block: Block, status: int = 200, theirs: Block | None = None
) -> ResponseReturnValue:
    group = groups.get_group(visitor(), credential.group_id)
    shape = drafts.shape_for(group, groups.declaration(parts().installed, group), today())
    url = credential.url or f"{parts().public_url}/c/{credential.id}"
    drawing = drawn(credentials.preview(parts().caller, group, credential, url))
    page = _rendered(shape, credential, block, group=group, drawing=drawing, theirs=theirs)
    response = make_response(page, status)
    if drawing.policy:
        response.headers["Content-Security-Policy"] = drawing.policy
    return response


def _form_alone(
    shape: FormShape,
    before: CredentialSummary,
    block: Block,
    status: int,
    error: ConferralError | None = None,
    *,
    stale: str = "",
) -> ResponseReturnValue:
    """Show the form with what was typed, without asking anybody for anything."""
    return _rendered(shape, before, block, error=error, stale=stale), status


def _rendered(shape: FormShape, credential: CredentialSummary, block: Block, **values: object) -> str:
    return render_template(
        "dashboard/credential.html",
        credential=credential,
        block=block,
        shape=shape,
        sealed=seal_shape(shape),
        before=seal("credential", credential.model_dump(mode="json")),
        today=today(),
        labels=labels(shape),
        **values,
    )
