"""Who asks: every handler gets a visitor and asks the store in that person's name."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError, InvalidInput
from conferral.contracts.operation import Answer, Caller, Operation, Request

Q = TypeVar("Q", bound=Request)
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Visitor:
    """A person's session in one organisation, as far as the request says so; the store believes neither unchecked.

    :param failure: why the store could not be asked a moment ago; asking again is then not tried, so that a page
        that tells of an outage does not wait twice.
    """

    caller: Caller
    session: str | None = None
    organisation_id: str | None = None
    failure: ConferralError | None = None

    def ask(self, operation: Operation[Q, A], *, timeout: float | None = None, **fields: Any) -> A:
        """Call an operation as this person.

        :raises ConferralError: what the store answered, or that it does not answer.
        """
        if self.failure:
            raise self.failure
        actor = Actor(session=self.session)
        try:
            request = operation.request(actor=actor, organisation_id=self.organisation_id, **fields)
        except ValidationError as error:
            problems = [[".".join(map(str, problem["loc"])), problem["msg"]] for problem in error.errors()]
            raise InvalidInput("This is not right yet.", problems) from None
        return self.caller.call(operation, request, timeout=timeout)
