"""Resetting a password by email."""

import time
from datetime import datetime
from typing import Any

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import InvalidInput, NotFound
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.operation import Done
from conferral.contracts.rpc import accounts as contract
from conferral.runtime import correlation
from services.credential_store.domain import accounts, text
from services.credential_store.domain.deliveries import Sender, new_delivery
from services.credential_store.domain.scope import of_message
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.limits import enforce

_ANSWER_SECONDS = 0.4
"""How long a request for a reset takes at least, so that its time does not tell whether the address is known."""


def request_password_reset(context: Context, request: contract.RequestPasswordReset) -> Done:
    """Send a link, if somebody has this address. The answer and its time are the same if nobody has.

    :raises LimitExceeded: too many requests for the address or from the client.
    """
    until = time.monotonic() + _ANSWER_SECONDS
    email = text.fold_address(request.email)
    vault = context.tools.vault
    enforce(context, vault.fingerprint("reset", email), accounts.RESET_PER_ACCOUNT)
    enforce(context, vault.fingerprint("reset-from", request.client_address), accounts.RESET_PER_ADDRESS)
    person = context.store.people.by_email(context.system, email)
    if person is not None:
        _queue_reset(context, person)
    time.sleep(max(0.0, until - time.monotonic()))
    return Done()


def reset_password(context: Context, request: contract.ResetPassword) -> Done:
    """Set a new password by an email's link, which is then used up; all sessions of the person end.

    :raises InvalidInput: the password is too short or too long; the link stays good.
    :raises NotFound: the link was used, is too old, or never was.
    """
    if problem := accounts.password_problem(request.password):
        raise InvalidInput("Please choose another password.", [["password", problem]])
    store, scope = context.store, context.system
    encoded = context.tools.hasher.hash(request.password)
    token_hash = accounts.token_hash(request.token)

    def work(session: Any) -> None:
        person_id = store.sessions.take_reset(scope, token_hash, session=session)
        if person_id is None:
            raise NotFound("This link has been used, or is too old. Please ask for a new one.")
        store.people.change(scope, person_id, {"password_hash": encoded}, session=session)
        store.sessions.end_all(scope, person_id, session=session)
        store.audit.add(of_message(INSTALLATION), person_id, "reset_password", person_id, {}, session=session)

    store.transaction(work)
    return Done()


def _queue_reset(context: Context, person: dict[str, Any]) -> None:
    """Store the link's hash, its email as a delivery of the installation's own, and the command to send it."""
    store, installation = context.store, of_message(INSTALLATION)
    token, now = accounts.new_token(), context.clock()
    delivery = _delivery(context, person, token, now)
    command = DeliverEmails(
        message_id=new_id(),
        correlation_id=correlation.current() or new_id(),
        organisation_id=INSTALLATION,
        not_after=now + accounts.RESET_LIFE,
        delivery_ids=(delivery["_id"],),
    )

    def work(session: Any) -> None:
        store.sessions.add_reset(
            context.system, accounts.token_hash(token), person["_id"], now + accounts.RESET_LIFE, session=session
        )
        store.mail.queue(installation, delivery, session=session)
        store.outbox.add_commands(installation, [command], session=session)
        store.audit.add(installation, person["_id"], "request_password_reset", person["_id"], {}, session=session)

    store.transaction(work)


def _delivery(context: Context, person: dict[str, Any], token: str, now: datetime) -> dict[str, Any]:
    return new_delivery(
        INSTALLATION,
        "password_reset",
        Sender("Conferral", context.tools.sender_address),
        (person["name"], person["address"]),
        language="en",
        values={"reset_url": f"{context.tools.dashboard_url}/reset/{token}", "name": person["name"]},
        template=None,
        now=now,
        timing=context.tools.timing,
    )


HANDLERS: Handlers = {
    contract.REQUEST_PASSWORD_RESET: request_password_reset,
    contract.RESET_PASSWORD: reset_password,
}
