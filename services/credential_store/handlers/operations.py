"""What the installation's operator sees and does: ids, counts and reasons, and no organisation's data."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.operation import Done
from conferral.contracts.rpc import operations as contract
from services.credential_store.domain.letters import chunks_of, emails_of, is_redrivable, outbox_row
from services.credential_store.domain.scope import of_message, of_system
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.filing import QUEUES
from services.credential_store.handlers.mail_hold import mail_state

Document = dict[str, Any]

HOLDS = "holds:"
FORGET_HOLDS = timedelta(minutes=2)
"""A mailer that has reported nothing for so long is gone."""
_MOST_FINDINGS = 20
_MOST_TRIES = 5


def get_operations(
    context: Context, request: contract.GetOperations | contract.GetInstallation
) -> contract.OperationsAnswer:
    """Return how the installation is."""
    del request
    scope, now, operations = of_system("operations"), context.clock(), context.store.operations
    waiting, since = operations.messages.waiting(scope, contract.MOST_COUNTED)
    queues = operations.installation.noted(scope, QUEUES) or {}
    verdict = operations.verdicts.last(scope)
    reported = operations.installation.noted_since(scope, HOLDS, now - FORGET_HOLDS)
    return contract.OperationsAnswer(
        now=now,
        letters=operations.letters.count(scope, contract.MOST_COUNTED),
        messages=waiting,
        oldest_message=(now - since).total_seconds() if since else 0.0,
        queues=tuple(contract.QueueDepth(**queue) for queue in queues.get("queues", ())),
        queues_at=queues.get("at"),
        sweeping=operations.installation.is_swept(scope, now),
        mail=mail_state(context),
        holds=tuple(
            contract.MailServerHold(**hold, reported_at=mailer["at"]) for mailer in reported for hold in mailer["holds"]
        ),
        verdict=_verdict(verdict) if verdict else None,
    )


def list_letters(context: Context, request: contract.ListLetters) -> contract.Letters:
    """Return open dead letters, latest first."""
    found = context.store.operations.letters.page(context.system, request.cursor, request.limit + 1)
    shown = found[: request.limit]
    more = len(found) > request.limit
    return contract.Letters(
        letters=tuple(_letter(one) for one in shown), cursor=shown[-1]["order"] if more and shown else None
    )


def redrive_letter(context: Context, request: contract.RedriveLetter) -> Done:
    """Send a letter again through the outbox, with the id that it has.

    :raises NotFound: there is no such letter, or it cannot be read.
    """
    store, letter = context.store, _find(context, request.letter_id)
    if not is_redrivable(letter):
        raise NotFound("This message cannot be read, so it cannot be sent again.")
    now = context.clock()

    def work(session: Any) -> None:
        if not store.operations.letters.settle(context.system, letter["_id"], "redriven", {}, session=session):
            return
        store.operations.messages.add(context.system, outbox_row(letter), now, session=session)
        _audit(context, "redrive_letter", letter, {}, session)

    store.transaction(work)
    return Done()


def discard_letter(context: Context, request: contract.DiscardLetter) -> Done:
    """Give a letter up.

    :raises NotFound: there is no such letter.
    """
    store, letter = context.store, _find(context, request.letter_id)
    reason = request.reason.strip()

    def work(session: Any) -> None:
        changes = {"discarded_because": reason}
        if store.operations.letters.settle(context.system, letter["_id"], "discarded", changes, session=session):
            _audit(context, "discard_letter", letter, {"reason": reason}, session)

    store.transaction(work)
    return Done()


def switch_mail(context: Context, request: contract.SwitchMail) -> Done:
    """Hold all mail, or let it flow.

    Of a copy, letting it flow begins a new epoch: what was kept outside belongs to the database that it came from.

    :raises Conflict: the epoch was carried on each time at the same moment; nothing was changed.
    """
    for _ in range(_MOST_TRIES):
        if _switch(context, flows=request.flows):
            break
    else:
        raise Conflict("This was changed at this very moment. Please try again.")
    if request.flows:
        context.store.operations.installation.wake_emails(of_system("operations"), context.clock())
    return Done()


def _switch(context: Context, *, flows: bool) -> bool:
    store, scope = context.store, of_system("operations")
    known = store.operations.installation.known_mail(scope)
    changes: Document = {"held": not flows}
    if flows and mail_state(context) == "copy":
        changes |= {"epoch": new_id(), "count": 1, "adopting": True}

    def work(session: Any) -> bool:
        if not store.operations.installation.change_mail(scope, known.epoch, changes, session=session):
            return False
        details = {"mail": "flows" if flows else "held"}
        store.audit.add(
            of_message(INSTALLATION), context.actor_id, "switch_mail", INSTALLATION, details, session=session
        )
        return True

    return store.transaction(work)


def report_holds(context: Context, request: contract.ReportHolds) -> Done:
    """Keep which mail servers a mailer leaves alone."""
    holds = [hold.model_dump(mode="json") for hold in request.holds]
    fields = {"at": context.clock(), "holds": holds}
    context.store.operations.installation.note(context.system, f"{HOLDS}{request.mailer}", fields)
    return Done()


def set_limit(context: Context, request: contract.SetLimit) -> Done:
    """Set how many credentials an organisation may publish at once.

    :raises NotFound: there is no such organisation.
    """
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        if not store.settings.organisations.limit(scope, request.publish, session=session):
            raise NotFound("There is no such organisation.")
        details = {"publish": request.publish}
        store.audit.add(scope, context.actor_id, "set_limit", scope.organisation_id, details, session=session)

    store.transaction(work)
    return Done()


def _find(context: Context, letter_id: str) -> Document:
    found = context.store.operations.letters.get(context.system, letter_id)
    if found is None:
        raise NotFound("There is no such dead letter.")
    return found


def _audit(context: Context, action: str, letter: Document, details: Document, session: Any) -> None:
    said = {"queue": letter["queue"], "message_id": letter["message_id"], **details}
    context.store.audit.add(of_message(INSTALLATION), context.actor_id, action, letter["_id"], said, session=session)


def _letter(letter: Document) -> contract.DeadLetter:
    return contract.DeadLetter(
        id=letter["_id"],
        queue=letter["queue"],
        reason=letter["reason"],
        state=letter["state"],
        message=letter["message"],
        message_id=letter["message_id"],
        organisation_id=letter["organisation_id"],
        records=len(chunks_of(letter)) + len(emails_of(letter)),
        size=letter["size"],
        died_at=letter["died_at"],
        redrivable=is_redrivable(letter),
    )


def _verdict(verdict: Mapping[str, Any]) -> contract.AuditVerdict:
    at: datetime = verdict["at"]
    shown = ("invariant", "record", "organisation_id", "problem", "advice")
    return contract.AuditVerdict(
        began_at=at,
        seconds=verdict["seconds"],
        well=verdict["well"],
        broken=verdict["broken"],
        findings=tuple(
            contract.ReportedFinding(**{name: finding[name] for name in shown})
            for finding in verdict["findings"][:_MOST_FINDINGS]
        ),
    )


HANDLERS: Handlers = {
    contract.GET_OPERATIONS: get_operations,
    contract.GET_INSTALLATION: get_operations,
    contract.LIST_LETTERS: list_letters,
    contract.REDRIVE_LETTER: redrive_letter,
    contract.DISCARD_LETTER: discard_letter,
    contract.OPERATOR_SWITCHES_MAIL: switch_mail,
    contract.SWITCH_MAIL: switch_mail,
    contract.REPORT_HOLDS: report_holds,
    contract.SET_LIMIT: set_limit,
}
