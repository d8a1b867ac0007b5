"""Bodies that travel compressed, with a bound on what they may become again.

kombu expands a body as soon as its header says so, whatever it expands to. Importing this module leaves one kind of
compression, and that one bounded; a body that breaks the bound arrives with ``message.errors`` set.
"""

import zlib
from typing import NoReturn

from kombu import compression

KIND = "application/x-gzip"
LARGEST_EXPANDED = 4_000_000
"""Bytes: a hundred drawings with long texts in a script that JSON escapes."""


def expand(body: bytes) -> bytes:
    """Return what was compressed with zlib.

    :raises ValueError: it is more than LARGEST_EXPANDED, or cut off.
    :raises zlib.error: it is something else.
    """
    expander = zlib.decompressobj()
    expanded = expander.decompress(body, LARGEST_EXPANDED)
    if expander.unconsumed_tail:
        raise ValueError(f"the body expands to more than {LARGEST_EXPANDED} bytes")
    if not expander.eof:
        raise ValueError("the compressed body is cut off")
    return expanded


def _refuse(_body: bytes) -> NoReturn:
    raise ValueError(f"only {KIND} is expanded")


for _kind in compression.encoders():
    compression.register(compression.get_encoder(_kind)[0], _refuse, _kind)
compression.register(zlib.compress, expand, KIND, aliases=["gzip", "zlib"])
