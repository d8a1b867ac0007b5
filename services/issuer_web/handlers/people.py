"""The organisation's people, and both ends of an invitation."""

from collections.abc import Sequence

from conferral.contracts.rpc import people
from services.issuer_web.handlers.visitor import Visitor


def list_people(visitor: Visitor) -> Sequence[people.Person]:
    """Return everybody who belongs to the organisation, by name."""
    return visitor.ask(people.LIST_PEOPLE).people


def list_invitations(visitor: Visitor) -> Sequence[people.Invitation]:
    """Return the invitations that nobody has accepted yet."""
    return visitor.ask(people.LIST_INVITATIONS).invitations


def invite(visitor: Visitor, invitation_id: str, email: str, role: str) -> None:
    """Send an invitation.

    :param invitation_id: made with the form, so that submitting twice sends once.
    """
    visitor.ask(people.INVITE_PERSON, invitation_id=invitation_id, email=email, role=role)


def resend(visitor: Visitor, invitation_id: str) -> None:
    """Send a new link; the old one stops working."""
    visitor.ask(people.RESEND_INVITATION, invitation_id=invitation_id)


def withdraw(visitor: Visitor, invitation_id: str) -> None:
    """Make an invitation's link useless."""
    visitor.ask(people.WITHDRAW_INVITATION, invitation_id=invitation_id)


def change_role(visitor: Visitor, person_id: str, before: str, role: str) -> None:
    """Give somebody another role.

    :raises Conflict: somebody else did in between, or there would be no owner left.
    """
    visitor.ask(people.CHANGE_ROLE, person_id=person_id, before=before, role=role)


def remove(visitor: Visitor, person_id: str) -> None:
    """End a membership.

    :raises Conflict: there would be no owner left.
    """
    visitor.ask(people.REMOVE_PERSON, person_id=person_id)


def look_at_invitation(visitor: Visitor, token: str) -> people.InvitationShown:
    """Return what an invitation's link leads to.

    :raises NotFound: it was used or withdrawn, or is too old.
    """
    return visitor.ask(people.LOOK_AT_INVITATION, token=token)


def accept(visitor: Visitor, token: str, name: str, password: str, user_agent: str) -> str:
    """Join as a new person, and return a fresh session token."""
    answer = visitor.ask(people.ACCEPT_INVITATION, token=token, name=name, password=password, user_agent=user_agent)
    return answer.session


def join(visitor: Visitor, token: str) -> str:
    """Join as the signed-in person, and return the organisation's id."""
    return visitor.ask(people.JOIN_INVITATION, token=token).organisation_id
