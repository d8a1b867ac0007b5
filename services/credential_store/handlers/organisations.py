"""Creating organisations, each with its first owner, identifier, signing key and status list."""

from datetime import datetime
from typing import Any

from conferral.contracts.errors import InvalidInput
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import accounts as contract
from conferral.contracts.rpc.credentials import RowProblem
from services.credential_store.domain import accounts, text
from services.credential_store.domain.content import Problems
from services.credential_store.domain.scope import OrganisationScope, of_message
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.ports import Duplicate

_TRIES = 3


def create_organisation(context: Context, request: contract.CreateOrganisation) -> contract.OrganisationCreated:
    """Create it, or find the one of this name and owner.

    A person who has an account already keeps their password; their rights are only ever added to.

    :raises InvalidInput: a name, address, time zone, web address or password is not usable.
    """
    request = _check(request)
    email = text.fold_address(request.owner_email)
    # The id follows from name and owner, so that of two calls at once one finds the other's.
    scope = of_message(context.tools.vault.derive_id("organisation", request.name, email))
    encoded = context.tools.hasher.hash(request.password) if request.password else None
    for _ in range(_TRIES):
        person = context.store.people.by_email(context.system, email)
        if context.store.organisations.get(scope) is not None and person is not None:
            return contract.OrganisationCreated(
                organisation_id=scope.organisation_id, person_id=person["_id"], created=False, known_owner=True
            )
        try:
            return _store(context, scope, request, person, encoded)
        except Duplicate:  # somebody else created the organisation or the person just now: look again
            continue
    raise InvalidInput("The organisation could not be created.", [["name", "is being created by somebody else."]])


def _check(request: contract.CreateOrganisation) -> contract.CreateOrganisation:
    problems = Problems()
    checked = {
        "name": problems.check("name", text.name, request.name),
        "owner_name": problems.check("owner_name", text.name, request.owner_name),
        "owner_email": problems.check("owner_email", text.address, request.owner_email),
        "url": problems.check("url", text.url, request.url) if request.url else None,
    }
    if not accounts.is_time_zone(request.timezone):
        problems.add("timezone", "is not an IANA time zone.")
    if request.password and (complaint := accounts.password_problem(request.password)):
        problems.add("password", complaint)
    _raise(problems.found)
    return request.model_copy(update=checked)


def _raise(problems: list[RowProblem]) -> None:
    if problems:
        pairs = [[problem.field, problem.message] for problem in problems]
        raise InvalidInput("Please correct what is marked.", pairs)


def _store(
    context: Context,
    scope: OrganisationScope,
    request: contract.CreateOrganisation,
    person: dict[str, Any] | None,
    encoded: str | None,
) -> contract.OrganisationCreated:
    store, now = context.store, context.clock()
    organisation = _organisation(context, scope, request)
    multibase, wrapped = context.tools.vault.create_signing_key(scope.organisation_id, organisation["key_id"])
    key = {
        "_id": organisation["key_id"],
        "public_multibase": multibase,
        "wrapped": wrapped,
        "created_at": now,
        "state": "active",
    }
    person_id = person["_id"] if person else new_id()

    def work(session: Any) -> None:
        if person is None:
            store.people.add(context.system, _person(request, person_id, encoded, now), session=session)
        elif request.operator and not person["operator"]:
            store.people.change(context.system, person_id, {"operator": True}, session=session)
        store.organisations.add(scope, organisation, session=session)
        store.people.add_membership(scope, person_id, "owner", session=session)
        store.signing_keys.add(scope, key, session=session)
        store.status_lists.add(scope, organisation["status_list_id"], session=session)
        store.audit.add(
            scope,
            context.actor_id,
            "create_organisation",
            scope.organisation_id,
            {"owner": person_id, "operator": request.operator},
            session=session,
        )

    store.transaction(work)
    return contract.OrganisationCreated(
        organisation_id=scope.organisation_id, person_id=person_id, created=True, known_owner=person is not None
    )


def _organisation(context: Context, scope: OrganisationScope, request: contract.CreateOrganisation) -> dict[str, Any]:
    did = accounts.organisation_did(context.tools.public_url, scope.organisation_id)
    return {
        "revision": 1,
        "name": request.name,
        "url": request.url,
        "logo": None,
        "did": did,
        "timezone": request.timezone,
        "postal_address": "",
        "sender_name": request.name,
        "sender_address": context.tools.sender_address,
        "reply_to": None,
        "hold_mail": False,
        "key_id": f"{did}#{new_id()}",
        "status_list_id": new_id(),
        "created_at": context.clock(),
    }


def _person(request: contract.CreateOrganisation, person_id: str, encoded: str | None, now: datetime) -> dict[str, Any]:
    return {
        "_id": person_id,
        "email": text.fold_address(request.owner_email),
        "address": request.owner_email,
        "name": request.owner_name,
        "password_hash": encoded,
        "operator": request.operator,
        "created_at": now,
    }


HANDLERS: Handlers = {contract.CREATE_ORGANISATION: create_organisation}
