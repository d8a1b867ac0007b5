"""What a person sees in the terminal while the system starts, works and stops."""

import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from conferral.local.errors import CannotStart
from conferral.local.run_file import Addresses
from conferral.local.start import Reporter, Running
from conferral.local.system import Step


class Screen:
    """A terminal, or a file: then one line for each thing that happened, and no bars."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._headline = ""
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the command began."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(escape(text), soft_wrap=True)

    def reporter(self) -> Reporter:
        """Return what the start reports to."""
        return Reporter(self.say, self._step)

    def _step(self, headline: str, step: Step) -> None:
        first = next(iter(step.waiting), "")
        others = len(step.waiting) - 1
        self.progress(headline, step.done, step.total, f"{first} and {others} more" if others > 0 else first)

    def progress(self, headline: str, done: int, total: int, note: str = "") -> None:
        """Show one bar; a new headline begins a new one."""
        if headline != self._headline:
            self.end_progress()
            self._headline = headline
            self._progress = Progress(
                TextColumn("{task.description:<22}"),
                BarColumn(bar_width=20),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                # what there is no room for is cut here, and not in the bar
                TextColumn("[dim]{task.fields[note]}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
                console=self._console,
                expand=True,
                disable=not self._console.is_terminal,
            )
            self._progress.start()
            self._task = self._progress.add_task(headline, total=total, note="")
            if not self._console.is_terminal:
                self.say(f"{headline} …")
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total, note=escape(note))
        if done >= total:
            self.end_progress()

    def end_progress(self) -> None:
        """Leave the bar as it is."""
        if self._progress is not None:
            self._progress.stop()
        self._progress, self._task, self._headline = None, None, ""

    def started(self, running: Running) -> None:
        """Say where everything is."""
        self.end_progress()
        self.say(f"Conferral is up after {self.elapsed:.0f} s.")
        self._places(running.addresses)

    def already_running(self, error: CannotStart, addresses: Addresses | None) -> None:
        """Say so, and where it is."""
        self.say(str(error))
        if addresses:
            self._places(addresses)

    def failed(self, error: CannotStart) -> None:
        """Say what happened and what to do."""
        self.end_progress()
        self._console.print()
        self.say(str(error))

    def staying_up(self) -> None:
        """Say how it ends."""
        self._console.print()
        self.say("Ctrl-C stops everything.")

    def stopping(self) -> None:
        """Say that it takes a moment now."""
        self.end_progress()
        self.say("Stopping …")

    def _places(self, addresses: Addresses) -> None:
        self._console.print()
        for name, value in (
            ("Dashboard", addresses.dashboard_url),
            ("Sign in as", f"{addresses.email}  {addresses.password}"),
            ("Mailbox", addresses.mailbox_url),
        ):
            self.line(name, value)

    def line(self, name: str, value: str) -> None:
        """Print an aligned pair."""
        self._console.print(f"  [bold]{name:<18}[/bold] {escape(value)}", soft_wrap=True)
