"""Crash points of the store: every command that reaches the database passes through the driver, and so through here."""

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from conferral.runtime.crash_points import reached


class CrashListener(CommandListener):
    """``store.<command>[.<collection>].ask`` before a command leaves, ``….answered`` once the server has done it."""

    def __init__(self) -> None:
        self._running: dict[tuple[int, int | None], str] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Name the command by its collection, where it has one."""
        collection = event.command.get(event.command_name)
        name = f"{event.command_name}.{collection}" if isinstance(collection, str) else event.command_name
        self._running[event.request_id, event.operation_id] = name
        reached(f"store.{name}.ask")

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Be at the point after the command."""
        name = self._running.pop((event.request_id, event.operation_id), event.command_name)
        reached(f"store.{name}.answered")

    def failed(self, event: CommandFailedEvent) -> None:
        """Forget the command."""
        self._running.pop((event.request_id, event.operation_id), None)
