"""``store.credentials``: several questions in one call, for a page that shows the answers together."""

from typing import Annotated, Any

from pydantic import Field

from conferral.contracts.message import Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.credentials import SERVICE

MOST_QUESTIONS = 8


class Question(Record):
    """A request of its own, without the actor and the organisation, which are the call's."""

    operation: Annotated[str, Field(max_length=100)]
    """Its name; its permission is ``view``."""
    request: dict[str, Any]


class AskTogether(Request):
    """Read several things. Where one cannot be answered, its error is the call's."""

    questions: Annotated[Many[Question], Field(min_length=1, max_length=MOST_QUESTIONS)]


class AnsweredTogether(Answer):
    """Each operation's encoded answer, in the order of the questions."""

    answers: Many[dict[str, Any]]


ASK_TOGETHER = Operation(SERVICE, "ask_together", AskTogether, AnsweredTogether, "view", timeout=10.0)

OPERATIONS = (ASK_TOGETHER,)
