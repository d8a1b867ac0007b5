"""Names of message and HTTP headers."""

CORRELATION_ID = "x-correlation-id"
"""Bound at the edge, carried through every hop, written in every log line."""

TRACEPARENT = "traceparent"
"""W3C Trace Context, carried unread."""

PATIENCE = "x-patience"
"""RPC only: the seconds for which the caller waits. A server does not start when it has had the call for so long.

What a call spends in the queue is the broker's to measure (the message's expiration): no moment of one host's clock
travels to another host.
"""

BLOB_TOKEN = "x-conferral-blob-token"  # noqa: S105 - the header's name, not a secret
"""Authenticates a write to the store's blob endpoint."""
