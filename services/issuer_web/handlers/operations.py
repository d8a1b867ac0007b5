"""What the installation's operator looks at and does."""

from conferral.contracts.rpc import operations as contract
from services.issuer_web.handlers.visitor import Visitor


def look(visitor: Visitor) -> contract.OperationsAnswer:
    """Return how the installation is.

    :raises NotPermitted: the person is no operator.
    """
    return visitor.ask(contract.GET_OPERATIONS)


def letters(visitor: Visitor, cursor: str | None) -> contract.Letters:
    """Return a page of open dead letters."""
    return visitor.ask(contract.LIST_LETTERS, cursor=cursor)


def redrive(visitor: Visitor, letter_id: str) -> None:
    """Send a dead letter again.

    :raises NotFound: there is none of this id, or it cannot be sent again.
    """
    visitor.ask(contract.REDRIVE_LETTER, letter_id=letter_id)


def discard(visitor: Visitor, letter_id: str, reason: str) -> None:
    """Give a dead letter up."""
    visitor.ask(contract.DISCARD_LETTER, letter_id=letter_id, reason=reason[: contract.LONGEST_REASON])


def switch_mail(visitor: Visitor, *, flows: bool) -> None:
    """Hold all mail, or let it flow."""
    visitor.ask(contract.OPERATOR_SWITCHES_MAIL, flows=flows)
