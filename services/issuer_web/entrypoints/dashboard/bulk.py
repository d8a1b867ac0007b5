"""Deleting all ticked drafts, or all that match: the dialog, and how far it is."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError
from conferral.contracts.rpc.credentials import CredentialFilter
from services.issuer_web.domain.selection import read_ticks
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, safe_path, unseal, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.handlers import selections

routes = organisation_routes("bulk")


def asked_for_all() -> CredentialFilter | None:
    """Return the filter whose matches are all selected; None: only what is ticked."""
    if not request.form.get("all"):
        return None
    return CredentialFilter.model_validate(unseal("filter", request.form.get("within", "")), strict=False)


@routes.post("/credentials/delete")
@needs("draft")
def ask() -> ResponseReturnValue:
    """Name how many would be deleted: as a dialog's content, or as a page of its own without JavaScript."""
    back, wanted = safe_path(request.form.get("back")), asked_for_all()
    ticked = read_ticks(request.form.getlist("credential")).credentials
    if wanted is None and not ticked:
        return _dialog("nothing_ticked", purpose="delete", back=back)
    frozen = selections.freeze(visitor(), "delete", () if wanted else ticked, wanted)
    return _dialog("delete", frozen=frozen, back=back)


@routes.post("/credentials/delete/<id:selection_id>")
@needs("draft")
def delete(selection_id: str) -> ResponseReturnValue:
    """Delete the next few hundred, and say how far it is. Repeating it deletes nothing else."""
    back, error, status = safe_path(request.form.get("back")), None, 200
    try:
        progress = selections.delete_some(visitor(), selection_id)
    except ConferralError as failure:
        if failure.permanent:
            raise
        progress, error, status = None, failure, status_of(failure)
    page = render_template(
        "dashboard/deleting.html", progress=progress, selection_id=selection_id, back=back, error=error
    )
    return page, status


def _dialog(name: str, **values: object) -> ResponseReturnValue:
    fragment = "X-Conferral-Fragment" in request.headers
    layout = "dashboard/fragment.html" if fragment else "dashboard/layout.html"
    return render_template(f"dashboard/{name}.html", layout=layout, fragment=fragment, **values)
