"""What a mail server's answers mean."""

import pytest

from services.mailer.domain.answers import Meaning, meaning_of


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("250 2.0.0 Ok: queued", "accepted"),
        ("251 user not local; will forward", "accepted"),
        ("421 4.3.2 shutting down", "later"),
        ("450 4.2.1 greylisted", "later"),
        ("452 4.2.2 over quota", "later"),
        ("451 no enhanced code", "later"),
        ("550 5.1.1 no such user", "never"),
        ("552 5.3.4 too big", "never"),
        ("554 no enhanced code", "never"),
        ("550 5.7.1 not wanted here", "never"),
        # a server that contradicts itself: the wait costs less than the email
        ("550 4.7.1 greylisted, come back", "later"),
        ("450 5.1.1 no such user", "later"),
        # settings
        ("530 5.7.0 authentication required", "settings"),
        ("535 5.7.8 bad credentials", "settings"),
        ("550 5.7.8 bad credentials", "settings"),
        ("554 5.7.11 encryption needed", "settings"),
        # neither
        ("334 go on", "unknown"),
        ("-1 ", "unknown"),
        ("999 what", "unknown"),
        # no enhanced codes, though they begin like one
        ("550 4.7.1234 odd", "never"),
        ("550 4.7 odd", "never"),
        ("550 is 4.7.1 in the middle", "never"),
    ],
)
def test_reply_codes_and_enhanced_codes(answer: str, meaning: Meaning) -> None:
    code, _, words = answer.partition(" ")
    assert meaning_of(int(code), words) == meaning_of(int(code), words.encode()) == meaning
