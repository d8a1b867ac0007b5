"""Publish, Confirm, and the page that shows a publication moving."""

import json
from collections import Counter
from dataclasses import replace

from flask import abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import is_id, new_id
from conferral.contracts.rpc.selections import Expiries
from services.issuer_web.domain.selection import UNREACHABLE, Selection, of_frozen, read_ticks, with_unreachable
from services.issuer_web.entrypoints.dashboard.bulk import asked_for_all
from services.issuer_web.entrypoints.dashboard.context import (
    needs,
    organisation_routes,
    safe_path,
    seal,
    unseal,
    visitor,
)
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.handlers import publications, selections

routes = organisation_routes("publications")


@routes.get("/publications")
def index() -> ResponseReturnValue:
    """List the latest publications."""
    return render_template("dashboard/publications.html", publications=publications.latest(visitor()))


@routes.post("/publications/confirm")
@needs("publish")
def confirm() -> ResponseReturnValue:
    """Name what Confirm would publish: as a dialog's content, or as a page of its own without JavaScript."""
    back, wanted = safe_path(request.form.get("back")), asked_for_all()
    if wanted is not None:
        selection = of_frozen(selections.freeze(visitor(), "publish", wanted=wanted))
    else:
        selection = read_ticks(request.form.getlist("credential"))
    return _asked(selection, back, "nothing" if wanted is not None else "unticked")


@routes.post("/publications/<id:publication_id>/retry")
@needs("publish")
def retry(publication_id: str) -> ResponseReturnValue:
    """Name what Confirm would publish of all that failed in a publication, on whichever page it is listed."""
    back = url_for("publications.show", publication_id=publication_id)
    selection = of_frozen(selections.freeze(visitor(), "publish", publication_id=publication_id))
    return _asked(selection, back, "settled")


def _asked(selection: Selection, back: str, otherwise: str) -> ResponseReturnValue:
    """Ask for Confirm.

    :param otherwise: why there may be nothing to confirm.
    """
    if not selection.groups:
        return _dialog("nothing_ticked", purpose="publish", why=otherwise, back=back)
    told = publications.prepare(visitor(), new_id(), selection)
    return _dialog("confirm", told=told, summary=_seal(told), back=back)


@routes.post("/publications")
@needs("publish")
def publish() -> ResponseReturnValue:
    """Start the publication. The same dialog's second Confirm leads to the same publication."""
    publication_id, summary = request.form.get("publication_id", ""), request.form.get("summary", "")
    selection = _frozen_in(summary) or read_ticks(request.form.getlist("credential"))
    try:
        started = publications.request(visitor(), publication_id, selection, tell_again=_tell_again())
    except ConferralError as error:
        back = safe_path(request.form.get("back"))
        told = _unseal(summary, publication_id, selection)
        return _dialog("confirm", told=told, summary=summary, back=back, error=error)
    return redirect(url_for("publications.show", publication_id=started.id), 303)


@routes.get("/publications/<id:publication_id>")
def show(publication_id: str) -> ResponseReturnValue:
    """Show where a publication stands."""
    publication = publications.get_publication(visitor(), publication_id)
    trouble, first = publications.troubles(publication.counts), max(request.args.get("from", 0, type=int), 0)
    return render_template(
        "dashboard/publication.html",
        publication=publication,
        phase=publications.phase(publication),
        moving=publications.is_moving(publication),
        progress=publications.progress(publication.counts),
        trouble=trouble,
        problems=publications.problems(visitor(), publication_id, first) if trouble else None,
        first=first,
    )


@routes.post("/publications/<id:publication_id>/<any(pause, resume, cancel):action>")
@needs("publish")
def control(publication_id: str, action: str) -> ResponseReturnValue:
    """Pause sending, Resume, Cancel what is left."""
    publications.control(visitor(), action, publication_id)
    return redirect(url_for("publications.show", publication_id=publication_id), 303)


@routes.get("/publications/moving")
def moving() -> ResponseReturnValue:
    """Answer with the lines that lists show while something moves, for them to show again."""
    group_id = request.args.get("group_id")
    if group_id is not None and not is_id(group_id):
        abort(404)
    return render_template("dashboard/moving.html", moving_group=group_id)


@routes.get("/publications/<id:publication_id>.json")
def counts(publication_id: str) -> ResponseReturnValue:
    """Answer with the counts, for the page to show each second."""
    publication = publications.get_publication(visitor(), publication_id)
    return jsonify(
        **publication.counts.model_dump(),
        status=publication.status,
        progress=publications.progress(publication.counts),
        moving=publications.is_moving(publication),
        phase=publications.phase(publication),
        trouble=publications.troubles(publication.counts),
    )


def _dialog(name: str, *, error: ConferralError | None = None, **values: object) -> ResponseReturnValue:
    fragment = "X-Conferral-Fragment" in request.headers
    layout = "dashboard/fragment.html" if fragment else "dashboard/layout.html"
    page = render_template(f"dashboard/{name}.html", layout=layout, fragment=fragment, error=error, **values)
    return page, status_of(error) if error else 200


def _seal(told: publications.Confirmation) -> str:
    """Keep what the dialog names inside it, so that it can be shown again when the store does not answer."""
    names = [list(told.group_names), told.unnamed_groups, told.sender_name, told.sender_address]
    chosen, expiries = told.selection, told.selection.expiries.model_dump(mode="json")
    return seal(
        "confirmation", [names, [chosen.frozen_id, chosen.frozen, chosen.left, dict(chosen.warnings)], expiries]
    )


def _frozen_in(sealed: str) -> Selection | None:
    """Return the frozen selection that a dialog is of; None: it is of ticked rows."""
    frozen_id, frozen, left, warnings = unseal("confirmation", sealed)[1]
    if not frozen_id:
        return None
    return Selection(frozen_id=frozen_id, frozen=frozen, left=left, warnings=Counter(warnings))


def _unseal(sealed: str, publication_id: str, selection: Selection) -> publications.Confirmation:
    (names, unnamed, sender_name, sender_address), (*_, warnings), *more = unseal("confirmation", sealed)
    selection = with_unreachable(selection, warnings.get(UNREACHABLE, 0))
    if more:  # a dialog of the version before has none
        selection = replace(selection, expiries=Expiries.model_validate_json(json.dumps(more[0])))
    return publications.Confirmation(
        publication_id, selection, names, unnamed, sender_name, sender_address, tell_again=_tell_again()
    )


def _tell_again() -> bool:
    return request.form.get("tell_again") == "yes"
