"""Status-list indexes: unique, and in an order that tells nobody how many credentials were issued, or when.

A counter goes through a keyed permutation of the list's positions: a balanced Feistel network over 18 bits with cycle
walking, because 131,072 (2^17) is not an even power of two. Nothing needs to be stored but the counter and the seed.
"""

import hashlib

LIST_SIZE = 131_072
"""Bitstring Status List 1.0, section 2.2: the least, so that a single credential hides among many."""

_HALF_BITS = 9
_MASK = (1 << _HALF_BITS) - 1
_ROUNDS = 8


def position(seed: str, counter: int) -> int:
    """Return the index for the counter's value; different counters never share one.

    :param seed: secret of the list, at least 128 random bits as text.
    :raises ValueError: the list is full.
    """
    if not 0 <= counter < LIST_SIZE:
        raise ValueError("the status list is full")
    candidate = _permute(seed, counter)
    while candidate >= LIST_SIZE:  # a permutation's cycle leads back into the range: it began there
        candidate = _permute(seed, candidate)
    return candidate


def _permute(seed: str, value: int) -> int:
    left, right = value >> _HALF_BITS, value & _MASK
    for turn in range(_ROUNDS):
        left, right = right, left ^ _round(seed, turn, right)
    return left << _HALF_BITS | right


def _round(seed: str, turn: int, half: int) -> int:
    digest = hashlib.blake2b(half.to_bytes(2), key=seed.encode()[:64], salt=bytes([turn]), digest_size=4).digest()
    return int.from_bytes(digest) & _MASK
