"""Signing in and out, and whose session it is."""

from typing import NoReturn

from conferral.contracts.errors import NotAuthenticated
from conferral.contracts.operation import Done
from conferral.contracts.rpc import accounts as contract
from services.credential_store.domain import accounts, text
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.limits import enforce


def sign_in(context: Context, request: contract.SignIn) -> contract.SignedIn:
    """Open a session.

    A wrong password, an unknown address and an account without a password are answered alike, after the same work.

    :raises NotAuthenticated: see above.
    :raises LimitExceeded: too many attempts on the account or from the address.
    """
    scope = context.system
    email = text.fold_address(request.email)
    account_key = context.tools.vault.fingerprint("sign-in", email)
    address_key = context.tools.vault.fingerprint("sign-in-from", request.client_address)
    enforce(context, account_key, accounts.SIGN_IN_PER_ACCOUNT)
    enforce(context, address_key, accounts.SIGN_IN_PER_ADDRESS)
    person = context.store.people.by_email(scope, email)
    encoded = person["password_hash"] if person else None
    known = context.tools.hasher.verify(encoded, request.password[: accounts.LONGEST_PASSWORD])
    if person is None or not known:
        _refuse()
    context.store.attempts.forget(scope, account_key, accounts.SIGN_IN_PER_ACCOUNT.window)
    if request.actor.session is not None:  # renewed: whoever planted the old token gains nothing
        context.store.sessions.end(scope, accounts.token_hash(request.actor.session))
    token, expires_at = accounts.new_token(), context.clock() + accounts.SESSION_LIFE
    user_agent = request.user_agent[: accounts.LONGEST_USER_AGENT]
    context.store.sessions.open(scope, accounts.token_hash(token), person["_id"], expires_at, user_agent)
    return contract.SignedIn(session=token, expires_at=expires_at)


def resume_session(context: Context, request: contract.ResumeSession) -> contract.Session:
    """Return the session's person with their memberships."""
    del request
    scope = context.system
    person = context.store.people.by_id(scope, context.actor_id)
    if person is None:
        _refuse()
    memberships = context.store.people.memberships(scope, person["_id"])
    organisations_by_id = context.store.organisations.many(scope, [one["organisation_id"] for one in memberships])
    return contract.Session(
        person_id=person["_id"],
        name=person["name"],
        email=person["address"],
        operator=person["operator"],
        memberships=tuple(
            contract.Membership(
                organisation_id=one["organisation_id"],
                organisation_name=organisations_by_id[one["organisation_id"]]["name"],
                role=one["role"],
                timezone=organisations_by_id[one["organisation_id"]]["timezone"],
            )
            for one in memberships
            if one["organisation_id"] in organisations_by_id
        ),
    )


def sign_out(context: Context, request: contract.SignOut) -> Done:
    """End the actor's session."""
    del request
    context.store.sessions.end(context.system, accounts.token_hash(context.session_token or ""))
    return Done()


def _refuse() -> NoReturn:
    raise NotAuthenticated("The email address or the password is wrong.")


HANDLERS: Handlers = {
    contract.SIGN_IN: sign_in,
    contract.RESUME_SESSION: resume_session,
    contract.SIGN_OUT: sign_out,
}
