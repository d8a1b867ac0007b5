"""The relay's part of running the installation: dead letters into the store, a look at the queues, the mail's epoch."""

from prometheus_client import Counter, Gauge

from conferral.contracts.errors import Unavailable
from conferral.contracts.ids import new_id
from conferral.runtime.logging import get_logger
from services.credential_store.domain.letters import read_letter
from services.credential_store.domain.mail_hold import Epoch, is_copy
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.mail_hold import mail_state
from services.credential_store.operations_ports import LetterQueues

FILED = Counter("conferral_dead_letters_total", "Dead letters that were filed", ["queue"])
LETTERS = Gauge("conferral_dead_letters_open", "Dead letters that nobody has dealt with, up to 1,000")
WAITING = Gauge("conferral_outbox_waiting", "Outbox rows, up to 1,000")
OLDEST = Gauge("conferral_outbox_oldest_seconds", "Age of the oldest outbox row")
DEPTH = Gauge("conferral_queue_waiting", "Messages in a queue", ["queue"])
MAIL_FLOWS = Gauge("conferral_mail_flows", "Whether mail may leave: 1, or 0 while it is on hold")
BROKEN = Gauge("conferral_audit_broken", "Records that break an invariant, by the last audit", ["invariant"])
AUDITED = Gauge("conferral_audit_age_seconds", "Seconds since the last audit of the whole installation")

LETTERS_AT_ONCE = 50
MOST_COUNTED = 1_000
QUEUES = "queues"
_INVARIANTS = ("I1", "I2", "I3", "I4", "I5", "I6", "I7")

_log = get_logger()


def file_letters(context: Context, queues: LetterQueues) -> int:
    """File what the dead-letter queues hold, and return how many letters were taken.

    Stored before they are acknowledged: what is given out again is filed once all the same.
    """
    scope, now = of_system("operations"), context.clock()
    try:
        raw = queues.take(LETTERS_AT_ONCE)
        if not raw:
            return 0
        letters = {letter["_id"]: letter for letter in (read_letter(one, now) for one in raw)}
        context.store.operations.letters.file(scope, list(letters.values()))
        queues.done()
    except Unavailable as error:
        _log.warning("letters_not_filed", reason=error.message)
        return 0
    for letter in letters.values():
        FILED.labels(letter["queue"]).inc()
        _log.warning("dead_letter", queue=letter["queue"], reason=letter["reason"], message_id=letter["message_id"])
    return len(raw)


def look_around(context: Context, queues: LetterQueues) -> int:
    """Note how much waits where, for the operations page and for metrics; return 0."""
    scope, now, operations = of_system("operations"), context.clock(), context.store.operations
    try:
        depths = queues.depths()
        operations.installation.note(scope, QUEUES, {"at": now, "queues": depths})
        for depth in depths:
            DEPTH.labels(depth["name"]).set(depth["waiting"])
    except Unavailable as error:
        _log.warning("queues_not_looked_at", reason=error.message)
    waiting, since = operations.messages.waiting(scope, MOST_COUNTED)
    WAITING.set(waiting)
    OLDEST.set((now - since).total_seconds() if since else 0.0)
    LETTERS.set(operations.letters.count(scope, MOST_COUNTED))
    MAIL_FLOWS.set(mail_state(context) == "flows")
    if verdict := operations.verdicts.last(scope):
        AUDITED.set((now - verdict["at"]).total_seconds())
        for invariant in _INVARIANTS:
            BROKEN.labels(invariant).set(verdict["broken"].get(invariant, 0))
    return 0


def keep_epoch(context: Context) -> int:
    """Begin an epoch where there is none, carry it on, or adopt what an operator released; return 0.

    First in the database and then in the file, so that the file is never ahead of its own database.
    """
    scope, installation, file = of_system("operations"), context.store.operations.installation, context.tools.epoch_file
    if not file.is_named:
        return 0
    known, written = installation.known_mail(scope), file.read()
    if is_copy(known, written, has_file=True, has_mail=installation.has_mail(scope)):
        _log.error("mail_on_hold", reason="this database is not the one that this installation's mail was sent from")
        return 0
    if known.adopting and known.epoch is not None:
        file.write(known.epoch)
        installation.change_mail(scope, known.epoch, {"adopting": False})
        return 0
    begun = known.epoch or written or Epoch(new_id(), 0)
    following = Epoch(begun.name, max(begun.count, written.count if written else 0) + 1)
    if installation.change_mail(scope, known.epoch, {"epoch": following.name, "count": following.count}):
        file.write(following)
    return 0
