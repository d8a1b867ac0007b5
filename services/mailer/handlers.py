"""``DeliverEmails``: claim, then window after window: record the last one's results and begin the next, send it.

What was not begun is never sent, and what was sent is never sent again: a result that cannot be recorded stays
``sending`` in the store, whose sweeper makes it unconfirmed for a person to judge.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import structlog
from prometheus_client import Counter as Metric

from conferral.contracts.actors import Actor
from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import ConferralError, Conflict, InvalidMessage, NotFound, Unavailable
from conferral.contracts.ids import INSTALLATION
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.deliveries import (
    ADVANCE_DELIVERIES,
    CLAIM_DELIVERIES,
    AdvanceDeliveries,
    ClaimDeliveries,
    ClaimedDelivery,
    DeliveryResult,
)
from services.mailer.domain import journal
from services.mailer.domain.dkim import Sign, unsigned
from services.mailer.domain.headers import UnsafeHeader
from services.mailer.domain.mime import Mail, MissingValue
from services.mailer.domain.pace import Hold
from services.mailer.ports import Journals, Log, MailServer, Outcome, Templates, Ways

_log = structlog.get_logger()
_emails = Metric("conferral_emails_total", "Emails by how they ended", ["outcome"])

ACTOR = Actor(service="mailer")
_LEASE_SHARE = 0.4
"""Of the lease: no message is started later than this after its window was begun, so that the last one has time for
the server's answer to its final dot before the store gives the window up.
"""
_SOON = 5.0
_PROBE_SECONDS = 2.0
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0


class Stopping(Protocol):
    """The process's wish to end: what ``threading.Event`` offers of it."""

    def is_set(self) -> bool:
        """Tell whether the process should stop."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for it."""


@dataclass(frozen=True)
class Mailer:
    """What delivering needs.

    :param window: messages begun together; a crash leaves at most so many unconfirmed.
    :param server: the installation's mail server.
    :param sign: signs a message, or does not.
    :param own_ways: server and signature that organisations have of their own.
    :param grace: seconds for which results are offered again to a store that does not answer.
    """

    store: Caller
    server: MailServer
    templates: Templates
    stopping: Stopping
    journals: Journals
    window: int = 10
    grace: float = 20.0
    sign: Sign = unsigned
    own_ways: Ways | None = None
    monotonic: Callable[[], float] = time.monotonic


def deliver_emails(command: DeliverEmails, mailer: Mailer) -> None:
    """Send what is queued and due of the command's deliveries.

    :raises Unavailable: the store does not answer; whatever was not sent will be claimable again.
    """
    with mailer.journals.open(command.organisation_id) as log:
        _deliver(command, mailer, log)


def account_for_the_dead(mailer: Mailer) -> int:
    """Tell the store what mailers that were killed here had done of their last windows; return of how many emails.

    :raises Unavailable: the store does not answer; what is left is told later.
    """
    told = 0
    for account in mailer.journals.orphans():
        request = AdvanceDeliveries(
            actor=ACTOR, organisation_id=account.organisation_id, results=account.results, begin=()
        )
        try:
            mailer.store.call(ADVANCE_DELIVERIES, request)
        except ConferralError as error:
            if _may_pass(error):
                raise
            # it will never be taken, and must not keep what other journals say from the store
            _log.error("dead_mailer_not_accounted_for", error=error.message, emails=len(account.results))
            continue
        told += len(account.results)
        tally: Counter[str] = Counter(result.outcome for result in account.results)
        _log.info("dead_mailer_accounted_for", **tally)
    return told


def _deliver(command: DeliverEmails, mailer: Mailer, log: Log) -> None:
    claimed = mailer.store.call(
        CLAIM_DELIVERIES,
        ClaimDeliveries(actor=ACTOR, organisation_id=command.organisation_id, delivery_ids=command.delivery_ids),
    )
    if not claimed.deliveries:
        return
    claimed_until = mailer.monotonic() + claimed.lease
    if claimed.sending and mailer.own_ways is not None:
        # what was claimed and cannot be sent now is queued again when its lease runs out
        way = mailer.own_ways.get(command.organisation_id, claimed.sending)
        if way.revision != claimed.sending:
            # Somebody changed it just now. The senders of what was claimed were decided for the way before.
            _log.info("sending_changed_meanwhile", organisation_id=command.organisation_id)
            return
        mailer = replace(mailer, server=way.server, sign=way.sign)
    tally: Counter[str] = Counter()
    results: list[DeliveryResult] = []
    for window in _windows(claimed.deliveries, mailer.window):
        hold = _hold(mailer, claimed_until)
        if hold:
            results += [_release(delivery, hold) for delivery in window]
            continue
        mails, refused = _complete(window, mailer)
        log.write(journal.begun([(delivery.delivery_id, delivery.fence) for delivery, _ in mails]))
        begun = _advance(mailer, command, [*results, *refused], [delivery for delivery, _ in mails])
        log.write(journal.recorded())
        tally.update(result.outcome for result in (*results, *refused))
        begun_until = mailer.monotonic() + claimed.lease * _LEASE_SHARE
        results = _send_window([pair for pair in mails if pair[0].delivery_id in begun], mailer, begun_until, log)
    _settle(mailer, command, results)
    tally.update(result.outcome for result in results)
    for outcome, count in tally.items():
        _emails.labels(outcome).inc(count)
    _log.info("emails_delivered", claimed=len(claimed.deliveries), **tally)


def check_store(store: Caller) -> None:
    """Ask whether bus and store answer, by claiming nothing.

    :raises Unavailable: they do not.
    """
    store.call(
        CLAIM_DELIVERIES,
        ClaimDeliveries(actor=ACTOR, organisation_id=INSTALLATION, delivery_ids=()),
        timeout=_PROBE_SECONDS,
    )


