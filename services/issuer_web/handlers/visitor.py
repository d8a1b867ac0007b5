"""Who asks: every handler gets a visitor and asks the store in that person's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError, InvalidInput
from conferral.contracts.operation import Answer, Caller, Operation, Request
from conferral.contracts.rpc import together

Q = TypeVar("Q", bound=Request)
A = TypeVar("A", bound=Answer)
_OF_THE_CALL = {"actor", "organisation_id"}
"""Fields that are the same in all that a visitor asks."""


@dataclass(frozen=True)
class Question:
    """What a page will ask: an operation that only looks, and its request's fields."""

    operation: Operation[Any, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Visitor:
    """A person's session in one organisation, as far as the request says so; the store believes neither unchecked.

    :param failure: why the store could not be asked a moment ago; asking again is then not tried, so that a page
        that tells of an outage does not wait twice.
    :param known: answers that were asked for together, by ``key_of`` their requests.
    """

    caller: Caller
    session: str | None = None
    organisation_id: str | None = None
    failure: ConferralError | None = None
    known: Mapping[str, Answer] = field(default_factory=dict)

    def ask(self, operation: Operation[Q, A], *, timeout: float | None = None, **fields: Any) -> A:
        """Call an operation as this person.

        :raises ConferralError: what the store answered, or that it does not answer.
        """
        if self.failure:
            raise self.failure
        request = self._request(operation, fields)
        if self.known and (found := self.known.get(key_of(operation, request))) is not None:
            return cast("A", found)
        return self.caller.call(operation, request, timeout=timeout)

    def ask_together(self, questions: Sequence[Question]) -> dict[str, Answer]:
        """Ask for several things at once; return the answers for ``known``: whoever asks for one of them has it.

        :raises ConferralError: what the store answered to one of them, or that it does not answer.
        """
        asked = [(one.operation, self._request(one.operation, one.fields)) for one in questions]
        said = tuple(
            together.Question(operation=operation.name, request=request.model_dump(mode="json", exclude=_OF_THE_CALL))
            for operation, request in asked
        )
        answers = self.ask(together.ASK_TOGETHER, questions=said).answers
        return {
            key_of(operation, request): operation.answer.decode(answer)
            for (operation, request), answer in zip(asked, answers, strict=True)
        }

    def _request(self, operation: Operation[Q, A], fields: Mapping[str, Any]) -> Q:
        actor = Actor(session=self.session)
        try:
            return operation.request(actor=actor, organisation_id=self.organisation_id, **fields)
        except ValidationError as error:
            problems = [[".".join(map(str, problem["loc"])), problem["msg"]] for problem in error.errors()]
            raise InvalidInput("This is not right yet.", problems) from None


def key_of(operation: Operation[Any, Any], request: Request) -> str:
    """Return by what an answer is known: what was asked."""
    return f"{operation.name} {request.model_dump_json(exclude=_OF_THE_CALL)}"
