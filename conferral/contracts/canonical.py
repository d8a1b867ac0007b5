"""One byte form for data that is named by its digest (RFC 8785's ordering and spacing, for our own types)."""

import hashlib
import json
from typing import Any


def canonical_json(data: Any) -> bytes:
    """Return UTF-8 JSON with sorted keys and no spaces."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def digest_of(content: bytes) -> str:
    """Return the name of a blob: its SHA-256 in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()
