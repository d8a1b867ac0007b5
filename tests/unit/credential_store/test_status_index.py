from itertools import pairwise

import pytest

from services.credential_store.domain import status_index


def test_every_position_is_given_exactly_once():
    given = {status_index.position("seed", counter) for counter in range(status_index.LIST_SIZE)}
    assert given == set(range(status_index.LIST_SIZE))


def test_neighbours_are_scattered_and_seeds_differ():
    first = [status_index.position("one", counter) for counter in range(200)]
    assert first == [status_index.position("one", counter) for counter in range(200)]
    assert first != [status_index.position("two", counter) for counter in range(200)]
    assert sum(abs(a - b) < 100 for a, b in pairwise(first)) < 5
    assert first != sorted(first)


@pytest.mark.parametrize("counter", [-1, status_index.LIST_SIZE])
def test_a_full_list_gives_nothing(counter):
    with pytest.raises(ValueError, match="full"):
        status_index.position("seed", counter)
