"""What running the installation needs from outside, beside ``ports``. The same conventions hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.credential_store.audit_ports import Verdicts
from services.credential_store.domain.letters import RawLetter
from services.credential_store.domain.mail_hold import Epoch, Known
from services.credential_store.domain.scope import SystemScope

Document = dict[str, Any]
Session = Any


class DeadLetters(Protocol):
    """Dead letters that were filed."""

    def file(self, scope: SystemScope, letters: Sequence[Document]) -> int:
        """Store those that are not there yet, drop the oldest of too many, and return how many were new."""

    def page(self, scope: SystemScope, cursor: str | None, limit: int) -> list[Document]:
        """Return open ones, latest first; ``cursor`` is the last one's ``order``."""

    def get(self, scope: SystemScope, letter_id: str) -> Document | None:
        """Return one."""

    def settle(self, scope: SystemScope, letter_id: str, state: str, changes: Document, *, session: Session) -> bool:
        """Bring an open one to its end; False: it is not open."""

    def count(self, scope: SystemScope, limit: int) -> int:
        """Count open ones, up to a limit."""


class Messages(Protocol):
    """The outbox, for its keeper."""

    def add(self, scope: SystemScope, row: Document, now: datetime, *, session: Session) -> None:
        """Put a message in once more."""

    def waiting(self, scope: SystemScope, limit: int) -> tuple[int, datetime | None]:
        """Count rows, up to a limit, and return since when the oldest of these waits."""


class Installation(Protocol):
    """What belongs to the installation itself."""

    def known_mail(self, scope: SystemScope) -> Known:
        """Return what the database says about sending mail."""

    def has_mail(self, scope: SystemScope) -> bool:
        """Tell whether there are any emails."""

    def change_mail(
        self, scope: SystemScope, before: Epoch | None, changes: Document, *, session: Session = None
    ) -> bool:
        """Set fields if the epoch is still this; False: somebody else moved it."""

    def wake_emails(self, scope: SystemScope, now: datetime) -> int:
        """Have queued emails looked at now that would be looked at later; return how many."""

    def note(self, scope: SystemScope, name: str, fields: Document) -> None:
        """Keep something about the installation in place of what was there."""

    def noted(self, scope: SystemScope, name: str) -> Document | None:
        """Return it."""

    def noted_since(self, scope: SystemScope, prefix: str, since: datetime) -> list[Document]:
        """Return what was noted from that time, under names that begin so."""

    def is_swept(self, scope: SystemScope, now: datetime) -> bool:
        """Tell whether a relay holds the sweeper's lease."""


class EpochFile(Protocol):
    """The epoch outside the database."""

    is_named: bool
    """Whether the settings name a file."""

    def read(self) -> Epoch | None:
        """Return what is in it; None: there is none, or it is not readable."""

    def write(self, epoch: Epoch) -> None:
        """Replace it in one step.

        :raises OSError: it cannot be written.
        """


class LetterQueues(Protocol):
    """The broker's dead-letter queues."""

    def take(self, limit: int) -> list[RawLetter]:
        """Take up to so many, not acknowledged yet.

        :raises Unavailable: the broker does not answer; what was taken is given out again.
        """

    def done(self) -> None:
        """Acknowledge what was taken.

        :raises Unavailable: the broker does not answer; it is given out again.
        """

    def depths(self) -> list[Document]:
        """Return name, waiting and consumers of every queue.

        :raises Unavailable: the broker does not answer.
        """


@dataclass(frozen=True)
class Operations:
    """The repositories of running the installation."""

    letters: DeadLetters
    messages: Messages
    installation: Installation
    verdicts: Verdicts
