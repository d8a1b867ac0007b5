"""Messages between the publisher and a design process: four bytes of length, then JSON."""

import json
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any, NoReturn

_LENGTH = struct.Struct(">I")
_PIECE = 1 << 16

MOST_STATES = 64
"""Compiled states that a process keeps; both sides count alike."""


class Closed(Exception):
    """The other side has gone."""


class Rubbish(Exception):
    """What came is no message."""


def encode(message: dict[str, Any]) -> bytes:
    """Return the bytes of one message; dataclasses become objects.

    :raises TypeError, ValueError: it holds something that JSON has no form for, such as NaN.
    """
    # ASCII, so that a lone surrogate from a plugin crosses as an escape and is judged on the other side
    body = json.dumps(message, separators=(",", ":"), allow_nan=False, default=_plain).encode("ascii")
    return _LENGTH.pack(len(body)) + body


def receive(channel: socket.socket, *, most: int, deadline: float | None = None) -> dict[str, Any]:
    """Read one message.

    :param most: bytes that it may have.
    :param deadline: by the monotonic clock; None: wait for ever.
    :raises Closed, Rubbish, TimeoutError: it did not come.
    """
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size, deadline))
    if length > most:
        raise Rubbish(f"a message of {length} bytes")
    try:
        message = json.loads(_exactly(channel, length, deadline), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Rubbish("not JSON") from None
    if not isinstance(message, dict):
        raise Rubbish("not an object")
    return message


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    pieces = bytearray()
    while len(pieces) < size:
        if deadline is not None:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            channel.settimeout(remaining)
        try:
            piece = channel.recv(min(size - len(pieces), _PIECE))
        except ConnectionError:
            raise Closed from None
        if not piece:
            raise Closed
        pieces += piece
    return bytes(pieces)


def _plain(value: object) -> Any:
    # vars() rather than asdict(), which copies deeply and takes longer than the drawing itself
    if is_dataclass(value) and hasattr(value, "__dict__"):
        return vars(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
