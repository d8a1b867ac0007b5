"""Inviting people by email. A link works once, for a week, until it is withdrawn or sent anew."""

from datetime import datetime
from typing import Any

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.rpc import people as contract
from conferral.runtime import correlation
from services.credential_store.domain import accounts, text
from services.credential_store.domain.deliveries import Sender, new_delivery
from services.credential_store.domain.scope import of_message, of_system
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.ports import Duplicate

NO_INVITATION = "This invitation is gone: it was accepted or withdrawn."


def list_invitations(context: Context, request: contract.ListInvitations) -> contract.Invitations:
    """Return all that nobody has accepted."""
    del request
    return _invitations(context)


def invite_person(context: Context, request: contract.InvitePerson) -> contract.Invitations:
    """Store an invitation and send its link, once for each id.

    :raises InvalidInput: the address is none, belongs to a member, or is invited already.
    :raises LimitExceeded: too many people, or too many invitations within an hour.
    :raises Conflict: there is another invitation of this id.
    """
    store, scope = context.store, context.organisation
    found = store.settings.invitations.get(scope, request.invitation_id)
    email = _checked_address(context, request.email)
    if found is not None:
        if (found["email"], found["role"]) != (email, request.role):
            raise Conflict("There is another invitation of this id.")
        return _invitations(context)
    _enforce_limits(context, email)
    invitation = {
        "_id": request.invitation_id,
        "email": email,
        "address": request.email.strip(),
        "role": request.role,
        "invited_by": context.actor_id,
        "invited_at": context.clock(),
    }
    try:
        _send(context, invitation, "invite_person")
    except Duplicate:
        raise InvalidInput(
            "Please correct what is marked.", [["email", "is invited already. Send that invitation again instead."]]
        ) from None
    return _invitations(context)


def resend_invitation(context: Context, request: contract.ResendInvitation) -> contract.Invitations:
    """Send a new link for another week; the old one works no more.

    :raises NotFound: the invitation is gone.
    :raises LimitExceeded: too many invitations within an hour.
    """
    invitation = context.store.settings.invitations.get(context.organisation, request.invitation_id)
    if invitation is None:
        raise NotFound(NO_INVITATION)
    _enforce_limits(context, invitation["email"])
    _send(context, invitation, "resend_invitation")
    return _invitations(context)


def withdraw_invitation(context: Context, request: contract.WithdrawInvitation) -> contract.Invitations:
    """Make its link useless.

    :raises NotFound: the invitation is gone.
    """
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        if not store.settings.invitations.remove(scope, request.invitation_id, session=session):
            raise NotFound(NO_INVITATION)
        store.audit.add(scope, context.actor_id, "withdraw_invitation", request.invitation_id, {}, session=session)

    store.transaction(work)
    return _invitations(context)


def _checked_address(context: Context, raw: str) -> str:
    try:
        email = text.fold_address(text.address(raw))
    except text.Refused as refused:
        raise InvalidInput("Please correct what is marked.", [["email", str(refused)]]) from None
    person = context.store.people.by_email(of_system("people"), email)
    organisation_id = context.organisation.organisation_id
    if person and context.store.people.membership(of_system("people"), person["_id"], organisation_id):
        raise InvalidInput("Please correct what is marked.", [["email", "belongs to your organisation already."]])
    return email


def _enforce_limits(context: Context, email: str) -> None:
    """Keep an organisation within bounds, and a mailbox from being flooded by it."""
    store, vault, organisation_id = context.store, context.tools.vault, context.organisation.organisation_id
    settings = store.settings
    many = len(settings.memberships.all(context.organisation, accounts.MOST_PEOPLE))
    many += len(settings.invitations.all(context.organisation, accounts.MOST_PEOPLE))
    if many >= accounts.MOST_PEOPLE:
        raise LimitExceeded(f"An organisation has at most {accounts.MOST_PEOPLE} people, invited ones included.")
    for key, limit in (
        (vault.fingerprint("invite", organisation_id), accounts.INVITATIONS_PER_ORGANISATION),
        (vault.fingerprint("invite", organisation_id, email), accounts.INVITATIONS_PER_ADDRESS),
    ):
        if store.attempts.count(of_system("people"), key, limit.window) > limit.most:
            raise LimitExceeded("Too many invitations within an hour. Please wait a while and try again.")


def _send(context: Context, invitation: dict[str, Any], action: str) -> None:
    """Store the link's hash, its email as a delivery of the installation's own, and the command to send it."""
    store, scope, installation = context.store, context.organisation, of_message(INSTALLATION)
    token, now = accounts.new_token(), context.clock()
    expires_at = now + accounts.INVITATION_LIFE
    fresh = {"token_hash": accounts.token_hash(token), "expires_at": expires_at}
    delivery = _delivery(context, invitation, token, now)
    command = DeliverEmails(
        message_id=new_id(),
        correlation_id=correlation.current() or new_id(),
        organisation_id=INSTALLATION,
        not_after=expires_at,
        delivery_ids=(delivery["_id"],),
    )

    def work(session: Any) -> None:
        if action == "invite_person":
            store.settings.invitations.add(scope, {**invitation, **fresh}, session=session)
        elif not store.settings.invitations.renew(scope, invitation["_id"], fresh, session=session):
            raise NotFound(NO_INVITATION)
        store.mail.queue(installation, delivery, session=session)
        store.outbox.add_commands(installation, [command], session=session)
        details = {"role": invitation["role"]}
        store.audit.add(scope, context.actor_id, action, invitation["_id"], details, session=session)

    store.transaction(work)


def _delivery(context: Context, invitation: dict[str, Any], token: str, now: datetime) -> dict[str, Any]:
    organisation = context.store.organisations.get(context.organisation)
    inviter = context.store.people.by_id(of_system("people"), context.actor_id)
    return new_delivery(
        INSTALLATION,
        "invitation",
        Sender("Conferral", context.tools.sender_address),
        ("", invitation["address"]),
        language="en",
        values={
            "organisation": organisation["name"] if organisation else "",
            "inviter": inviter["name"] if inviter else "",
            "invitation_url": f"{context.tools.dashboard_url}/invitation/{token}",
        },
        template=None,
        now=now,
        timing=context.tools.timing,
    )


def _invitations(context: Context) -> contract.Invitations:
    now = context.clock()
    found = context.store.settings.invitations.all(context.organisation, accounts.MOST_PEOPLE)
    return contract.Invitations(
        invitations=tuple(
            contract.Invitation(
                id=invitation["_id"],
                email=invitation["address"],
                role=invitation["role"],
                invited_at=invitation["invited_at"],
                expires_at=invitation["expires_at"],
                expired=invitation["expires_at"] <= now,
            )
            for invitation in found
        )
    )


HANDLERS: Handlers = {
    contract.LIST_INVITATIONS: list_invitations,
    contract.INVITE_PERSON: invite_person,
    contract.RESEND_INVITATION: resend_invitation,
    contract.WITHDRAW_INVITATION: withdraw_invitation,
}
