"""What the store does, an operation at a time. Each module has a map ``HANDLERS``; this joins them."""

from services.credential_store.handlers import (
    accounts,
    creating,
    credentials,
    deliveries,
    designs,
    dkim,
    groups,
    invitations,
    joining,
    my_account,
    organisation_settings,
    organisations,
    passwords,
    people,
    publications,
    publishing,
    sending,
)
from services.credential_store.handlers.context import Handlers

HANDLERS: Handlers = {
    **accounts.HANDLERS,
    **passwords.HANDLERS,
    **organisations.HANDLERS,
    **organisation_settings.HANDLERS,
    **people.HANDLERS,
    **invitations.HANDLERS,
    **joining.HANDLERS,
    **my_account.HANDLERS,
    **groups.HANDLERS,
    **designs.HANDLERS,
    **creating.HANDLERS,
    **credentials.HANDLERS,
    **publications.HANDLERS,
    **publishing.HANDLERS,
    **deliveries.HANDLERS,
    **sending.HANDLERS,
    **dkim.HANDLERS,
}
