"""Blobs in GridFS' layout, named by their digest.

Written chunk by chunk with upserts rather than by the driver's uploader: two writers of one digest write the same
bytes to the same places, and what a killed writer left half done is completed by the next.
"""

from datetime import UTC, datetime

from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from conferral.contracts.errors import Unavailable
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.schema import SCHEMA_VERSION

CHUNK_BYTES = 255 * 1024
"""GridFS' own default."""


class GridFsBlobs:
    """The bucket ``blobs``; any GridFS tool reads it."""

    def __init__(self, database: Database) -> None:
        self._files = database.collection("blobs.files")
        self._chunks = database.collection("blobs.chunks")

    def put(self, digest: str, content: bytes, media_type: str) -> bool:
        """Store it; False: it was there."""
        if self._files.find_one({"_id": digest}, {"_id": 1}) is not None:
            return False
        pieces = [content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES)]
        writes = [
            # GridFS' chunks have an ObjectId; one derived from digest and number would do, but so does this.
            ReplaceOne(
                {"_id": f"{digest}:{number}"},
                {"_id": f"{digest}:{number}", "files_id": digest, "n": number, "data": piece},
                upsert=True,
            )
            for number, piece in enumerate(pieces)
        ]
        try:
            if writes:
                self._chunks.bulk_write(writes, ordered=False)
            self._files.insert_one(
                {
                    "_id": digest,
                    "schema_version": SCHEMA_VERSION,
                    "filename": digest,
                    "length": len(content),
                    "chunkSize": CHUNK_BYTES,
                    "uploadDate": datetime.now(UTC),
                    "metadata": {"media_type": media_type},
                }
            )
        except BulkWriteError as error:  # a second writer at the same instant
            raise Unavailable("The blob is being written by somebody else.") from error
        except DuplicateKeyError:
            return False
        return True

    def get(self, digest: str) -> tuple[bytes, str] | None:
        """Return content and media type."""
        file = self._files.find_one({"_id": digest})
        if file is None:
            return None
        count = -(-file["length"] // CHUNK_BYTES)
        ids = [f"{digest}:{number}" for number in range(count)]
        pieces = {piece["_id"]: piece["data"] for piece in self._chunks.find({"_id": {"$in": ids}})}
        return b"".join(pieces[name] for name in ids), file["metadata"]["media_type"]

    def media_type(self, digest: str) -> tuple[str, int] | None:
        """Return media type and length, without the content."""
        file = self._files.find_one({"_id": digest})
        return None if file is None else (file["metadata"]["media_type"], file["length"])
