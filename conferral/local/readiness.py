"""Asking a process whether it can work."""

import urllib3

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
