"""Who belongs to an organisation, and as what. An organisation always keeps an owner."""

from typing import Any

from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.rpc import people as contract
from services.credential_store.domain.accounts import MOST_PEOPLE
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context, Handlers

LAST_OWNER = "An organisation keeps at least one owner. Make somebody else an owner first."
NO_MEMBER = "There is no such person in your organisation."


def list_people(context: Context, request: contract.ListPeople) -> contract.People:
    """Return everybody, by name."""
    del request
    return _people(context)


def change_role(context: Context, request: contract.ChangeRole) -> contract.People:
    """Give somebody another role; it holds from their next click.

    :raises Conflict: somebody else changed it in between, or the organisation would be left without an owner.
    :raises NotFound: they do not belong to the organisation.
    """
    store, scope = context.store, context.organisation
    memberships = store.settings.memberships
    _require_member(context, request.person_id)

    def work(session: Any) -> None:
        memberships.lock(scope, session=session)
        if request.before == "owner" != request.role and memberships.owners(scope, session=session) < 2:  # noqa: PLR2004
            raise Conflict(LAST_OWNER)
        moved = memberships.set_role(scope, request.person_id, request.before, request.role, session=session)
        if not moved:
            raise Conflict("Somebody else changed this role in between.")
        details = {"before": request.before, "role": request.role}
        store.audit.add(scope, context.actor_id, "change_role", request.person_id, details, session=session)

    store.transaction(work)
    return _people(context)


def remove_person(context: Context, request: contract.RemovePerson) -> contract.People:
    """End a membership, and all of the person's sessions with it.

    :raises Conflict: the organisation would be left without an owner.
    :raises NotFound: they do not belong to the organisation.
    """
    store, scope = context.store, context.organisation
    memberships = store.settings.memberships
    _require_member(context, request.person_id)

    def work(session: Any) -> None:
        memberships.lock(scope, session=session)
        several = memberships.owners(scope, session=session) > 1
        removed = memberships.remove(scope, request.person_id, session=session)
        if removed is None:
            raise NotFound(NO_MEMBER)
        if removed["role"] == "owner" and not several:
            raise Conflict(LAST_OWNER)
        store.sessions.end_all(of_system("people"), request.person_id, session=session)
        details = {"role": removed["role"]}
        store.audit.add(scope, context.actor_id, "remove_person", request.person_id, details, session=session)

    store.transaction(work)
    return _people(context)


def _require_member(context: Context, person_id: str) -> None:
    membership = context.store.people.membership(of_system("people"), person_id, context.organisation.organisation_id)
    if membership is None:
        raise NotFound(NO_MEMBER)


def _people(context: Context) -> contract.People:
    memberships = context.store.settings.memberships.all(context.organisation, MOST_PEOPLE)
    ids = [membership["person_id"] for membership in memberships]
    known = context.store.settings.memberships.people(of_system("people"), ids)
    people = [
        contract.Person(
            person_id=membership["person_id"],
            name=known[membership["person_id"]]["name"],
            email=known[membership["person_id"]]["address"],
            role=membership["role"],
        )
        for membership in memberships
        if membership["person_id"] in known
    ]
    return contract.People(people=tuple(sorted(people, key=lambda person: (person.name.casefold(), person.email))))


HANDLERS: Handlers = {
    contract.LIST_PEOPLE: list_people,
    contract.CHANGE_ROLE: change_role,
    contract.REMOVE_PERSON: remove_person,
}
