import pytest

from conferral.runtime.process import Stopping
from services.publisher.handlers.patience import Patience, Stopped


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_patience_runs_out_without_an_end() -> None:
    clock = Clock()
    patience = Patience(Stopping(), 40, 12, clock)
    assert patience.remaining() == 40
    clock.now += 39
    assert patience.remaining() == 1
    clock.now += 5
    assert patience.remaining() == 0


def test_a_process_that_ends_leaves_only_its_grace_and_then_gives_up() -> None:
    clock, stopping = Clock(), Stopping()
    patience = Patience(stopping, 40, 12, clock)
    clock.now += 5
    stopping.set()
    assert patience.remaining() == 12
    clock.now += 11
    assert patience.remaining() == 1
    clock.now += 1
    with pytest.raises(Stopped):
        patience.remaining()


def test_ending_does_not_lengthen_what_was_left() -> None:
    clock, stopping = Clock(), Stopping()
    patience = Patience(stopping, 40, 12, clock)
    clock.now += 38
    stopping.set()
    assert patience.remaining() == 2
