"""Waits for a connection and for other threads at once, so that neither has to be polled."""

import socket
from contextlib import suppress
from multiprocessing.connection import wait


class Bell:
    """One thread waits, any thread rings."""

    def __init__(self) -> None:
        self._hears, self._rings = socket.socketpair()
        self._hears.settimeout(0)
        self._rings.settimeout(0)

    def ring(self) -> None:
        """End the present or the next wait."""
        with suppress(OSError):  # so many have rung already that it will be heard; or nobody listens any more
            self._rings.send(b"!")

    def wait_or_readable(self, other: socket.socket, timeout: float) -> bool:
        """Wait until it rings, ``other`` can be read, or so many seconds have passed; return whether it can be read."""
        if (pending := getattr(other, "pending", None)) is not None and pending():  # TLS has read ahead
            return True
        ready = wait([other, self._hears], timeout)
        if self._hears in ready:
            self._hears.recv(4096)
        return other in ready

    def close(self) -> None:
        """Ring no more."""
        self._hears.close()
        self._rings.close()
