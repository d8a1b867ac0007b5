"""What the store does, an operation at a time. Each module has a map ``HANDLERS``; this joins them."""

from services.credential_store.handlers.context import Handlers

HANDLERS: Handlers = {}
