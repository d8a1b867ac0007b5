"""One's own name, password and sessions."""

from typing import Any

from conferral.contracts.errors import InvalidInput, NotFound
from conferral.contracts.ids import INSTALLATION
from conferral.contracts.operation import Done
from conferral.contracts.rpc import my_account as contract
from services.credential_store.domain import accounts, text
from services.credential_store.domain.scope import of_message
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.limits import enforce

_MOST_SESSIONS = 200
_WRONG = "Please correct what is marked."


def change_name(context: Context, request: contract.ChangeName) -> Done:
    """Store one's own name.

    :raises InvalidInput: it will not do.
    """
    try:
        name = text.name(request.name)
    except text.Refused as refused:
        raise InvalidInput(_WRONG, [["name", str(refused)]]) from None
    store = context.store

    def work(session: Any) -> None:
        store.people.change(context.system, context.actor_id, {"name": name}, session=session)
        store.audit.add(
            of_message(INSTALLATION), context.actor_id, "change_name", context.actor_id, {}, session=session
        )

    store.transaction(work)
    return Done()


def change_password(context: Context, request: contract.ChangePassword) -> Done:
    """Set a new password; every session but this one ends.

    :raises InvalidInput: the present password is wrong, or the new one will not do.
    :raises LimitExceeded: too many attempts.
    """
    store, scope = context.store, context.system
    enforce(context, context.tools.vault.fingerprint("sign-in-again", context.actor_id), accounts.SIGN_IN_PER_ACCOUNT)
    person = store.people.by_id(scope, context.actor_id)
    encoded = person["password_hash"] if person else None
    if not context.tools.hasher.verify(encoded, request.present[: accounts.LONGEST_PASSWORD]):
        raise InvalidInput(_WRONG, [["present", "is not your current password."]])
    if problem := accounts.password_problem(request.password):
        raise InvalidInput(_WRONG, [["password", problem]])
    changes = {"password_hash": context.tools.hasher.hash(request.password)}
    kept = accounts.token_hash(context.session_token or "")

    def work(session: Any) -> None:
        store.people.change(scope, context.actor_id, changes, session=session)
        store.settings.sessions.end_others(scope, context.actor_id, kept, session=session)
        store.audit.add(
            of_message(INSTALLATION), context.actor_id, "change_password", context.actor_id, {}, session=session
        )

    store.transaction(work)
    return Done()


def list_sessions(context: Context, request: contract.ListSessions) -> contract.Sessions:
    """Return one's own sessions, the latest used first."""
    del request
    return _sessions(context)


def end_session(context: Context, request: contract.EndSession) -> contract.Sessions:
    """End one of one's own sessions.

    :raises NotFound: it is over already, or somebody else's.
    """
    own = context.store.settings.sessions.of_person(context.system, context.actor_id, _MOST_SESSIONS)
    hashes = [session["_id"] for session in own if _id_of(context, session["_id"]) == request.session_id]
    if not hashes:
        raise NotFound("This session is over already.")
    context.store.sessions.end(context.system, hashes[0])
    return _sessions(context)


def end_other_sessions(context: Context, request: contract.EndOtherSessions) -> contract.Sessions:
    """End all but the present one."""
    del request
    kept = accounts.token_hash(context.session_token or "")
    context.store.settings.sessions.end_others(context.system, context.actor_id, kept)
    return _sessions(context)


def _id_of(context: Context, token_hash: str) -> str:
    """Return the name by which a person may speak of a session; it opens nothing."""
    return context.tools.vault.derive_id("session", token_hash)


def _sessions(context: Context) -> contract.Sessions:
    own = context.store.settings.sessions.of_person(context.system, context.actor_id, _MOST_SESSIONS)
    current = accounts.token_hash(context.session_token or "")
    shown = [
        contract.OwnSession(
            id=_id_of(context, session["_id"]),
            began_at=session["created_at"],
            last_used_at=session.get("last_used_at") or session["created_at"],
            user_agent=session.get("user_agent", ""),
            current=session["_id"] == current,
        )
        for session in own
    ]
    return contract.Sessions(sessions=tuple(sorted(shown, key=lambda one: one.last_used_at, reverse=True)))


HANDLERS: Handlers = {
    contract.CHANGE_NAME: change_name,
    contract.CHANGE_PASSWORD: change_password,
    contract.LIST_SESSIONS: list_sessions,
    contract.END_SESSION: end_session,
    contract.END_OTHER_SESSIONS: end_other_sessions,
}
