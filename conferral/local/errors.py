"""What can go wrong on one machine.

::

    CannotStart(message, *advice)   the local system cannot start; the text says what to do
    └── AlreadyRunning(message)     it runs already, in this checkout
"""


class CannotStart(Exception):
    """``CannotStart(message, *advice)``: every argument is a line fit for a person to read."""

    def __str__(self) -> str:
        """Message and advice, a line each."""
        return "\n".join(map(str, self.args))


class AlreadyRunning(CannotStart):
    """Somebody runs this checkout's system already."""
