"""The pop-up behind Create Credentials in the overview: for which group, or groups. Also a page of its own."""

from flask import jsonify, render_template, request
from flask.typing import ResponseReturnValue

from conferral.contracts.ids import is_id
from services.issuer_web.domain.shapes import MOST_GROUPS
from services.issuer_web.domain.typos import suggest_domain
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, visitor
from services.issuer_web.handlers import groups

routes = organisation_routes("choosing")

LONGEST_SEARCH = 200
MANY = 8
"""Groups from which a search helps."""
LONGEST_DOMAIN = 253
DAY = 24 * 3600
"""Seconds."""


@routes.get("/create-credentials/choose")
@needs("draft")
def choose() -> ResponseReturnValue:
    """Ask for which groups."""
    return choose_page()


@routes.get("/domain-suggestion.json")
@needs("draft")
def suggestion() -> ResponseReturnValue:
    """Answer with the domain that was probably meant, or null. Only the domain travels: it is nobody's address yet."""
    meant = suggest_domain(request.args.get("domain", "")[:LONGEST_DOMAIN])
    return jsonify(domain=meant), 200, {"Cache-Control": f"private, max-age={DAY}"}


def choose_page(problem: str = "") -> ResponseReturnValue:
    """Show the choice: as a dialog's content, or as a page of its own without JavaScript.

    :param problem: ``none``: nothing was chosen; ``many``: too much was.
    """
    fragment = "X-Conferral-Fragment" in request.headers
    search = request.args.get("search", "")[:LONGEST_SEARCH].strip()
    chosen = {*request.args.getlist("group"), *request.args.getlist("single")}
    found = groups.find_groups(visitor(), search, filter(is_id, sorted(chosen)))
    page = render_template(
        "dashboard/choose.html",
        layout="dashboard/fragment.html" if fragment else "dashboard/layout.html",
        fragment=fragment,
        groups=found.groups,
        searchable=search or found.more or len(found.groups) > MANY,
        more=found.more,
        listed=len(found.groups),
        search=search,
        chosen=chosen,
        several=request.args.get("kind") == "several",
        most=MOST_GROUPS,
        problem=problem,
    )
    return page, 400 if problem else 200
