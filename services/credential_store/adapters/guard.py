"""Refuses database commands that name neither an organisation nor one of the named exceptions.

It sits in the driver, below every repository, in tests and in production alike: a forgotten condition becomes an error
before it becomes a leak.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from services.credential_store.adapters.schema import COLLECTIONS
from services.credential_store.domain.scope import PURPOSES, comment_of

_ALLOWED_COMMENTS = {comment_of(purpose) for purpose in PURPOSES}
_SCOPE_FIELDS = {spec.name: spec.scope_field for spec in COLLECTIONS if spec.scope_field is not None}


class UnscopedCommand(BaseException):
    """A command touches an organisation's collection without naming the organisation: a mistake in our code.

    Not an ``Exception``, because the driver swallows those of its listeners. The RPC entrypoint turns it into one.
    """


class ScopeGuard(CommandListener):
    """Looks at every command before it is sent."""

    def started(self, event: CommandStartedEvent) -> None:
        """Refuse an unscoped command.

        :raises UnscopedCommand: see there.
        """
        collection = event.command.get(event.command_name)
        field = _SCOPE_FIELDS.get(collection) if isinstance(collection, str) else None
        if field is None or event.command.get("comment") in _ALLOWED_COMMENTS:
            return
        for condition in _conditions(event.command_name, event.command):
            if not _names(condition.get(field)):
                raise UnscopedCommand(f"{event.command_name} on {collection} does not name {field}")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to do."""


def _names(value: Any) -> bool:
    """Tell whether a condition pins one organisation: a plain value, no operator that could match several."""
    return isinstance(value, str) and value != ""


def _conditions(name: str, command: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """Return what must name the organisation: filters, and documents to be inserted."""
    read = _READERS.get(name)
    return read(command) if read else []  # createIndexes, getMore and the like


def _first_match(command: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    pipeline = command.get("pipeline", [])
    return [pipeline[0].get("$match", {}) if pipeline else {}]


_READERS: Mapping[str, Callable[[Mapping[str, Any]], list[Mapping[str, Any]]]] = {
    "insert": lambda command: list(command["documents"]),
    "update": lambda command: [update["q"] for update in command["updates"]],
    "delete": lambda command: [delete["q"] for delete in command["deletes"]],
    "find": lambda command: [command.get("filter", {})],
    "findAndModify": lambda command: [command.get("query", {})],
    "count": lambda command: [command.get("query", {})],
    "distinct": lambda command: [command.get("query", {})],
    "aggregate": _first_match,
}
