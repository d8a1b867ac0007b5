"""Search words: what is stored with a credential, and the ranges that a search asks for.

A search is by the beginnings of words. ``^regex`` and text indexes are slow or missing on some servers; a range that is
bounded on both sides is fast on all.
"""

import unicodedata

LONGEST_TOKEN = 60
MOST_TOKENS = 40
MOST_WORDS = 8

# Combining classes that searchers leave out: Latin, Greek and Cyrillic accents, Arabic vowel marks. Vowel signs of
# Indic scripts (class 0) and viramas (class 9) stay.
_ACCENTS = {*range(27, 36), 202, 216, 220, 230}
_LAST_BEFORE_SURROGATES = 0xD7FF
_FIRST_AFTER_SURROGATES = 0xE000
_LAST = 0x10FFFF


def fold(text: str) -> str:
    """Return text without differences of case, width and accent."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(character for character in spread if unicodedata.combining(character) not in _ACCENTS)
    return unicodedata.normalize("NFKC", bare)


def tokens(name: str, address: str, identifier: str) -> list[str]:
    """Return a credential's search tokens: words of the name, the address whole and in pieces, the id.

    What another token begins with is left out: whatever begins the one begins the other, and each token is an entry of
    an index that every change of the credential writes.
    """
    folded_address = fold(address)
    found = [identifier, folded_address, *_pieces(fold(name)), *_pieces(folded_address)]
    found.append(folded_address.rpartition("@")[2])
    distinct = dict.fromkeys(token[:LONGEST_TOKEN] for token in found if token)
    needed = [one for one in distinct if not any(other != one and other.startswith(one) for other in distinct)]
    return needed[:MOST_TOKENS]


def tokens_of_name(name: str) -> list[str]:
    """Return the search tokens of what is found by its name alone."""
    return tokens(name, "", "")


def words(query: str) -> list[str]:
    """Return the words of a search, the longest (most telling) first. What holds an @ is taken for an address."""
    found: list[str] = []
    for part in fold(query).split():
        found += [part] if "@" in part else _pieces(part)
    distinct = dict.fromkeys(word[:LONGEST_TOKEN] for word in found)
    return sorted(distinct, key=len, reverse=True)[:MOST_WORDS]


def upper_bound(prefix: str) -> str:
    """Return the first text, by code points, after all those that begin with ``prefix`` (not empty)."""
    head, last = prefix[:-1], ord(prefix[-1])
    if last == _LAST:
        return upper_bound(head) if head else prefix + chr(_LAST)
    if last == _LAST_BEFORE_SURROGATES:
        return head + chr(_FIRST_AFTER_SURROGATES)
    return head + chr(last + 1)


def _pieces(folded: str) -> list[str]:
    """Split at spaces, punctuation and symbols; not at combining marks."""
    spaced = "".join(" " if unicodedata.category(one)[0] in "ZPSC" else one for one in folded)
    return spaced.split()
