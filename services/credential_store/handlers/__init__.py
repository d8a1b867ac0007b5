"""What the store does, an operation at a time. Each module has a map ``HANDLERS``; this joins them."""

from services.credential_store.handlers import (
    accounts,
    creating,
    credentials,
    deliveries,
    groups,
    organisations,
    passwords,
    publications,
    publishing,
    selections,
)
from services.credential_store.handlers.context import Handlers

HANDLERS: Handlers = {
    **accounts.HANDLERS,
    **passwords.HANDLERS,
    **organisations.HANDLERS,
    **groups.HANDLERS,
    **creating.HANDLERS,
    **credentials.HANDLERS,
    **selections.HANDLERS,
    **publications.HANDLERS,
    **publishing.HANDLERS,
    **deliveries.HANDLERS,
}
