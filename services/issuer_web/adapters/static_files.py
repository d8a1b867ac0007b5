"""Style sheets, scripts and fonts, read once when a role starts and served under names that hold their digest."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "static"
_CSS_URL = re.compile(r'url\("\.\./([^"]+)"\)')
_COMPRESSIBLE = ("text/", "image/svg+xml", "application/")
_DIGEST_LENGTH = 12
_WORTH_COMPRESSING = 200
"""Bytes."""


@dataclass(frozen=True)
class StaticFile:
    """A file's bytes, and the same compressed where that helps."""

    content: bytes
    compressed: bytes | None
    media_type: str


class StaticFiles:
    """All files below a folder.

    A style sheet refers to other files as ``url("../folder/name")``; that is rewritten to the name with the digest,
    so that everything can be cached for ever.
    """

    def __init__(self, folder: Path = FOLDER, prefix: str = "/static/") -> None:
        self._prefix = prefix
        self._names: dict[str, str] = {}
        self._files: dict[str, StaticFile] = {}
        for path in sorted(_files_in(folder), key=lambda path: path.suffix == ".css"):
            self._add(path.relative_to(folder).as_posix(), path.read_bytes())

    def url(self, name: str) -> str:
        """Return the address of a file, such as ``css/base.css``.

        :raises KeyError: there is no such file.
        """
        return self._prefix + self._names[name]

    def find(self, served_name: str) -> StaticFile | None:
        """Return the file that is served by this name."""
        return self._files.get(served_name)

    def _add(self, name: str, content: bytes) -> None:
        if name.endswith(".css"):
            content = _CSS_URL.sub(lambda match: f'url("{self.url(match[1])}")', content.decode()).encode()
        stem, dot, suffix = name.rpartition(".")
        served = f"{stem}.{hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH]}{dot}{suffix}"
        media_type = "text/javascript" if suffix == "js" else mimetypes.guess_type(name)[0] or "font/woff2"
        small = None
        if media_type.startswith(_COMPRESSIBLE) and len(content) > _WORTH_COMPRESSING:
            small = gzip.compress(content, mtime=0)
        self._names[name] = served
        self._files[served] = StaticFile(content, small, media_type)


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.suffix in {".css", ".js", ".svg", ".woff2"})
