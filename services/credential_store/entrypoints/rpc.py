"""The rpc role: authenticates, authorises, and hands each request to its handler.

A foreign organisation, an unknown one and one that was never heard of are answered alike: NotFound, after the same
reads. Foreign records inside one's own organisation cannot be reached at all, because every query names the scope.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from eventlet import tpool

from conferral.contracts.actors import ROLE_PERMISSIONS
from conferral.contracts.errors import InvalidMessage, NotAuthenticated, NotFound, NotPermitted
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.accounts import CREATE_ORGANISATION
from conferral.contracts.rpc.operations import CREATE_OPERATOR, GET_INSTALLATION, REPORT_HOLDS, SWITCH_MAIL
from conferral.runtime.health import Health
from conferral.runtime.process import install_signal_handlers
from conferral.runtime.rpc_server import run_rpc
from services.credential_store.adapters.database import translated
from services.credential_store.adapters.guard import UnscopedCommand
from services.credential_store.adapters.hashing import Argon2Hasher
from services.credential_store.domain.accounts import token_hash
from services.credential_store.domain.scope import Purpose, Scope, of_membership, of_message, of_system
from services.credential_store.handlers import HANDLERS
from services.credential_store.handlers.context import Application, Context, Handler

AnyOperation = Operation[Any, Any]

_ACROSS_ORGANISATIONS: dict[AnyOperation, Purpose] = {
    CREATE_ORGANISATION: "create_organisation",
    CREATE_OPERATOR: "create_organisation",
    REPORT_HOLDS: "operations",
    GET_INSTALLATION: "operations",
    SWITCH_MAIL: "operations",
}
_SERVICE = "credential_store"


def run(application: Application) -> None:
    """Serve until told to stop."""
    # Hashing takes tens of milliseconds of CPU: on a real thread, so that the green ones go on.
    application = replace(application, tools=replace(application.tools, hasher=Argon2Hasher(tpool.execute)))
    stopping = install_signal_handlers()
    settings = application.settings
    health = Health(_SERVICE, "rpc", settings, application.ping)
    run_rpc(settings.amqp_uri, endpoints(application), health, stopping, grace=settings.shutdown_grace)
    health.close()


def endpoints(application: Application) -> dict[AnyOperation, Callable[[Request], Answer]]:
    """Return what the RPC server serves: each handler behind authentication and authorisation."""
    return {operation: _endpoint(application, operation, handler) for operation, handler in HANDLERS.items()}


def _endpoint(application: Application, operation: AnyOperation, handler: Handler) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        try:
            with translated():
                return handler(authorise(application, operation, request), request)
        except UnscopedCommand as refused:
            # not an Exception where it is raised (see there): it must not end the process
            raise RuntimeError(str(refused)) from refused

    return answer


def authorise(application: Application, operation: AnyOperation, request: Request) -> Context:
    """Return the context of a request whose actor may ask for this.

    :raises NotAuthenticated: there is no valid session, or it is a service's business.
    :raises NotPermitted: the actor's role does not allow it.
    :raises NotFound: the actor is no member of the organisation, or there is none.
    :raises InvalidMessage: the operation needs an organisation, and none is named.
    """
    match operation.permission:
        case "anyone":
            return _context(application, of_system("sign_in"), "anonymous", request)
        case "service":
            return _as_service(application, operation, request)
        case "session":
            return _context(application, of_system("sign_in"), _person_of(application, request), request)
        case "operate":
            return _as_operator(application, request)
        case _:
            return _as_member(application, operation, request)


def _as_service(application: Application, operation: AnyOperation, request: Request) -> Context:
    if request.actor.service is None:
        raise NotAuthenticated("Only services may ask for this.")
    scope: Scope
    if (purpose := _ACROSS_ORGANISATIONS.get(operation)) is not None:
        scope = of_system(purpose)
    else:
        scope = of_message(_organisation_of(request))
    return _context(application, scope, f"service:{request.actor.service}", request)


def _as_operator(application: Application, request: Request) -> Context:
    person_id = _person_of(application, request)
    person = application.store.people.by_id(of_system("sign_in"), person_id)
    if person is None or not person["operator"]:
        raise NotPermitted("Only operators of this installation may do this.")
    return _context(application, of_system("operations"), person_id, request)


def _as_member(application: Application, operation: AnyOperation, request: Request) -> Context:
    person_id = _person_of(application, request)
    organisation_id = _organisation_of(request)
    membership = application.store.people.membership(of_system("sign_in"), person_id, organisation_id)
    if membership is None:
        raise NotFound("There is no such organisation.")
    if operation.permission not in ROLE_PERMISSIONS[membership["role"]]:
        raise NotPermitted("Your role in this organisation does not allow this.")
    return _context(application, of_membership(membership["organisation_id"]), person_id, request)


def _person_of(application: Application, request: Request) -> str:
    token = request.actor.session
    person_id = application.store.sessions.person_of(of_system("sign_in"), token_hash(token)) if token else None
    if person_id is None:
        raise NotAuthenticated("Please sign in.")
    return person_id


def _organisation_of(request: Request) -> str:
    if request.organisation_id is None:
        raise InvalidMessage(type(request).__name__, "organisation_id is missing")
    return request.organisation_id


def _context(application: Application, scope: Scope, actor_id: str, request: Request) -> Context:
    return Context(
        store=application.store,
        tools=application.tools,
        scope=scope,
        actor_id=actor_id,
        clock=application.clock,
        session_token=request.actor.session,
    )
