"""The store's reader over HTTP."""

import json

import urllib3

from conferral.contracts.errors import InvalidMessage, Unavailable
from conferral.contracts.public import PublicCredential
from services.issuer_web.ports import Fetched, Gone, Missing, NotModified, Reading

TIMEOUT = urllib3.Timeout(connect=1.0, read=2.0)
"""Seconds. A page that waits longer is better served from the cache."""
CONNECTIONS = 16


class HttpReader:
    """Adapter of the PublicReader port.

    :param url: the reader's origin.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, timeout=TIMEOUT, retries=False)

    def read(self, credential_id: str, etag: str | None) -> Reading:
        """Ask for a credential, or whether the one with this validator is still current.

        :raises Unavailable: the reader does not answer, or not sensibly.
        """
        headers = {"If-None-Match": etag} if etag else {}
        try:
            answer = self._pool.request("GET", f"{self._url}/public/credentials/{credential_id}", headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable("The store's reader does not answer.") from error
        known: dict[int, Reading] = {304: NotModified(), 404: Missing(), 410: Gone()}
        if answer.status in known:
            return known[answer.status]
        if answer.status != 200:  # noqa: PLR2004
            raise Unavailable(f"The store's reader answered {answer.status}.")
        try:
            credential = PublicCredential.decode(json.loads(answer.data))
        except (ValueError, InvalidMessage) as error:
            raise Unavailable("The store's reader answered with something else than a credential.") from error
        return Fetched(credential, answer.headers.get("ETag", ""))

    def check(self) -> None:
        """Tell whether the reader answers at all.

        :raises Unavailable: it does not.
        """
        # Nobody has this id; any answer to it is an answer.
        self.read("a" * 26, None)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()
