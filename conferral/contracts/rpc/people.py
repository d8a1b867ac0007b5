"""``store.people``: who belongs to an organisation, and who is invited to."""

from conferral.contracts.actors import Role
from conferral.contracts.ids import Id
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Operation, Request
from conferral.contracts.rpc.accounts import SignedIn

SERVICE = "store.people"


class ListPeople(Request):
    """Everybody who belongs to the organisation; there are at most some hundreds."""


class Person(Record):
    """A member."""

    person_id: Id
    name: str
    email: str
    role: Role


class People(Answer):
    """By name."""

    people: Many[Person]


class ListInvitations(Request):
    """Invitations that nobody has accepted yet."""


class Invitation(Record):
    """``expired``: its link no longer works; sending it again makes a new one."""

    id: Id
    email: str
    role: Role
    invited_at: Instant
    expires_at: Instant
    expired: bool


class Invitations(Answer):
    """By address."""

    invitations: Many[Invitation]


class InvitePerson(Request):
    """Send somebody a link by which they join. Idempotent by ``invitation_id``."""

    invitation_id: Id
    email: str
    role: Role


class ResendInvitation(Request):
    """Send a new link; the old one stops working."""

    invitation_id: Id


class WithdrawInvitation(Request):
    """Its link stops working."""

    invitation_id: Id


class ChangeRole(Request):
    """``before``: the role that the owner saw; another one by now is a conflict."""

    person_id: Id
    before: Role
    role: Role


class RemovePerson(Request):
    """They no longer belong to the organisation, and are signed out everywhere."""

    person_id: Id


class LookAtInvitation(Request):
    """What an invitation's link leads to. ``token`` comes from the email."""

    token: str


class InvitationShown(Answer):
    """``known``: the address has an account, so its person signs in to accept."""

    organisation_name: str
    email: str
    role: Role
    known: bool


class AcceptInvitation(Request):
    """Join as a new person, with a name and a password."""

    token: str
    name: str
    password: str
    user_agent: str = ""


class JoinInvitation(Request):
    """Join as the signed-in person, whose address must be the invitation's."""

    token: str


class Joined(Answer):
    """Where they belong now."""

    organisation_id: Id


LIST_PEOPLE = Operation(SERVICE, "list_people", ListPeople, People, "view")
LIST_INVITATIONS = Operation(SERVICE, "list_invitations", ListInvitations, Invitations, "own")
INVITE_PERSON = Operation(SERVICE, "invite_person", InvitePerson, Invitations, "own")
RESEND_INVITATION = Operation(SERVICE, "resend_invitation", ResendInvitation, Invitations, "own")
WITHDRAW_INVITATION = Operation(SERVICE, "withdraw_invitation", WithdrawInvitation, Invitations, "own")
CHANGE_ROLE = Operation(SERVICE, "change_role", ChangeRole, People, "own")
REMOVE_PERSON = Operation(SERVICE, "remove_person", RemovePerson, People, "own")
LOOK_AT_INVITATION = Operation(SERVICE, "look_at_invitation", LookAtInvitation, InvitationShown, "anyone")
ACCEPT_INVITATION = Operation(SERVICE, "accept_invitation", AcceptInvitation, SignedIn, "anyone")
JOIN_INVITATION = Operation(SERVICE, "join_invitation", JoinInvitation, Joined, "session")

OPERATIONS = (
    LIST_PEOPLE,
    LIST_INVITATIONS,
    INVITE_PERSON,
    RESEND_INVITATION,
    WITHDRAW_INVITATION,
    CHANGE_ROLE,
    REMOVE_PERSON,
    LOOK_AT_INVITATION,
    ACCEPT_INVITATION,
    JOIN_INVITATION,
)
