"""All credentials of a list, a page at a time."""

from collections.abc import Iterator, Sequence

from conferral.contracts.rpc.credentials import LIST_CREDENTIALS, CredentialFilter, CredentialSummary
from conferral.contracts.rpc.previews import AttributeDeclaration
from services.issuer_web.handlers.visitor import Visitor

AT_ONCE = 1000
"""Rows of one page: what an export holds in memory at a time."""
_SECONDS = 20.0


def pages(visitor: Visitor, wanted: CredentialFilter) -> Iterator[Sequence[CredentialSummary]]:
    """Yield all that match, newest first or by issue date; at least one page, perhaps empty."""
    cursor = None
    while True:
        answer = visitor.ask(
            LIST_CREDENTIALS,
            **{name: getattr(wanted, name) for name in CredentialFilter.model_fields},
            cursor=cursor,
            limit=AT_ONCE,
            counted=False,
            timeout=_SECONDS,
        )
        yield answer.credentials
        cursor = answer.cursor
        if cursor is None:
            return


def attribute_columns(
    declared: Sequence[AttributeDeclaration], first: Sequence[CredentialSummary]
) -> list[tuple[str, str]]:
    """Return key and heading of each attribute: those of the design, then others that the first page has."""
    known = {attribute.key: attribute.label for attribute in declared}
    others = {key: key for credential in first for key in credential.content.attributes if key not in known}
    return [*known.items(), *sorted(others.items())]
