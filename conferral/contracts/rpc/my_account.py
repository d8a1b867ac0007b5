"""``store.my_account``: what a signed-in person settles about themselves, whatever organisation they are in."""

from conferral.contracts.ids import Id
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Done, Operation, Request

SERVICE = "store.my_account"


class ChangeName(Request):
    """One's own name."""

    name: str


class ChangePassword(Request):
    """Asks for the present one; all other sessions end."""

    present: str
    password: str


class ListSessions(Request):
    """One's own sessions."""


class OwnSession(Record):
    """``user_agent``: what the browser said of itself at sign-in; empty when it is not known."""

    id: Id
    began_at: Instant
    last_used_at: Instant
    """To within some minutes."""
    user_agent: str
    current: bool


class Sessions(Answer):
    """Latest used first."""

    sessions: Many[OwnSession]


class EndSession(Request):
    """End one of one's own sessions."""

    session_id: Id


class EndOtherSessions(Request):
    """End all of one's own sessions but this one."""


CHANGE_NAME = Operation(SERVICE, "change_name", ChangeName, Done, "session")
CHANGE_PASSWORD = Operation(SERVICE, "change_password", ChangePassword, Done, "session")
LIST_SESSIONS = Operation(SERVICE, "list_sessions", ListSessions, Sessions, "session")
END_SESSION = Operation(SERVICE, "end_session", EndSession, Sessions, "session")
END_OTHER_SESSIONS = Operation(SERVICE, "end_other_sessions", EndOtherSessions, Sessions, "session")

OPERATIONS = (CHANGE_NAME, CHANGE_PASSWORD, LIST_SESSIONS, END_SESSION, END_OTHER_SESSIONS)
