"""A list as a CSV file, sent a page at a time: whatever its length, it takes the memory of one page."""

from collections.abc import Iterator
from itertools import chain
from urllib.parse import quote

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.issuer_web.domain import spreadsheets
from services.issuer_web.entrypoints.dashboard import filters
from services.issuer_web.entrypoints.dashboard.context import organisation_routes, parts, today, visitor
from services.issuer_web.entrypoints.dashboard.presentation import DELIVERIES, STATES
from services.issuer_web.handlers import exporting, groups

routes = organisation_routes("exports")


@routes.get("/credentials.csv")
def credentials() -> ResponseReturnValue:
    """Send all credentials that the address's filter matches."""
    wanted = filters.read(request.args).filter
    # The first page is read before anything is sent, so that an outage is an error page and not half a file.
    pages = exporting.pages(visitor(), wanted)
    first = next(pages)
    declared, name = [], _("credentials")
    if wanted.group_id:
        group = groups.get_group(visitor(), wanted.group_id)
        declaration = groups.declaration(parts().installed, group)
        declared, name = list(declaration.attributes) if declaration else [], group.group.content.name
    columns = exporting.attribute_columns(declared, first) if wanted.group_id else []
    states = {state: str(label) for state, label in {**STATES, "incomplete": _("Incomplete")}.items()}
    deliveries = {state: str(label) for state, label in DELIVERIES.items()}
    headings = [*_headings(), *(label for _key, label in columns)]

    def body() -> Iterator[str]:
        yield spreadsheets.BYTE_ORDER_MARK + spreadsheets.lines([headings])
        keys = [key for key, _label in columns]
        for page in chain([first], pages):
            yield spreadsheets.lines(spreadsheets.row_of(one, keys, states, deliveries) for one in page)

    answer = Response(body(), mimetype="text/csv")
    file = quote(f"{_file_name(name)}-{today().isoformat()}.csv")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file}"
    return answer


def _headings() -> list[str]:
    return [
        _("ID"),
        _("Recipient Name"),
        _("Recipient Email"),
        _("Group"),
        _("Issue Date"),
        _("Expiry Date"),
        _("Status"),
        _("Email"),
        _("Page"),
    ]


def _file_name(name: str) -> str:
    """Return a name that is safe in every file system."""
    kept = "".join(character if character.isalnum() else " " for character in name)
    return "-".join(kept.split())[:80] or "credentials"
