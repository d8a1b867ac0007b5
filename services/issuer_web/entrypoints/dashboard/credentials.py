"""The Credentials Overview, and one credential with its preview."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from conferral.contracts.errors import ConferralError, Conflict, InvalidMessage, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialAnswer, CredentialFilter, CredentialSummary
from services.issuer_web.domain import conflicts
from services.issuer_web.domain.recipients import ATTRIBUTES, Block, read_blocks
from services.issuer_web.domain.shapes import FormAttribute, FormShape, missing
from services.issuer_web.domain.typos import suggest
from services.issuer_web.entrypoints.dashboard.context import (
    id_argument,
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
from services.issuer_web.handlers import credentials, drafts, groups, publications, selections

routes = organisation_routes("credentials")

AMENDABLE = ("draft", "failed", "published")


@dataclass(frozen=True)
class Shown:
    """What the page of one credential shows. ``credential`` is as the person saw it, or sees it now."""

    shape: FormShape
    credential: CredentialSummary
    block: Block
    differences: Mapping[str, conflicts.Difference] = field(default_factory=dict)
    lost: bool = False
    """The credential can no longer be amended; ``differences`` are what was typed in vain."""

    @property
    def missing(self) -> list[FormAttribute]:
        """What the credential, as it is stored, needs for publishing and does not have."""
        return missing(self.shape, self.credential.group_id, self.credential.content.attributes)


@routes.get("/credentials")
def index() -> ResponseReturnValue:
    """List all credentials, as the address says."""
    return render_template("dashboard/credentials.html", **overview())


def overview() -> dict[str, Any]:
    """Return what the Credentials Overview shows."""
    shown = shown_list(beside=(selections.SAVED_FILTERS, groups.to_choose(), publications.on_the_way()))
    saved = with_addresses(selections.saved_filters(visitor()))
    return {**shown, **choices(), "saved": saved, "filter_id": new_id()}


@routes.get("/credentials/<id:credential_id>")
def show(credential_id: str) -> ResponseReturnValue:
    """Show one credential as its recipient will see it, and everything that was entered."""
    answer = credentials.get_answer(visitor(), credential_id)
    return _page(answer, credentials.block_of(answer.credential.content))


@routes.post("/credentials/<id:credential_id>")
@needs("draft")
def amend(credential_id: str) -> ResponseReturnValue:
    """Store what was amended; a colleague's amendment in between is shown, never overwritten."""
    shown = _sent(credential_id)
    if request.form.get("action", "").startswith("suggest-"):
        typed = shown.block.typed
        typed["email"] = suggest(typed.get("email", "")) or typed.get("email", "")
        return _alone(shown, 200)
    block = conflicts.chosen(shown.block, shown.differences)
    if undecided := conflicts.undecided(shown.differences):
        shown.block.problems = undecided
        return _alone(shown, 400)
    try:
        outcome = credentials.amend(visitor(), shown.credential, shown.credential.revision, shown.shape, block)
        if isinstance(outcome, credentials.Clash):
            return _clash(shown, block, outcome.theirs)
    except ConferralError as error:
        return _alone(shown, status_of(error), error)
    if outcome is None:
        shown.block.problems = block.problems
        return _alone(shown, 400)
    done = "unchanged" if outcome.state == "published" else "saved"
    return redirect(url_for("credentials.show", credential_id=credential_id, batch=_batch(), done=done), 303)


@routes.post("/credentials/<id:credential_id>/delete")
@needs("draft")
def delete(credential_id: str) -> ResponseReturnValue:
    """Delete a draft."""
    revision, batch = request.form.get("revision", type=int), _batch()
    if revision is None or not credentials.delete(visitor(), credential_id, revision):
        return redirect(url_for("credentials.show", credential_id=credential_id, batch=batch, done="not-deleted"), 303)
    if batch and _has_more(batch):
        return redirect(url_for("drafts.review", batch_id=batch, done="deleted"), 303)
    return redirect(url_for("credentials.index", done="deleted"), 303)


@routes.post("/credentials/<id:credential_id>/discard")
@needs("draft")
def discard(credential_id: str) -> ResponseReturnValue:
    """Give up the new version: what is live is the credential again."""
    revision = request.form.get("revision", 0, type=int)
    done = "discarded" if credentials.discard_version(visitor(), credential_id, revision) else "not-discarded"
    return redirect(url_for("credentials.show", credential_id=credential_id, done=done), 303)


