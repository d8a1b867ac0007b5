"""How the organisation's emails leave."""

from dataclasses import dataclass

from conferral.contracts.errors import Conflict
from conferral.contracts.rpc import sending
from conferral.contracts.rpc.sending import SendingAnswer, SendingContent, TrialEmail
from services.issuer_web.handlers.visitor import Visitor

MOVING = frozenset({"queued", "claimed", "sending"})


@dataclass(frozen=True)
class Clash:
    """Somebody else saved in between: what is stored now."""

    theirs: SendingAnswer


def get_sending(visitor: Visitor) -> SendingAnswer:
    """Return what is stored; never a password."""
    return visitor.ask(sending.GET_SENDING)


def change_sending(visitor: Visitor, revision: int, content: SendingContent, password: str) -> Clash | None:
    """Store what was entered, unless somebody else did in between.

    :param password: empty: the one that is kept, if any.
    :raises InvalidInput: a field has to be corrected.
    """
    try:
        visitor.ask(sending.CHANGE_SENDING, revision=revision, content=content, password=password or None)
    except Conflict:
        return Clash(get_sending(visitor))
    return None


def send_test(visitor: Visitor, delivery_id: str) -> TrialEmail:
    """Send an email to oneself, by the way that is saved.

    :param delivery_id: made with the page, so that pressing twice sends once.
    """
    return visitor.ask(sending.SEND_TEST_EMAIL, delivery_id=delivery_id)


def get_test(visitor: Visitor, delivery_id: str) -> TrialEmail:
    """Return how far it is.

    :raises NotFound: there is none.
    """
    return visitor.ask(sending.GET_TEST_EMAIL, delivery_id=delivery_id)
