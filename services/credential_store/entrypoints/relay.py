"""The relay: expander, controller, spreader, outbox relay, sweeper, and keepers of the installation, a thread each.

Any number of relays work beside each other.
"""

import time

from conferral.contracts.ids import new_id
from conferral.runtime.health import Health
from conferral.runtime.logging import get_logger
from conferral.runtime.outbox_publisher import BusPublisher
from conferral.runtime.process import install_signal_handlers
from services.credential_store.adapters.bus import RabbitBus
from services.credential_store.adapters.letter_queues import RabbitLetterQueues
from services.credential_store.domain.scope import of_system
from services.credential_store.entrypoints.loops import Loop
from services.credential_store.handlers.context import Application, Context
from services.credential_store.handlers.controlling import control_due
from services.credential_store.handlers.expand import expand_due
from services.credential_store.handlers.filing import file_letters, keep_epoch, look_around
from services.credential_store.handlers.relay_outbox import relay_due
from services.credential_store.handlers.spread import spread_due
from services.credential_store.handlers.sweep import LEASE, sweep
from services.credential_store.operations_ports import LetterQueues

EXPANDER_IDLE = 0.1, 0.4
CONTROLLER_IDLE = 0.1, 0.5
SPREADER_IDLE = 0.5, 2.0
OUTBOX_IDLE = 0.05, 0.25
"""Seconds after the first turn that found nothing, and at most."""
SWEEPER_IDLE = 1.0
LETTERS_IDLE = 2.0
WATCH_IDLE = 5.0
EPOCH_IDLE = 20.0
_WATCH = 0.5

_log = get_logger()


def run(application: Application) -> None:
    """Relay until the process is told to stop; then finish what is in hand."""
    stopping = install_signal_handlers()
    settings = application.settings
    publisher = BusPublisher(settings.amqp_uri)
    health = Health("credential_store", "relay", settings, application.ping)
    context, holder = context_of(application), new_id()
    queues, watched = RabbitLetterQueues(settings.amqp_uri), RabbitLetterQueues(settings.amqp_uri)
    loops = [*loops_of(context, RabbitBus(publisher), holder), *keepers_of(context, queues, watched)]
    for loop in loops:
        loop.start()
    while not stopping.wait(_WATCH):
        if all(loop.is_live() for loop in loops):
            health.tick()
    _end(loops, settings.shutdown_grace)
    application.store.publishing.leases.release(LEASE, holder)
    publisher.close()
    queues.close()
    watched.close()
    health.close()


def context_of(application: Application) -> Context:
    """Return what the relay's handlers work with."""
    return Context(
        store=application.store,
        tools=application.tools,
        scope=of_system("relay"),
        actor_id="credential_store",
        clock=application.clock,
    )


def loops_of(context: Context, bus: RabbitBus, holder: str) -> list[Loop]:
    """Return the relay's loops, not started yet."""
    expander = Loop("expander", lambda: expand_due(context, expander.is_stopping), *EXPANDER_IDLE)
    controller = Loop("controller", lambda: control_due(context, controller.is_stopping), *CONTROLLER_IDLE)
    spreader = Loop("spreader", lambda: spread_due(context, spreader.is_stopping), *SPREADER_IDLE)
    return [
        expander,
        controller,
        spreader,
        Loop("outbox", lambda: relay_due(context, bus), *OUTBOX_IDLE),
        # It looks at times, not for work: once a second, however much it found.
        Loop("sweeper", lambda: sweep(context, holder) and 0, SWEEPER_IDLE),
    ]


def keepers_of(context: Context, letters: LetterQueues, queues: LetterQueues) -> list[Loop]:
    """Return the loops that look after the installation, not started yet. Each has its own way to the broker."""
    return [
        Loop("letters", lambda: file_letters(context, letters), LETTERS_IDLE),
        Loop("watch", lambda: look_around(context, queues), WATCH_IDLE),
        Loop("epoch", lambda: keep_epoch(context), EPOCH_IDLE),
    ]


def _end(loops: list[Loop], grace: float) -> None:
    deadline = time.monotonic() + grace
    for loop in loops:
        loop.stop()
    for loop in loops:
        if not loop.join(max(0.1, deadline - time.monotonic())):
            _log.warning("loop_did_not_end", loop=loop.name)