@routes.post("/credentials/<id:credential_id>/resend")
@needs("publish")
def resend(credential_id: str) -> ResponseReturnValue:
    """Resend Email: one more, however often the button is pressed."""
    after = request.form.get("after", 0, type=int)
    try:
        credentials.resend_email(visitor(), credential_id, max(after, 0))
    except Conflict as refused:
        answer = credentials.get_answer(visitor(), credential_id)
        return _page(answer, credentials.block_of(answer.credential.content), status_of(refused), error=refused)
    return redirect(url_for("credentials.show", credential_id=credential_id, done="resent"), 303)


def _has_more(batch: str) -> bool:
    """Tell whether something is left of a creation."""
    one = credentials.page(CredentialFilter(batch_id=batch), "newest", None, 1)
    return bool(credentials.list_credentials(visitor(), one).credentials)


def _batch() -> str | None:
    """Return the creation whose review leads here and is led back to."""
    return id_argument("batch")


def show_again(credential_id: str, *, signed_out: bool = False) -> ResponseReturnValue:
    """Show what was typed once more, when the form's token is too old to be accepted or the session is over."""
    return _alone(_sent(credential_id), 400, stale="signed out" if signed_out else "old")


def _sent(credential_id: str) -> Shown:
    """Return the form as it was sent: its shape, the credential as the person saw it, what was typed and chosen.

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
    blocks = read_blocks(request.form.items(multi=True))
    if not blocks:
        raise InvalidMessage("credential", "the form has no fields")
    block = blocks[0]
    theirs = credentials.block_of(before.content).typed
    kept = {name.removeprefix("keep-"): value for name, value in request.form.items() if name.startswith("keep-")}
    differences = conflicts.sent(block, theirs, request.form.getlist("differs"), kept)
    return Shown(shape, before, block, differences)


def _clash(shown: Shown, block: Block, answer: CredentialAnswer) -> ResponseReturnValue:
    now = answer.credential
    before, theirs = credentials.block_of(shown.credential.content).typed, credentials.block_of(now.content).typed
    if now.state in AMENDABLE:
        return _page(answer, block, 409, conflicts.differences(before, block.typed, theirs))
    typed = {name: value for name, value in block.typed.items() if value != before.get(name, "")}
    lost = {name: conflicts.Difference(value, theirs.get(name, "")) for name, value in typed.items()}
    return _page(answer, credentials.block_of(now.content), 409, lost, lost=True)


def _page(
    answer: CredentialAnswer,
    block: Block,
    status: int = 200,
    differences: Mapping[str, conflicts.Difference] | None = None,
    *,
    lost: bool = False,
    error: ConferralError | None = None,
) -> ResponseReturnValue:
    credential, live = answer.credential, answer.live
    group = groups.get_group(visitor(), credential.group_id)
    shape = drafts.shape_for([(group, groups.declaration(parts().installed, group))], today())
    url = credential.url or f"{parts().public_url}/c/{credential.id}"
    drawing = drawn(credentials.preview(parts().caller, group, credential, url))
    emails = None
    if credential.published_version or credential.delivery_state != "none":
        emails = credentials.list_emails(visitor(), credential.id)
    shown = Shown(shape, credential, block, differences or {}, lost)
    page = _rendered(
        shown,
        group=group,
        drawing=drawing,
        clash=differences is not None,
        error=error,
        live=live,
        live_block=credentials.block_of(live.content) if live else None,
        stored=credentials.block_of(credential.content),
        emails=emails,
    )
    response = make_response(page, status)
    if drawing.policy:
        response.headers["Content-Security-Policy"] = drawing.policy
    return response


def _alone(shown: Shown, status: int, error: ConferralError | None = None, *, stale: str = "") -> ResponseReturnValue:
    """Show the form with what was typed, without asking anybody for anything."""
    return _rendered(shown, error=error, stale=stale, clash=bool(shown.differences)), status


def _rendered(shown: Shown, **values: object) -> str:
    return render_template(
        "dashboard/credential.html",
        credential=shown.credential,
        block=shown.block,
        shape=shown.shape,
        differences=shown.differences,
        lost=shown.lost,
        missing=shown.missing,
        lacking=[
            attribute.place for attribute in shown.missing if not shown.block.typed.get(ATTRIBUTES + attribute.place)
        ],
        sealed=seal_shape(shown.shape),
        before=seal("credential", shown.credential.model_dump(mode="json")),
        batch=_batch(),
        today=today(),
        labels=labels(shown.shape),
        amendable=AMENDABLE,
        **values,
    )
