"""Message bodies whose ``compression`` header lies, or means harm: each must end as a dead letter, no more."""

import bz2
import zlib

WRONGLY_COMPRESSED = (
    ("application/x-gzip", b"no such stream"),
    ("application/x-gzip", zlib.compress(b"{}")[:-3]),  # cut off
    ("application/x-gzip", zlib.compress(b" " * 64_000_000)),  # 62 kB that want to be 64 MB
    ("application/x-bz2", bz2.compress(b" " * 64_000_000)),  # 64 bytes that do
    ("application/x-nothing-known", b"{}"),
)
