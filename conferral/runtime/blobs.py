"""Blobs over the reader's HTTP: immutable, named by their digest, checked when read."""

from collections import OrderedDict
from threading import Lock
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from conferral.contracts.canonical import digest_of
from conferral.contracts.errors import NotFound, Unavailable
from conferral.contracts.headers import BLOB_TOKEN
from conferral.runtime.correlation import headers
from conferral.runtime.crash_points import reached

CACHE_BYTES = 64 * 1024 * 1024
_REMEMBERED_PUTS = 10_000
_TIMEOUT = urllib3.Timeout(connect=1.0, read=10.0)
_STORED, _THERE, _MISSING, _GONE = 201, 200, 404, 410


class BlobClient:
    """Reads and writes blobs; safe from many threads.

    :param reader_url: the store's reader, such as ``http://127.0.0.1:8802``.
    :param token: for writing; None: this client only reads.
    """

    def __init__(self, reader_url: str, token: str | None) -> None:
        self._base = f"{reader_url.rstrip('/')}/blobs/"
        self._token = token
        self._pool = urllib3.PoolManager(maxsize=8, timeout=_TIMEOUT, retries=urllib3.Retry(1, redirect=0))
        self._lock = Lock()
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._cached_bytes = 0
        self._put: OrderedDict[str, None] = OrderedDict()

    def get(self, digest: str) -> bytes:
        """Return a blob's content.

        :raises NotFound: there is no such blob.
        :raises Unavailable: the reader does not answer, or not with this blob.
        """
        with self._lock:
            if digest in self._cache:
                self._cache.move_to_end(digest)
                return self._cache[digest]
        response = self._request("GET", digest)
        if response.status in {_MISSING, _GONE}:
            raise NotFound(f"there is no blob {digest}")
        if response.status != _THERE or digest_of(response.data) != digest:
            raise Unavailable(f"the reader answered {response.status} for blob {digest}")
        self._remember(digest, response.data)
        return response.data

    def put(self, content: bytes, media_type: str) -> str:
        """Store content and return its digest; what this client stored before is not sent again.

        :raises Unavailable: the reader does not answer, or refuses.
        """
        digest = digest_of(content)
        with self._lock:
            if digest in self._put:
                return digest
        extra = {"Content-Type": media_type, BLOB_TOKEN: self._token or ""}
        response = self._request("PUT", digest, body=content, extra=extra)
        if response.status not in {_STORED, _THERE}:
            raise Unavailable(f"the reader answered {response.status} to blob {digest}")
        with self._lock:
            self._put[digest] = None
            while len(self._put) > _REMEMBERED_PUTS:
                self._put.popitem(last=False)
        return digest

    def _request(
        self, method: str, digest: str, body: bytes | None = None, extra: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        options: dict[str, Any] = {"body": body, "headers": headers() | (extra or {})}
        reached(f"blobs.{method.lower()}")
        try:
            response = self._pool.request(method, self._base + digest, **options)
        except HTTPError as error:
            raise Unavailable(f"the reader does not answer: {type(error).__name__}") from error
        reached(f"blobs.{method.lower()}_answered")
        return response

    def _remember(self, digest: str, content: bytes) -> None:
        with self._lock:
            if digest not in self._cache:
                self._cached_bytes += len(content)
            self._cache[digest] = content
            while self._cached_bytes > CACHE_BYTES and len(self._cache) > 1:
                _, dropped = self._cache.popitem(last=False)
                self._cached_bytes -= len(dropped)
