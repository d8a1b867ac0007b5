"""Telling the store which mail servers this mailer leaves alone, for the operations page. Best effort."""

import threading
from collections.abc import Callable, Mapping

from conferral.contracts.actors import Actor
from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.operations import LONGEST_REASON, REPORT_HOLDS, ReportedHold, ReportHolds
from services.mailer.domain.pace import Hold

EVERY = 10.0
MOST = 100
ACTOR = Actor(service="mailer")

Holds = Callable[[], Mapping[str | None, Hold]]
"""Organisation (None: the installation's own server) to why its mail server is left alone, and for how long."""


def start(store: Caller, holds: Holds, stopping: Callable[[float], bool]) -> None:
    """Report every few seconds what is held; what is not any more, once more as nothing.

    :param stopping: waits for so many seconds, and tells whether to end.
    """
    threading.Thread(target=_report, args=(store, holds, stopping), name="reporting", daemon=True).start()


def _report(store: Caller, holds: Holds, stopping: Callable[[float], bool]) -> None:
    mailer, told = new_id(), False
    while not stopping(EVERY):
        held = holds()
        if not held and not told:
            continue
        try:
            store.call(REPORT_HOLDS, report(mailer, held))
            told = bool(held)
        except ConferralError:  # the store or the bus is away: there is a next time
            continue


def holds_of(installation: Hold | None, own: Mapping[str, Hold]) -> dict[str | None, Hold]:
    """Join the installation's server and organisations' own ones."""
    found: dict[str | None, Hold] = {None: installation} if installation else {}
    return found | dict(own.items())


def report(mailer: str, held: Mapping[str | None, Hold]) -> ReportHolds:
    """Return what to tell."""
    return ReportHolds(
        actor=ACTOR,
        mailer=mailer,
        holds=tuple(
            ReportedHold(organisation_id=one, reason=hold.reason[:LONGEST_REASON], seconds=hold.seconds)
            for one, hold in list(held.items())[:MOST]
        ),
    )
