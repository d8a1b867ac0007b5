"""Signing in and out, and the password."""

from conferral.contracts.errors import NotAuthenticated
from conferral.contracts.rpc import accounts
from services.issuer_web.handlers.visitor import Visitor


def sign_in(visitor: Visitor, email: str, password: str, client_address: str, user_agent: str = "") -> str:
    """Return a fresh session token.

    :raises NotAuthenticated: address or password is wrong; which one is not told.
    :raises LimitExceeded: too many attempts.
    """
    answer = visitor.ask(
        accounts.SIGN_IN, email=email, password=password, client_address=client_address, user_agent=user_agent
    )
    return answer.session


def resume(visitor: Visitor) -> accounts.Session:
    """Return the signed-in person.

    :raises NotAuthenticated: there is no session, or it is over.
    """
    if visitor.session is None:
        raise NotAuthenticated("You are not signed in.")
    return visitor.ask(accounts.RESUME_SESSION)


def sign_out(visitor: Visitor) -> None:
    """End the session."""
    visitor.ask(accounts.SIGN_OUT)


def request_password_reset(visitor: Visitor, email: str, client_address: str) -> None:
    """Have a link sent, if the address is an account's; nobody is told whether it is."""
    visitor.ask(accounts.REQUEST_PASSWORD_RESET, email=email, client_address=client_address)


def reset_password(visitor: Visitor, token: str, password: str) -> None:
    """Set a new password; every session of the person ends.

    :raises ConferralError: the link was used or is too old, or the password will not do.
    """
    visitor.ask(accounts.RESET_PASSWORD, token=token, password=password)
