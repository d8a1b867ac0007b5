"""An RPC operation as data: what is asked, what is answered, who may ask, and how long it may take."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from conferral.contracts.actors import Actor, Permission
from conferral.contracts.ids import OrganisationId
from conferral.contracts.message import Message


class Request(Message):
    """What every RPC carries besides its own fields."""

    actor: Actor
    organisation_id: OrganisationId | None = None


class Answer(Message):
    """What every RPC answers with."""


class Done(Answer):
    """It is done, and there is nothing more to say."""


Q = TypeVar("Q", bound=Request)
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Operation(Generic[Q, A]):
    """One RPC method.

    :param service: nameko service name; its queue is ``rpc-<service>``.
    :param method: method name on that service.
    :param permission: checked by the server before its handler runs.
    :param timeout: seconds that the caller waits by default, and after which the server does not start.
    """

    service: str
    method: str
    request: type[Q]
    answer: type[A]
    permission: Permission
    timeout: float = 5.0

    @property
    def name(self) -> str:
        """``service.method``, for logs and metrics."""
        return f"{self.service}.{self.method}"


class Caller(Protocol):
    """The port through which one service asks another. Adapters: the RPC client; in tests, handlers called directly."""

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        """Ask and wait.

        :param timeout: seconds overall; None: the operation's own.
        :raises ConferralError: what the server answered, rebuilt by its code; ``Unavailable`` when the bus is down
            or nobody answered in time.
        """
