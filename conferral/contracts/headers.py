"""Names of message and HTTP headers."""

CORRELATION_ID = "x-correlation-id"
"""Bound at the edge, carried through every hop, written in every log line."""

TRACEPARENT = "traceparent"
"""W3C Trace Context, carried unread."""

DEADLINE = "x-deadline"
"""RPC only: seconds since the epoch after which the caller no longer waits. A server does not start after it."""

BLOB_TOKEN = "x-conferral-blob-token"  # noqa: S105 - the header's name, not a secret
"""Authenticates a write to the store's blob endpoint."""
