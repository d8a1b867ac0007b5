"""Render one chunk of a publication. Two calls to the store per chunk; nothing per credential leaves this process."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from conferral.contracts.actors import Actor
from conferral.contracts.commands import PublishChunk
from conferral.contracts.errors import ConferralError, Conflict, DesignFailed, DesignNotInstalled, NotFound, Unavailable
from conferral.contracts.ids import INSTALLATION, new_id
from conferral.contracts.operation import Caller
from conferral.contracts.rpc.publishing import (
    HAND_BACK_CHUNK,
    LOAD_CHUNK,
    RECORD_PUBLISHED,
    Chunk,
    ChunkItem,
    FailedItem,
    HandBackChunk,
    LoadChunk,
    PublishedItem,
    RecordPublished,
)
from services.publisher.domain import drawing, edition_parts, open_badge
from services.publisher.domain.design import Completion, Failure, Recipient
from services.publisher.domain.occasions import occasions_of
from services.publisher.handlers.editions import Editions, StoredEdition, Subject
from services.publisher.handlers.patience import Patience, Stopped
from services.publisher.ports import Designs, Stopping

ACTOR = Actor(service="publisher")
BATCH = 25
"""Credentials in one call of a design: few enough that a hang costs little, enough that a call costs nothing."""
_CHUNK_SECONDS = 40.0
"""The lease is 60 seconds; the rest is for the store and the blobs."""
_RECORD_SECONDS, _RECORD_PAUSE_SECONDS = 50.0, 0.5
_BATCH_SECONDS = 15.0
_NOT_INSTALLED_SECONDS = 60.0
_TROUBLE_SECONDS = 5.0
_PROBE_SECONDS = 3.0
_LONGEST_MESSAGE = 600

log = structlog.get_logger()


@dataclass(frozen=True)
class Publisher:
    """What publishing needs.

    :param grace: seconds that a chunk may go on after the process was asked to end.
    """

    store: Caller
    designs: Designs
    editions: Editions
    stopping: Stopping
    grace: float


@dataclass
class _Results:
    published: list[PublishedItem] = field(default_factory=list)
    failed: list[FailedItem] = field(default_factory=list)

    def fail(self, item: ChunkItem, message: str) -> None:
        self.failed.append(
            FailedItem(credential_id=item.credential_id, code=DesignFailed.code, message=message[:_LONGEST_MESSAGE])
        )


def publish_chunk(publisher: Publisher, command: PublishChunk) -> None:
    """Take the chunk, draw it, record it; or hand it back.

    :raises Unavailable: the store does not answer. Its lease runs out, and the chunk is queued again.
    """
    names = {"publication_id": command.publication_id, "chunk": command.chunk}
    scope = {"actor": ACTOR, "organisation_id": command.organisation_id, **names}
    began = time.monotonic()
    chunk = publisher.store.call(LOAD_CHUNK, LoadChunk.model_validate(scope))
    if not chunk.items:
        log.info("chunk_empty", **names)
        return
    results = _render_or_hand_back(publisher, command, chunk)
    if results is None:
        return
    answer = {**scope, "fence": chunk.fence, "published": results.published, "failed": results.failed}
    try:
        _record(publisher, RecordPublished.model_validate(answer), began + _RECORD_SECONDS)
    except Conflict:
        log.info("chunk_taken_over", fence=chunk.fence, **names)
        return
    log.info("chunk_published", published=len(results.published), failed=len(results.failed), **names)


def _record(publisher: Publisher, request: RecordPublished, deadline: float) -> None:
    """Record what was drawn, and go on trying while the lease lasts: a bus that restarts is back within seconds.

    A call without an answer may have been carried out; the next one is then a Conflict, as when another worker took
    the chunk over, and nothing is left to do either way.

    :raises Unavailable: the lease is nearly out, or this process was asked to end.
    """
    while True:
        try:
            publisher.store.call(RECORD_PUBLISHED, request)
        except Unavailable:
            if time.monotonic() > deadline or publisher.stopping.is_set():
                raise
            time.sleep(_RECORD_PAUSE_SECONDS)
        else:
            return


def check_store(store: Caller) -> None:
    """Ask whether bus and store answer, by taking a chunk that cannot be.

    :raises Unavailable: they do not.
    """
    nothing = LoadChunk(actor=ACTOR, organisation_id=INSTALLATION, publication_id=new_id(), chunk=0)
    with suppress(NotFound):
        store.call(LOAD_CHUNK, nothing, timeout=_PROBE_SECONDS)


def _render_or_hand_back(publisher: Publisher, command: PublishChunk, chunk: Chunk) -> _Results | None:
    try:
        return _render(publisher, chunk)
    except Stopped as error:
        reason, seconds = str(error), 0.0
    except ConferralError as error:
        # the code first: by it the store knows for how long to go on
        reason = f"{error.code}: {error.message}"
        seconds = _NOT_INSTALLED_SECONDS if isinstance(error, DesignNotInstalled) else _TROUBLE_SECONDS
    except Exception as error:
        # a defect of ours: the store counts the attempts, and the chunk does not stay with this worker
        log.exception("chunk_failed", publication_id=command.publication_id, chunk=command.chunk)
        reason, seconds = type(error).__name__, _TROUBLE_SECONDS
    _hand_back(publisher, command, chunk.fence, reason, seconds)
    return None


def _hand_back(publisher: Publisher, command: PublishChunk, fence: int, reason: str, seconds: float) -> None:
    request = HandBackChunk(
        actor=ACTOR,
        organisation_id=command.organisation_id,
        publication_id=command.publication_id,
        chunk=command.chunk,
        fence=fence,
        reason=reason[:_LONGEST_MESSAGE],
        seconds=seconds,
    )
    log.info("chunk_handed_back", publication_id=command.publication_id, chunk=command.chunk, reason=reason)
    try:
        publisher.store.call(HAND_BACK_CHUNK, request)
    except Conflict:
        log.info("chunk_taken_over", publication_id=command.publication_id, chunk=command.chunk)


def _render(publisher: Publisher, chunk: Chunk) -> _Results:
    """Draw every item.

    :raises DesignNotInstalled, Unavailable, Stopped: nothing of the chunk counts.
    """
    patience = Patience(publisher.stopping, _CHUNK_SECONDS, publisher.grace)
    subject = Subject(chunk.organisation, chunk.group, chunk.design)
    results = _Results()
    for (language, _), items in _alike(chunk.items).items():
        try:
            edition = publisher.editions.stored(subject, language, items[0].url)
        except DesignFailed as error:
            for item in items:
                results.fail(item, error.message)
            continue
        for start in range(0, len(items), BATCH):
            _render_batch(publisher, subject, edition, items[start : start + BATCH], patience, results)
    fonts = {key for item in results.published for key in item.drawing.fonts}
    publisher.editions.store_fonts(fonts)
    return results


def _alike(items: Sequence[ChunkItem]) -> dict[tuple[str, str], list[ChunkItem]]:
    """Sort items by what their editions differ in: language, and the origin that was frozen into their URL."""
    groups: dict[tuple[str, str], list[ChunkItem]] = {}
    for item in items:
        groups.setdefault((item.language, open_badge.Names.of(item.url, "").origin), []).append(item)
    return groups


def _render_batch(
    publisher: Publisher,
    subject: Subject,
    edition: StoredEdition,
    items: Sequence[ChunkItem],
    patience: Patience,
    results: _Results,
) -> None:
    recipients = [recipient_of(item) for item in items]
    seconds = min(patience.remaining(), _BATCH_SECONDS)
    for item, completion in zip(
        items,
        publisher.designs.complete(subject.design, edition.look.state, recipients, seconds),
        strict=True,
    ):
        if isinstance(completion, Failure):
            results.fail(item, completion.message)
            continue
        try:
            results.published.append(published_item(edition, item, completion))
        except drawing.Refused as error:
            results.fail(item, f"{subject.design.plugin_id} {subject.design.plugin_version}: {error}")


def recipient_of(item: ChunkItem) -> Recipient:
    """Return a credential as its design sees it."""
    content = item.content
    return Recipient(
        credential_id=item.credential_id,
        name=content.name,
        url=item.url,
        issue_date=content.issue_date.isoformat(),
        expiry_date=content.expiry_date.isoformat() if content.expiry_date else None,
        attributes=content.attributes,
    )


def published_item(edition: StoredEdition, item: ChunkItem, completion: Completion) -> PublishedItem:
    """Return what is recorded for one credential.

    :raises drawing.Refused: the design drew something that is not allowed.
    """
    public = edition_parts.public_attributes(edition.labels, item.content.attributes)
    occasion, again = occasions_of(correction=item.correction)
    return PublishedItem(
        credential_id=item.credential_id,
        edition=edition.digest,
        email=edition.emails[occasion],
        email_again=edition.emails[again],
        language=item.language,
        public_attributes=public,
        drawing=drawing.checked_drawing(completion, edition.look.static_fonts),
        document=open_badge.document_values(item, public, edition.names),
        email_values=edition_parts.email_values(
            edition.look.emails[occasion], item.content, completion.email_values, edition.labels
        ),
    )
