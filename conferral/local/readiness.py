"""Waiting until a process can work."""

import socket
import time
from collections.abc import Callable

import urllib3

from conferral.local.ports import HOST

_http = urllib3.PoolManager(retries=False, timeout=2.0, maxsize=2)

OK = 200


def not_ready(url: str) -> str | None:
    """Ask a readiness address; None: it is ready, else why not."""
    try:
        response = _http.request("GET", url)
    except urllib3.exceptions.HTTPError:
        return "it does not answer yet"
    if response.status == OK:
        return None
    return response.data.decode(errors="replace").strip()[:300] or f"HTTP status {response.status}"


def listens(port: int) -> bool:
    """Tell whether somebody accepts connections there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(predicate: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Tell whether the predicate came true in time."""
    deadline = time.monotonic() + seconds
    while not predicate():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