def _windows(deliveries: Sequence[ClaimedDelivery], size: int) -> Iterator[Sequence[ClaimedDelivery]]:
    return (deliveries[start : start + size] for start in range(0, len(deliveries), size))


def _hold(mailer: Mailer, held_until: float) -> Hold | None:
    if mailer.stopping.is_set():
        return Hold("the mailer is stopping", 0.0)
    if mailer.monotonic() > held_until:
        return Hold("the mail server is slower than the lease is long", 0.0)
    return mailer.server.hold()


def _complete(
    window: Sequence[ClaimedDelivery], mailer: Mailer
) -> tuple[list[tuple[ClaimedDelivery, Mail]], list[DeliveryResult]]:
    """Make the window's messages; what cannot be made fails alone."""
    mails, refused = [], []
    for delivery in window:
        try:
            mail = mailer.templates.get(delivery).complete(delivery, datetime.now(UTC))
            mails.append((delivery, mailer.sign(mail)))
        except Unavailable:
            refused.append(_release(delivery, Hold("the email template cannot be read at the moment", _SOON)))
        except MissingValue as missing:
            reason = f"the email template asks for {missing.args[0]}, which this credential has not"
            refused.append(_result(delivery, Outcome("failed", reason)))
        except UnsafeHeader as unsafe:
            refused.append(_result(delivery, Outcome("failed", str(unsafe))))
        except (NotFound, InvalidMessage) as error:
            _log.error("email_template_unusable", delivery_id=delivery.delivery_id, error=error.message)
            refused.append(_result(delivery, Outcome("failed", "the email template is missing or unreadable")))
        except Exception:  # noqa: BLE001 - one broken recipient must not stop the others
            _log.exception("email_not_completed", delivery_id=delivery.delivery_id)
            refused.append(_result(delivery, Outcome("failed", "the email could not be put together")))
    return mails, refused


def _send_window(
    mails: Sequence[tuple[ClaimedDelivery, Mail]], mailer: Mailer, begun_until: float, log: Log
) -> list[DeliveryResult]:
    """Send what was begun. After a message whose end is unknown the others go back: that answer is recorded first."""
    results: list[DeliveryResult] = []
    hold: Hold | None = None
    for delivery, mail in mails:
        hold = hold or _hold(mailer, begun_until)
        if hold:
            results.append(_release(delivery, hold))
            continue
        log.write(journal.leaving(delivery.delivery_id))
        results.append(_send(delivery, mail, mailer))
        log.write(journal.ended(results[-1]))
        if results[-1].outcome == "unconfirmed":
            hold = Hold("the mail server did not answer to the message before", 0.0)
    return results


def _send(delivery: ClaimedDelivery, mail: Mail, mailer: Mailer) -> DeliveryResult:
    try:
        return _result(delivery, mailer.server.send(mail))
    except Exception:  # noqa: BLE001 - as above, and:
        # where it broke off is unknown, so whether the dot had left is unknown too
        _log.exception("sending_broke_off", delivery_id=delivery.delivery_id)
        return _result(delivery, Outcome("unconfirmed", "the mailer broke off"))


def _result(delivery: ClaimedDelivery, outcome: Outcome) -> DeliveryResult:
    return DeliveryResult(
        delivery_id=delivery.delivery_id,
        fence=delivery.fence,
        outcome=outcome.outcome,
        server=outcome.server[:500],
        retry_after=outcome.retry_after,
    )


def _release(delivery: ClaimedDelivery, hold: Hold) -> DeliveryResult:
    return _result(delivery, Outcome("release", hold.reason, hold.seconds or None))


def _advance(
    mailer: Mailer, command: DeliverEmails, results: Sequence[DeliveryResult], begin: Sequence[ClaimedDelivery]
) -> frozenset[str]:
    """Record results and begin a window; return the ids that may be sent.

    A call that got no answer may have begun them all the same. None of them was sent, so they are released:
    asking a second time would not tell what the first had done.
    """
    if not begin and not results:
        return frozenset()
    pairs = tuple((delivery.delivery_id, delivery.fence) for delivery in begin)
    request = AdvanceDeliveries(
        actor=ACTOR, organisation_id=command.organisation_id, results=tuple(results), begin=pairs
    )
    try:
        return frozenset(mailer.store.call(ADVANCE_DELIVERIES, request).begun)
    except ConferralError as error:
        if _may_pass(error):
            unbegun = Hold("the store did not answer", 0.0)
            _settle(mailer, command, [*results, *(_release(delivery, unbegun) for delivery in begin)])
        raise


def _may_pass(error: ConferralError) -> bool:
    # Conflict is permanent for whoever decided on what they saw; results are facts, and can be told again
    return not error.permanent or isinstance(error, Conflict)


def _settle(mailer: Mailer, command: DeliverEmails, results: Sequence[DeliveryResult]) -> None:
    """Record results, again and again within the grace period; after it they are left to the store's sweeper."""
    if not results:
        return
    request = AdvanceDeliveries(actor=ACTOR, organisation_id=command.organisation_id, results=tuple(results), begin=())
    give_up = mailer.monotonic() + mailer.grace
    wait = _FIRST_WAIT
    while True:
        try:
            mailer.store.call(ADVANCE_DELIVERIES, request)
        except ConferralError as error:
            if not _may_pass(error) or mailer.monotonic() + wait > give_up:
                _log.error("results_not_recorded", deliveries=len(results), error=error.message)
                raise
        else:
            return
        # a plain wait: stopping or not, these results are the message in hand
        time.sleep(wait)
        wait = min(wait * 2, _LONGEST_WAIT)
