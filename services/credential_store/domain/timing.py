"""Leases and backoff: how long something is held, and when it is tried again. All of it is measured by the database."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
"""The lower bound of every range of times: SecantusDB is fast on ranges bounded on both sides only."""

_SPREAD = 0.2
_dice = random.SystemRandom()


@dataclass(frozen=True)
class Timing:
    """What the relay, the publisher's and the mailer's calls go by. All in seconds.

    :param backoff: before the second, third, … try; the last one repeats. Jittered by a fifth to either side.
    :param chunk_lease: a publisher must record a chunk within it.
    :param claim_lease: a mailer must begin an email within it.
    :param sending_lease: after it, an email whose end nobody recorded is unconfirmed.
    :param redrive: how long a queued record waits before its command counts as lost; doubled each time.
    :param design_wait: a chunk whose design no worker has fails after it.
    """

    backoff: tuple[float, ...] = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
    chunk_lease: float = 60.0
    claim_lease: float = 60.0
    sending_lease: float = 60.0
    expander_lease: float = 30.0
    outbox_lease: float = 30.0
    sweeper_lease: float = 15.0
    redrive: float = 30.0
    longest_redrive: float = 3600.0
    design_wait: float = 3600.0
    most_renderings: int = 20
    """A chunk whose lease ran out so often fails: something in it kills whoever renders it."""
    most_attempts: int = 60
    """An email that was put off so often (some days) fails."""

    def retry_at(self, now: datetime, attempts: int) -> datetime:
        """Return when to try again after so many attempts (at least 1)."""
        return now + timedelta(seconds=jittered(self.backoff, attempts))

    def redrive_at(self, due: datetime, redrives: int) -> datetime:
        """Return when a record that is due at ``due`` counts as forgotten, after so many commands sent again."""
        return due + timedelta(seconds=min(self.redrive * 2.0 ** min(redrives, 20), self.longest_redrive))


def jittered(steps: Sequence[float], attempts: int) -> float:
    """Return the seconds to wait after so many attempts, spread so that what failed together does not return so."""
    step = steps[min(max(attempts, 1), len(steps)) - 1]
    return step * _dice.uniform(1 - _SPREAD, 1 + _SPREAD)


def after(now: datetime, seconds: float) -> datetime:
    """Return the moment so many seconds from now."""
    return now + timedelta(seconds=seconds)
