"""``store.operations``: what the installation's operator sees and does. Ids and counts; no organisation's data."""

from typing import Annotated, Literal

from pydantic import Field

from conferral.contracts.ids import Id, OrganisationId
from conferral.contracts.message import Instant, Many, Record
from conferral.contracts.operation import Answer, Done, Operation, Request

SERVICE = "store.operations"
LONGEST_REASON = 200
MOST_COUNTED = 1_000
"""Letters and outbox rows beyond are not counted."""

LetterState = Literal["open", "redriven", "discarded"]
MailState = Literal["flows", "held", "copy"]
"""``held`` by an operator; ``copy``: the database is not the one that this installation's mail was sent from."""


class DeadLetter(Record):
    """A message that nobody could deal with.

    ``message``: what kind of message it is; empty when it cannot be read, and then it cannot be sent again either.
    ``records``: how many chunks or emails it names. ``size`` is in bytes.
    """

    id: str
    queue: str
    reason: str
    state: LetterState
    message: str
    message_id: str
    organisation_id: OrganisationId | None
    records: int
    size: int
    died_at: Instant
    redrivable: bool


class ListLetters(Request):
    """Open ones, latest first."""

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 25


class Letters(Answer):
    """``cursor`` goes on from there; None: there are no more."""

    letters: Many[DeadLetter]
    cursor: str | None = None


class RedriveLetter(Request):
    """Send it again, with the same message id, through the outbox. One that is not open any more stays as it is."""

    letter_id: str


class DiscardLetter(Request):
    """Give it up; why is kept. One that is not open any more stays as it is."""

    letter_id: str
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]


class QueueDepth(Record):
    """``consumers``: processes that take from it."""

    name: str
    waiting: int
    consumers: int


class MailServerHold(Record):
    """A mail server that a mailer leaves alone for now. ``organisation_id`` None: the installation's own."""

    organisation_id: OrganisationId | None
    reason: str
    seconds: float
    reported_at: Instant


class ReportedFinding(Record):
    """Something that the auditor found broken."""

    invariant: str
    record: str
    organisation_id: OrganisationId | None
    problem: str
    advice: str


class AuditVerdict(Record):
    """The auditor's last word on the whole installation. ``broken``: invariant to the number of records."""

    began_at: Instant
    seconds: float
    well: bool
    broken: dict[str, int]
    findings: Many[ReportedFinding]


class GetOperations(Request):
    """How the installation is."""


class OperationsAnswer(Answer):
    """``letters`` and ``messages`` are counted up to MOST_COUNTED; ``oldest_message`` is its age in seconds.

    ``queues_at``: when a relay last looked at the broker; None: none ever did.
    ``sweeping``: whether a relay holds the sweeper's lease.
    """

    now: Instant
    letters: int
    messages: int
    oldest_message: float
    queues: Many[QueueDepth]
    queues_at: Instant | None
    sweeping: bool
    mail: MailState
    holds: Many[MailServerHold]
    verdict: AuditVerdict | None


class SwitchMail(Request):
    """Hold all mail, or let it flow. Of a restored copy: this database is the one to send from, from now on.

    What is being sent is finished.
    """

    flows: bool


class OperatorSwitchesMail(SwitchMail):
    """The same, asked for by the operator."""


class ReportedHold(Record):
    """One of them. ``organisation_id`` None: the installation's own."""

    organisation_id: OrganisationId | None
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]
    seconds: float


class ReportHolds(Request):
    """A mailer's mail servers that it leaves alone for now, in place of what it reported before.

    ``mailer``: an id that the process made for itself when it started.
    """

    mailer: Id
    holds: Annotated[Many[ReportedHold], Field(max_length=100)]


class SetLimit(Request):
    """How many credentials an organisation may publish at once; None: as the installation has it."""

    publish: Annotated[int, Field(ge=1)] | None


class CreateOperator(Request):
    """Let somebody run the installation; an account is made where there is none. Asked for by the installation.

    ``password`` is for a new account.
    """

    name: str
    email: str
    password: str


class OperatorCreated(Answer):
    """``known``: there was such an account; it keeps its name and password."""

    known: bool


class GetInstallation(Request):
    """The same as GetOperations, asked for by the installation's own programs."""


GET_OPERATIONS = Operation(SERVICE, "get_operations", GetOperations, OperationsAnswer, "operate")
LIST_LETTERS = Operation(SERVICE, "list_letters", ListLetters, Letters, "operate")
REDRIVE_LETTER = Operation(SERVICE, "redrive_letter", RedriveLetter, Done, "operate")
DISCARD_LETTER = Operation(SERVICE, "discard_letter", DiscardLetter, Done, "operate")
OPERATOR_SWITCHES_MAIL = Operation(SERVICE, "operator_switches_mail", OperatorSwitchesMail, Done, "operate")
SWITCH_MAIL = Operation(SERVICE, "switch_mail", SwitchMail, Done, "service")
GET_INSTALLATION = Operation(SERVICE, "get_installation", GetInstallation, OperationsAnswer, "service")
CREATE_OPERATOR = Operation(SERVICE, "create_operator", CreateOperator, OperatorCreated, "service")
REPORT_HOLDS = Operation(SERVICE, "report_holds", ReportHolds, Done, "service")
SET_LIMIT = Operation(SERVICE, "set_limit", SetLimit, Done, "service")
OPERATIONS = (
    GET_OPERATIONS,
    LIST_LETTERS,
    REDRIVE_LETTER,
    DISCARD_LETTER,
    OPERATOR_SWITCHES_MAIL,
    SWITCH_MAIL,
    GET_INSTALLATION,
    CREATE_OPERATOR,
    REPORT_HOLDS,
    SET_LIMIT,
)
