"""One's own name, password and sessions."""

from collections.abc import Sequence

from conferral.contracts.rpc import my_account
from services.issuer_web.handlers.visitor import Visitor


def change_name(visitor: Visitor, name: str) -> None:
    """Store one's own name."""
    visitor.ask(my_account.CHANGE_NAME, name=name)


def change_password(visitor: Visitor, present: str, password: str) -> None:
    """Set a new password; all other sessions end.

    :raises InvalidInput: the present password is wrong, or the new one will not do.
    """
    visitor.ask(my_account.CHANGE_PASSWORD, present=present, password=password)


def list_sessions(visitor: Visitor) -> Sequence[my_account.OwnSession]:
    """Return one's own sessions, the latest used first."""
    return visitor.ask(my_account.LIST_SESSIONS).sessions


def end_session(visitor: Visitor, session_id: str) -> None:
    """End one of them.

    :raises NotFound: it is over already.
    """
    visitor.ask(my_account.END_SESSION, session_id=session_id)


def end_other_sessions(visitor: Visitor) -> None:
    """End all but this one."""
    visitor.ask(my_account.END_OTHER_SESSIONS)
