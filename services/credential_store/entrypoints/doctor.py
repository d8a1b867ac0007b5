"""The store's part of ``conferral doctor``: the database, its clock, its indexes, and whether mail flows."""

from collections.abc import Callable, Mapping

from conferral.runtime.checkup import Check, Worrying, look
from services.credential_store.handlers.context import Context
from services.credential_store.handlers.mail_hold import mail_state

Look = Callable[[], str]

_ADVICE = {
    "store": "Look whether MongoDB runs, whether this machine reaches it, and whether it is a replica set.",
    "store transactions": "Look into MongoDB's log: it needs a primary, a journal, and room on its disk.",
    "store indexes": "Run: conferral migrate",
    "store clock": "Let both machines ask the same time server: leases are short.",
    "mail": "If this is the database to send from: conferral admin release-mail. Look first which emails wait.",
}
_SECONDS = 12.0


def examine(looks: Mapping[str, Look], context: Context) -> list[Check]:
    """Look at everything; once the database does not answer at all, at nothing more of it."""
    first = look("store", looks["store"], _ADVICE["store"], _SECONDS)
    if first.state == "bad":
        return [first]
    others = [look(name, work, _ADVICE[name], _SECONDS) for name, work in looks.items() if name != "store"]
    return [first, *others, look("mail", lambda: _mail(context), _ADVICE["mail"], _SECONDS)]


def _mail(context: Context) -> str:
    state = mail_state(context)
    if state == "copy":
        raise RuntimeError("All mail is on hold: this database is a copy, or was restored from a backup.")
    if state == "held":
        raise Worrying("All mail is on hold: an operator held it.")
    if not context.tools.epoch_file.is_named:
        raise Worrying("Mail flows. CONFERRAL_EPOCH_FILE is not set: a restored copy would send what it has queued.")
    return "Mail flows."
