import gc
from datetime import UTC, datetime, timedelta

from services.mailer.domain.pace import Breaker, DailyQuota, Hold, Pace, Paces, Rate


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 23, 0, tzinfo=UTC) + timedelta(seconds=self.seconds - 1000)


def test_the_rate_holds_over_any_number_of_messages() -> None:
    clock = Clock()
    rate = Rate(4, clock.monotonic)
    start = clock.seconds
    for _ in range(44):
        clock.seconds += rate.take()
    assert clock.seconds - start == 10  # four at once, then forty at four a second


def test_tokens_do_not_pile_up_while_nothing_is_sent() -> None:
    clock = Clock()
    rate = Rate(2, clock.monotonic)
    clock.seconds += 3600
    assert [rate.take() for _ in range(3)] == [0, 0, 0.5]


def test_zero_is_no_limit() -> None:
    clock = Clock()
    assert {Rate(0, clock.monotonic).take() for _ in range(1000)} == {0}
    assert DailyQuota(0, clock.now).take() is None


def test_the_quota_ends_at_midnight() -> None:
    clock = Clock()
    quota = DailyQuota(2, clock.now)
    assert [quota.take(), quota.take()] == [None, None]
    assert quota.take() == quota.hold() == Hold("the daily quota is used up", 3600)
    clock.seconds += 3600
    assert quota.hold() is None
    assert quota.take() is None


def test_asking_does_not_use_the_quota_up() -> None:
    quota = DailyQuota(1, Clock().now)
    assert [quota.hold() for _ in range(3)] == [None, None, None]


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    clock = Clock()
    breaker = Breaker(clock.monotonic, threshold=3, pause=30)
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.hold() is None
    for _ in range(3):
        breaker.failed()
    assert breaker.hold() == Hold("the mail server cannot be reached", 30)


def test_after_the_pause_one_failure_opens_it_again_and_one_success_closes_it() -> None:
    clock = Clock()
    breaker = Breaker(clock.monotonic, threshold=3, pause=30)
    for _ in range(3):
        breaker.failed()
    clock.seconds += 30
    assert breaker.hold() is None
    breaker.failed()
    assert breaker.hold() is not None
    clock.seconds += 30
    breaker.succeeded()
    breaker.failed()
    assert breaker.hold() is None


def test_after_the_pause_one_attempt_decides_and_the_others_wait_for_it() -> None:
    clock = Clock()
    breaker = Breaker(clock.monotonic, threshold=3, pause=30)
    for _ in range(3):
        breaker.failed()
    assert breaker.attempt() == Hold("the mail server cannot be reached", 30)
    clock.seconds += 30
    assert breaker.attempt() is None
    assert breaker.attempt() == breaker.hold() == Hold("the mail server cannot be reached", 30)
    breaker.succeeded()
    assert [breaker.attempt(), breaker.attempt()] == [None, None]


def test_organisations_with_the_same_mail_server_share_its_pace_and_others_do_not() -> None:
    clock = Clock()
    paces = Paces(
        lambda: Pace(Rate(0, clock.monotonic), DailyQuota(0, clock.now), Breaker(clock.monotonic, threshold=1))
    )
    one, same, other = (
        paces.of(host, port)
        for host, port in (("mail.example.org", 587), ("MAIL.example.org.", 587), ("mail.example.org", 465))
    )
    one.breaker.failed()
    assert same.breaker.hold() is not None
    assert other.breaker.hold() is None


def test_a_mail_server_that_nobody_uses_any_more_is_forgotten() -> None:
    clock = Clock()
    paces = Paces(lambda: Pace(Rate(0, clock.monotonic), DailyQuota(0, clock.now), Breaker(clock.monotonic, 1)))
    paces.of("mail.example.org", 587).breaker.failed()
    gc.collect()
    assert paces.of("mail.example.org", 587).breaker.hold() is None
