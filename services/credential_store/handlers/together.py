"""Several questions in one call: a page of the dashboard asks five, and each call costs both sides milliseconds."""

from typing import Any

from conferral.contracts.errors import InvalidMessage
from conferral.contracts.operation import Operation
from conferral.contracts.rpc import together as contract
from services.credential_store.handlers.context import Context, Handler, Handlers

_Reader = tuple[Operation[Any, Any], Handler]


def handlers(others: Handlers) -> Handlers:
    """Return the handler that answers by the others: by those that only look, which the call's permission covers."""
    readers: dict[str, _Reader] = {
        operation.name: (operation, handler) for operation, handler in others.items() if operation.permission == "view"
    }

    def ask_together(context: Context, request: contract.AskTogether) -> contract.AnsweredTogether:
        """Answer each question in turn.

        :raises InvalidMessage: a question is of no operation that only looks.
        """
        answers = []
        for question in request.questions:
            found = readers.get(question.operation)
            if found is None:
                raise InvalidMessage("AskTogether", "one of the operations cannot be asked together with others")
            operation, handler = found
            whole = {"schema_version": 1, **question.request}
            whole |= {"actor": request.actor.model_dump(mode="json"), "organisation_id": request.organisation_id}
            answers.append(handler(context, operation.request.decode(whole)).encode())
        return contract.AnsweredTogether(answers=tuple(answers))

    return {contract.ASK_TOGETHER: ask_together}
