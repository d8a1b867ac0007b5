"""The errors that cross a process border.

::

    ConferralError(message)              code          permanent
    ├── InvalidMessage(name, detail)     invalid_message     yes
    ├── InvalidInput(message, problems)  invalid_input       yes
    ├── NotAuthenticated(message)        not_authenticated   yes
    ├── NotPermitted(message)            not_permitted       yes
    ├── NotFound(message)                not_found           yes
    ├── Conflict(message)                conflict            yes
    ├── LimitExceeded(message)           limit_exceeded      yes
    ├── DesignFailed(message)            design_failed       yes
    ├── DesignNotInstalled(message)      design_not_installed no
    ├── DeadlineExceeded(message)        deadline_exceeded   no
    └── Unavailable(message)             unavailable         no

``permanent`` says whether trying the same again can help; the one retry policy reads it and nothing else.
Positional arguments equal ``self.args``, because nameko rebuilds an exception as ``cls(*args)``.
"""

from typing import ClassVar


class ConferralError(Exception):
    """Root of everything that a service answers instead of a result. ``message`` is fit for a person to read."""

    code: ClassVar[str] = "error"
    permanent: ClassVar[bool] = True

    @property
    def message(self) -> str:
        """What to tell a person."""
        return str(self.args[0]) if self.args else self.code


class InvalidMessage(ConferralError):
    """A payload that does not decode: ``InvalidMessage(name, detail)``."""

    code = "invalid_message"

    @property
    def message(self) -> str:
        """Name and detail."""
        return ": ".join(map(str, self.args))


class InvalidInput(ConferralError):
    """Input that a person can correct: ``InvalidInput(message, problems)``.

    ``problems`` is a list of ``[path, text]`` pairs; ``path`` names the field, as in ``rows.3.email``.
    """

    code = "invalid_input"

    @property
    def problems(self) -> list[tuple[str, str]]:
        """Pairs of field path and text."""
        return [(str(path), str(text)) for path, text in self.args[1]] if len(self.args) > 1 else []


class NotAuthenticated(ConferralError):
    """No valid session, or wrong credentials; the text never says which."""

    code = "not_authenticated"


class NotPermitted(ConferralError):
    """The actor's role does not allow this."""

    code = "not_permitted"


class NotFound(ConferralError):
    """There is no such record in the actor's scope; a foreign record answers alike."""

    code = "not_found"


class Conflict(ConferralError):
    """Somebody changed the record in between, or its state does not allow this."""

    code = "conflict"


class LimitExceeded(ConferralError):
    """Too many attempts, rows or bytes."""

    code = "limit_exceeded"


class DesignFailed(ConferralError):
    """A design raised, ran over its limits, or drew something that is not allowed."""

    code = "design_failed"


class DesignNotInstalled(ConferralError):
    """The pinned plugin version is not installed here; another worker may have it."""

    code = "design_not_installed"
    permanent = False


class DeadlineExceeded(ConferralError):
    """The caller no longer waits."""

    code = "deadline_exceeded"
    permanent = False


class Unavailable(ConferralError):
    """A part of the system does not answer at the moment."""

    code = "unavailable"
    permanent = False


def _tree(root: type[ConferralError]) -> dict[str, type[ConferralError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


BY_CODE: dict[str, type[ConferralError]] = _tree(ConferralError)
