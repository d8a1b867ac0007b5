"""Blobs in GridFS' layout, named by their digest.

Written chunk by chunk with upserts rather than by the driver's uploader: two writers of one digest write the same
bytes to the same places, and what a killed writer left half done is completed by the next.
"""

from datetime import UTC, datetime
from typing import Any

from pymongo import ReplaceOne

from services.credential_store.adapters.database import Database, translated
from services.credential_store.adapters.schema import SCHEMA_VERSION
from services.credential_store.ports import Duplicate

Document = dict[str, Any]

CHUNK_BYTES = 255 * 1024
"""GridFS' own default."""
_TRIES = 3


class GridFsBlobs:
    """The bucket ``blobs``; any GridFS tool reads it."""

    def __init__(self, database: Database) -> None:
        self._files = database.collection("blobs.files")
        self._chunks = database.collection("blobs.chunks")

    def put(self, digest: str, content: bytes, media_type: str) -> bool:
        """Store it; False: it was there.

        :raises Unavailable: the database did not answer; perhaps it is stored.
        """
        with translated():
            if self._files.find_one({"_id": digest}, {"_id": 1}) is not None:
                return False
        self._write_chunks(digest, content)
        try:
            with translated():
                self._files.insert_one(_file(digest, len(content), media_type))
        except Duplicate:  # somebody else put it at the same moment
            return False
        return True

    def get(self, digest: str) -> tuple[bytes, str] | None:
        """Return content and media type.

        :raises Unavailable: the database did not answer.
        """
        with translated():
            file = self._files.find_one({"_id": digest})
            if file is None:
                return None
            names = [_chunk_name(digest, number) for number in range(-(-file["length"] // CHUNK_BYTES))]
            pieces = {piece["_id"]: piece["data"] for piece in self._chunks.find({"_id": {"$in": names}})}
        return b"".join(pieces[name] for name in names), file["metadata"]["media_type"]

    def _write_chunks(self, digest: str, content: bytes) -> None:
        writes = []
        for number, start in enumerate(range(0, len(content), CHUNK_BYTES)):
            name = _chunk_name(digest, number)
            piece = {"_id": name, "files_id": digest, "n": number, "data": content[start : start + CHUNK_BYTES]}
            writes.append(ReplaceOne({"_id": name}, piece, upsert=True))
        for _ in range(_TRIES):
            try:
                with translated():
                    if writes:
                        self._chunks.bulk_write(writes, ordered=False)
            except Duplicate:  # two upserts of the same chunk at once; the bytes are the same
                continue
            return


def _chunk_name(digest: str, number: int) -> str:
    """Return a chunk's ``_id``: GridFS does not mind which, and so a chunk is found without another index."""
    return f"{digest}:{number}"


def _file(digest: str, length: int, media_type: str) -> Document:
    return {
        "_id": digest,
        "schema_version": SCHEMA_VERSION,
        "filename": digest,
        "length": length,
        "chunkSize": CHUNK_BYTES,
        "uploadDate": datetime.now(UTC),
        "metadata": {"media_type": media_type},
    }
