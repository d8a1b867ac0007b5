"""People who run the installation. They need not belong to any organisation."""

from typing import Any

from conferral.contracts.errors import InvalidInput
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.rpc import operations as contract
from services.credential_store.domain import accounts, text
from services.credential_store.domain.content import Problems
from services.credential_store.domain.scope import of_message
from services.credential_store.handlers.context import Context, Handlers


def create_operator(context: Context, request: contract.CreateOperator) -> contract.OperatorCreated:
    """Let somebody run the installation. Whoever is known keeps name and password.

    :raises InvalidInput: a field has to be corrected.
    """
    store, problems = context.store, Problems()
    name = problems.check("name", text.name, request.name)
    address = problems.check("email", text.address, request.email)
    person = None if problems.found else store.people.by_email(context.system, text.fold_address(address or ""))
    if person is None and (complaint := accounts.password_problem(request.password)):
        problems.add("password", complaint)
    if problems.found:
        pairs = [[problem.field, problem.message] for problem in problems.found]
        raise InvalidInput("Please correct what is marked.", pairs)
    encoded = None if person else context.tools.hasher.hash(request.password)
    person_id = person["_id"] if person else new_id()

    def work(session: Any) -> None:
        if person is None:
            fields = {
                "_id": person_id,
                "email": text.fold_address(address or ""),
                "address": address,
                "name": name,
                "password_hash": encoded,
                "operator": True,
                "created_at": context.clock(),
            }
            store.people.add(context.system, fields, session=session)
        else:
            store.people.change(context.system, person_id, {"operator": True}, session=session)
        installation = of_message(INSTALLATION)
        store.audit.add(installation, context.actor_id, "create_operator", person_id, {}, session=session)

    store.transaction(work)
    return contract.OperatorCreated(known=person is not None)


HANDLERS: Handlers = {contract.CREATE_OPERATOR: create_operator}
