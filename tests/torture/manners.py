"""How the torture's mail server treats a recipient: by the first word of the address, so that everybody agrees."""

import random
from collections.abc import Mapping

POLITE = "person"
GREYLISTED, BUSY, REFUSED, REJECTED = "greylist", "busy", "refused", "rejected"
CUT, MUTE, STALL, SLOW, HANGUP = "cut", "mute", "stall", "slow", "hangup"

SHARES: Mapping[str, float] = {
    POLITE: 0.80,
    GREYLISTED: 0.05,  # 451 to RCPT the first time
    BUSY: 0.03,  # 452 after the dot, twice
    REFUSED: 0.02,  # 550 to RCPT
    REJECTED: 0.02,  # 554 after the dot
    CUT: 0.03,  # the connection is reset in mid-DATA, twice
    SLOW: 0.02,  # answers late, but in time
    HANGUP: 0.01,  # 421 to MAIL, once
    MUTE: 0.01,  # takes the message, and hangs up without an answer
    STALL: 0.01,  # takes the message, and answers too late
}
"""Manner to its share of recipients."""

NEVER_TAKEN = frozenset({REFUSED, REJECTED})
UNHEARD = frozenset({MUTE, STALL, CUT})
"""The server itself sees to it that nobody can know: these end unconfirmed without any fault of ours."""


def address(dice: random.Random, number: int, *, polite: bool) -> str:
    """Return a recipient's address."""
    manner = POLITE if polite else dice.choices(list(SHARES), list(SHARES.values()))[0]
    return f"{manner}-{number}@example.org"


def manner_of(address: str) -> str:
    """Return how the server treats this recipient."""
    return address.partition("-")[0]
