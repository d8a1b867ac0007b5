"""The other end of an invitation: what its link shows, and joining as a new person or as one who has an account."""

from typing import Any, NoReturn

from conferral.contracts.errors import Conflict, InvalidInput, NotFound, NotPermitted
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import people as contract
from conferral.contracts.rpc.accounts import SignedIn
from services.credential_store.domain import accounts, text
from services.credential_store.domain.content import Problems
from services.credential_store.domain.scope import of_message
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.ports import Duplicate

HAS_ACCOUNT = "This address has an account. Sign in, and accept the invitation then."


def look_at_invitation(context: Context, request: contract.LookAtInvitation) -> contract.InvitationShown:
    """Tell what a link leads to. Whoever has it reads the address's mail, so it may tell of an account.

    :raises NotFound: it was used, withdrawn, sent anew, is too old, or never was.
    """
    token_hash = accounts.token_hash(request.token)
    invitation = context.store.settings.invitations.by_token(context.system, token_hash, context.clock())
    if invitation is None:
        _refuse()
    organisation = context.store.organisations.get(of_message(invitation["organisation_id"]))
    if organisation is None:
        _refuse()
    person = context.store.people.by_email(context.system, invitation["email"])
    return contract.InvitationShown(
        organisation_name=organisation["name"],
        email=invitation["address"],
        role=invitation["role"],
        known=_has_account(person),
    )


def accept_invitation(context: Context, request: contract.AcceptInvitation) -> SignedIn:
    """Make the person, let them join, and sign them in.

    :raises InvalidInput: name or password will not do; the link stays good.
    :raises NotFound: see ``look_at_invitation``.
    :raises Conflict: the address has an account by now.
    """
    name = _check(request)
    store, scope = context.store, context.system
    encoded = context.tools.hasher.hash(request.password)
    token_hash, new_person_id = accounts.token_hash(request.token), new_id()

    def work(session: Any) -> str:
        invitation = store.settings.invitations.take(scope, token_hash, context.clock(), session=session)
        if invitation is None:
            _refuse()
        person = store.people.by_email(scope, invitation["email"])
        if _has_account(person):
            raise Conflict(HAS_ACCOUNT)
        entered = {"name": name, "password_hash": encoded}
        if person is None:
            fresh = {"email": invitation["email"], "address": invitation["address"], "operator": False}
            times = {"created_at": context.clock()}
            store.people.add(scope, {"_id": new_person_id, **entered, **fresh, **times}, session=session)
        else:
            store.people.change(scope, person["_id"], entered, session=session)
        person_id = person["_id"] if person else new_person_id
        _join(context, invitation, person_id, session)
        return str(person_id)

    try:
        person_id = store.transaction(work)
    except Duplicate:  # the address got an account just now
        raise Conflict(HAS_ACCOUNT) from None
    if request.actor.session is not None:  # renewed, as at sign-in
        store.sessions.end(scope, accounts.token_hash(request.actor.session))
    token, expires_at = accounts.new_token(), context.clock() + accounts.SESSION_LIFE
    user_agent = request.user_agent[: accounts.LONGEST_USER_AGENT]
    store.sessions.open(scope, accounts.token_hash(token), person_id, expires_at, user_agent)
    return SignedIn(session=token, expires_at=expires_at)


def join_invitation(context: Context, request: contract.JoinInvitation) -> contract.Joined:
    """Let the signed-in person join.

    :raises NotFound: see ``look_at_invitation``.
    :raises NotPermitted: the invitation is for another address.
    """
    store, scope = context.store, context.system
    person = store.people.by_id(scope, context.actor_id)
    token_hash = accounts.token_hash(request.token)

    def work(session: Any) -> str:
        invitation = store.settings.invitations.take(scope, token_hash, context.clock(), session=session)
        if invitation is None:
            _refuse()
        if person is None or person["email"] != invitation["email"]:
            raise NotPermitted("This invitation is for another address than the one you are signed in with.")
        _join(context, invitation, person["_id"], session)
        return str(invitation["organisation_id"])

    return contract.Joined(organisation_id=store.transaction(work))


def _join(context: Context, invitation: dict[str, Any], person_id: str, session: Any) -> None:
    """Add the membership; one that is there already keeps its role."""
    store, scope = context.store, of_message(invitation["organisation_id"])
    if store.people.membership(context.system, person_id, scope.organisation_id) is None:
        store.people.add_membership(scope, person_id, invitation["role"], session=session)
    details = {"role": invitation["role"], "invited_by": invitation["invited_by"]}
    store.audit.add(scope, person_id, "accept_invitation", invitation["_id"], details, session=session)


def _check(request: contract.AcceptInvitation) -> str:
    problems = Problems()
    name = problems.check("name", text.name, request.name)
    if complaint := accounts.password_problem(request.password):
        problems.add("password", complaint)
    if problems.found:
        pairs = [[problem.field, problem.message] for problem in problems.found]
        raise InvalidInput("Please correct what is marked.", pairs)
    return name


def _has_account(person: dict[str, Any] | None) -> bool:
    return person is not None and person["password_hash"] is not None


def _refuse() -> NoReturn:
    raise NotFound("This invitation has been used or withdrawn, or is too old. Please ask for a new one.")


HANDLERS: Handlers = {
    contract.LOOK_AT_INVITATION: look_at_invitation,
    contract.ACCEPT_INVITATION: accept_invitation,
    contract.JOIN_INVITATION: join_invitation,
}
