import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.credential_store.domain import search

TOKENS = search.tokens("José Jean-Luc नमस्ते 王小明", "Anna.Maria@Example.org", "abcdefghijklmnopqrstuvwxyz")


@pytest.mark.parametrize(
    "query",
    [
        "jose",
        "JOSÉ",
        "luc",
        "jean-luc",
        "नम",
        "王",
        "anna.m",
        "maria",
        "anna.maria@ex",
        "example.org",
        "ANNA",
        "abcdefg",
        "luc jose",
        "ｊｏｓé",
    ],
)
def test_every_word_that_begins_a_word_is_found(query):
    words = search.words(query)
    assert words
    assert all(any(word <= token < search.upper_bound(word) for token in TOKENS) for word in words)


@pytest.mark.parametrize("query", ["ose", "pierre", "jose pierre", "maria@ex"])
def test_what_begins_no_word_is_not_found(query):
    assert not all(any(word <= token < search.upper_bound(word) for token in TOKENS) for word in search.words(query))


@given(st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_a_range_holds_exactly_what_begins_with_the_prefix(prefix, other):
    inside = prefix + other
    assert prefix <= inside < search.upper_bound(prefix) or set(prefix) == {"\U0010ffff"}
    assert (prefix <= other < search.upper_bound(prefix)) == other.startswith(prefix) or prefix == "\U0010ffff"


@given(st.text(max_size=300), st.text(max_size=300))
def test_tokens_are_few_short_and_distinct(name, address):
    tokens = search.tokens(name, address, "id")
    assert len(tokens) <= search.MOST_TOKENS
    assert len(set(tokens)) == len(tokens)
    assert all(0 < len(token) <= search.LONGEST_TOKEN for token in tokens)


def test_punctuation_alone_has_no_words():
    assert search.words(" -- ., ") == []
