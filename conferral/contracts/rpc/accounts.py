"""``store.accounts``: sessions, passwords, organisations."""

from conferral.contracts.actors import Role
from conferral.contracts.ids import Id
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Done, Operation, Request

SERVICE = "store.accounts"


class SignIn(Request):
    """``client_address`` is for the limit on attempts; it is stored hashed."""

    email: str
    password: str
    client_address: str
    user_agent: str = ""
    """What the browser says of itself, for the person's own list of sessions."""


class SignedIn(Answer):
    """``session`` is the token, told once; the store keeps only its hash."""

    session: str
    expires_at: Instant


class ResumeSession(Request):
    """Ask whose session it is."""


class Membership(Record):
    """A person's role in one organisation."""

    organisation_id: Id
    organisation_name: str
    role: Role
    timezone: str


class Session(Answer):
    """The signed-in person."""

    person_id: Id
    name: str
    email: str
    operator: bool
    memberships: Many[Membership]


class SignOut(Request):
    """End the actor's session."""


class RequestPasswordReset(Request):
    """Answers alike whether the address is known or not; the email goes out as a delivery."""

    email: str
    client_address: str


class ResetPassword(Request):
    """``token`` comes from the email's link; all of the person's sessions end."""

    token: str
    password: str


class CreateOrganisation(Request):
    """With its first owner, its signing key and its status list. ``password`` None leaves the owner to reset it."""

    name: str
    timezone: str = "UTC"
    url: str | None = None
    owner_name: str
    owner_email: str
    password: str | None = None
    operator: bool = False
    """Make the owner an operator of the installation too."""


class OrganisationCreated(Answer):
    """``created`` is False when the organisation of that name and owner was there already."""

    organisation_id: Id
    person_id: Id
    created: bool
    known_owner: bool = False
    """The owner had an account before, and keeps its password."""


SIGN_IN = Operation(SERVICE, "sign_in", SignIn, SignedIn, "anyone")
RESUME_SESSION = Operation(SERVICE, "resume_session", ResumeSession, Session, "session")
SIGN_OUT = Operation(SERVICE, "sign_out", SignOut, Done, "session")
REQUEST_PASSWORD_RESET = Operation(SERVICE, "request_password_reset", RequestPasswordReset, Done, "anyone")
RESET_PASSWORD = Operation(SERVICE, "reset_password", ResetPassword, Done, "anyone")
CREATE_ORGANISATION = Operation(SERVICE, "create_organisation", CreateOrganisation, OrganisationCreated, "service")

OPERATIONS = (SIGN_IN, RESUME_SESSION, SIGN_OUT, REQUEST_PASSWORD_RESET, RESET_PASSWORD, CREATE_ORGANISATION)
