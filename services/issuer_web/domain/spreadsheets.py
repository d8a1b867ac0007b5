"""Credentials as lines of a CSV file that a spreadsheet program opens without running anything in it."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from conferral.contracts.rpc.credentials import CredentialSummary

BYTE_ORDER_MARK = "\ufeff"
"""By which spreadsheet programs know UTF-8."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """Return a cell that is text, whatever it begins with."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def lines(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out).writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def row_of(
    credential: CredentialSummary,
    attributes: Sequence[str],
    states: Mapping[str, object],
    deliveries: Mapping[str, object],
) -> list[str]:
    """Return a credential's cells: ID, recipient, dates, where it stands, its page, then these attributes."""
    content = credential.content
    return [
        credential.id,
        content.name,
        content.email,
        credential.group_name,
        content.issue_date.isoformat(),
        content.expiry_date.isoformat() if content.expiry_date else "",
        str(states["incomplete" if credential.state == "draft" and credential.incomplete else credential.state]),
        str(deliveries.get(credential.delivery_state, "")),
        credential.url or "" if credential.published_version else "",
        *(content.attributes.get(key, "") for key in attributes),
    ]
