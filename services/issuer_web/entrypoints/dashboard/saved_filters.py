"""Keeping a filter under a name, and forgetting it."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import InvalidInput, LimitExceeded
from conferral.contracts.ids import is_id, new_id
from services.issuer_web.entrypoints.dashboard import filters
from services.issuer_web.entrypoints.dashboard.context import organisation_routes, visitor
from services.issuer_web.entrypoints.dashboard.credentials import overview
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.handlers import selections
from services.issuer_web.handlers.drafts import sentence

routes = organisation_routes("saved_filters")


@routes.post("/credentials/filters")
def save() -> ResponseReturnValue:
    """Keep the address's filter, in place of the person's one of the same name."""
    asked, name = filters.read(request.args), request.form.get("name", "")[:200]
    filter_id = request.form.get("filter_id", "")
    try:
        selections.save_filter(visitor(), filter_id if is_id(filter_id) else new_id(), name, asked.filter, asked.sort)
    except (InvalidInput, LimitExceeded) as error:
        told = sentence(error.problems[0][1]) if isinstance(error, InvalidInput) and error.problems else error.message
        return render_template("dashboard/credentials.html", **overview(), name=name, wrong_name=told), status_of(error)
    return redirect(filters.address_of(asked.filter, asked.sort), 303)


@routes.post("/credentials/filters/<id:filter_id>/delete")
def delete(filter_id: str) -> ResponseReturnValue:
    """Forget a saved filter; the list stays as it is."""
    selections.delete_saved_filter(visitor(), filter_id)
    return redirect(url_for("credentials.index", **filters.kept(request.args)), 303)
