"""A Caller in memory that answers real messages, and blobs and a reader in memory: small implementations of ports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conferral.contracts.canonical import digest_of
from conferral.contracts.errors import ConferralError, NotFound
from conferral.contracts.operation import A, Answer, Operation, Q, Request

Reply = Answer | ConferralError | Callable[[Any], Answer]


@dataclass
class Answering:
    """Answers each operation as it was told; requests and answers go through JSON, as on the bus."""

    replies: Mapping[Operation[Any, Any], Reply]
    asked: list[Request] = field(default_factory=list)

    def call(self, operation: Operation[Q, A], request: Q, *, timeout: float | None = None) -> A:
        decoded = operation.request.decode(request.encode())
        self.asked.append(decoded)
        reply = self.replies[operation]
        if isinstance(reply, ConferralError):
            raise reply
        answer = reply if isinstance(reply, Answer) else reply(decoded)
        return operation.answer.decode(answer.encode())


@dataclass
class MemoryBlobs:
    """The Blobs port."""

    content: dict[str, bytes] = field(default_factory=dict)
    failure: ConferralError | None = None
    read: list[str] = field(default_factory=list)

    def put(self, content: bytes) -> str:
        digest = digest_of(content)
        self.content[digest] = content
        return digest

    def get(self, digest: str) -> bytes:
        self.read.append(digest)
        if self.failure:
            raise self.failure
        try:
            return self.content[digest]
        except KeyError:
            raise NotFound(f"there is no blob {digest}") from None
