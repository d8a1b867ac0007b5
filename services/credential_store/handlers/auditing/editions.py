"""Whether everything is there that pages and emails of an edition need. Looked at once for each digest."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache

from conferral.contracts.edition import Edition, FontManifest
from conferral.contracts.errors import InvalidMessage
from services.credential_store.audit_ports import AuditReading
from services.credential_store.publishing_ports import Blobs

_MOST_REMEMBERED = 20_000
_MANIFESTS = 4
"""Kept in memory: each names thousands of slices, and most editions share one."""


class Editions:
    """Editions, email templates, and what they name in their turn."""

    def __init__(self, reading: AuditReading, blobs: Blobs) -> None:
        self._reading = reading
        self._blobs = blobs
        self._known: dict[str, str | None] = {}
        self._fonts: dict[str, str] = {}
        self._slices = lru_cache(maxsize=_MANIFESTS)(self._read_slices)

    def forget_problems(self) -> None:
        """Look again at what was missing."""
        self._known = {digest: None for digest, problem in self._known.items() if problem is None}
        self._slices.cache_clear()

    def problem(self, digest: str, fonts: Sequence[str] | None = None) -> str | None:
        """Say what is missing of an edition or an email's template; None: nothing.

        :param fonts: keys of the font slices that a drawing of this edition needs.
        """
        if digest not in self._known:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[digest] = self._look(digest)
        return self._known[digest] or (self._of_fonts(digest, fonts) if fonts else None)

    def _look(self, digest: str) -> str | None:
        found = None if self._reading.missing_blobs([digest]) else self._blobs.get(digest)
        if found is None:
            return _missing(digest)
        try:
            content = json.loads(found[0])
            if "artwork" not in content:
                return None  # an email's template names nothing else
            edition = Edition.decode(content)
        except (ValueError, InvalidMessage):
            return f"blob {digest}, which is not readable"
        self._fonts[digest] = edition.fonts
        return self._first_missing(
            [
                edition.artwork.template,
                edition.fonts,
                edition.email,
                *edition.emails.values(),
                *edition.documents.values(),
            ]
        )

    def _of_fonts(self, edition: str, keys: Sequence[str]) -> str | None:
        manifest = self._fonts.get(edition)
        if manifest is None:
            return None
        slices = self._slices(manifest)
        if strangers := [key for key in keys if key not in slices]:
            return f"font {strangers[0]}, which its edition does not name"
        return self._first_missing(slices[key] for key in keys)

    def _read_slices(self, manifest: str) -> dict[str, str]:
        found = self._blobs.get(manifest)
        if found is None:
            return {}
        slices = FontManifest.decode(json.loads(found[0])).slices
        return {key: one.digest for key, one in slices.items()}

    def _first_missing(self, digests: Iterable[str]) -> str | None:
        wanted = list(dict.fromkeys(digests))
        if unknown := [digest for digest in wanted if digest not in self._known]:
            missing = set(self._reading.missing_blobs(unknown))
            self._known.update((digest, _missing(digest) if digest in missing else None) for digest in unknown)
        return next((problem for digest in wanted if (problem := self._known[digest])), None)


def _missing(digest: str) -> str:
    return f"blob {digest}, which is missing or not whole"
