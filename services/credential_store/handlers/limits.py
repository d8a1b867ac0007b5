"""Limits on attempts."""

from conferral.contracts.errors import LimitExceeded
from services.credential_store.domain.accounts import Limit
from services.credential_store.handlers.context import Context


def enforce(context: Context, key: str, limit: Limit) -> None:
    """Count an attempt.

    :raises LimitExceeded: it was one too many.
    """
    if context.store.attempts.count(context.system, key, limit.window) > limit.most:
        raise LimitExceeded("Too many attempts. Please wait a while and try again.")
