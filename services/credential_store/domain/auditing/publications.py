"""A publication with its chunks, their credentials and their emails: I1, and of I4 and I7 what goes with it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.credential_store.domain.auditing.findings import Document, Finding, Unit, ago, is_overdue
from services.credential_store.domain.deliveries import COUNTER_OF
from services.credential_store.domain.publication import counts_of, status_of

_STATUSES = frozenset({"expanding", "running", "finished"})
_CHUNK_STATES = frozenset({"queued", "rendering", "done"})


@dataclass(frozen=True)
class Part:
    """A chunk with what belongs to it, or None where it changed while it was read.

    :param items: ids of the credentials that are frozen in it.
    :param credentials: those of them that are there.
    """

    chunk: Document
    items: Sequence[str] | None
    credentials: Mapping[str, Document]
    emails: Sequence[Document]


@dataclass(frozen=True)
class Batch:
    """A publication with its chunks. ``selected``: how many ids its selection holds; None: there is no selection."""

    publication: Document
    parts: Sequence[Part]
    selected: int | None
    audited: bool
    now: datetime

    @property
    def unit(self) -> Unit:
        """What is looked at again."""
        return Unit("publication", self.publication["_id"], self.publication["organisation_id"])


def examine(batch: Batch) -> Iterator[Finding]:
    """Return what is wrong with it."""
    publication, unit = batch.publication, batch.unit
    name = f"publication {publication['_id']}"
    if publication["status"] not in _STATUSES:
        yield Finding("illegal_state", unit, name, f"is {publication['status']!r}, which is no state.")
        return
    if not batch.audited:
        yield Finding("not_audited", unit, name, "was requested by nobody that the audit log knows.")
    yield from _progress(batch, name)
    yield from _timing(batch, name)
    for part in batch.parts:
        yield from _chunk(batch, part)


def _progress(batch: Batch, name: str) -> Iterator[Finding]:
    publication, unit = batch.publication, batch.unit
    if batch.selected != publication["selected"]:
        yield Finding(
            "selection_differs", unit, name, f"selected {publication['selected']}; {batch.selected} of them are stored."
        )
    numbers = sorted(part.chunk["chunk"] for part in batch.parts)
    if numbers != list(range(publication["chunks"])):
        yield Finding("chunk_missing", unit, name, f"has {publication['chunks']} chunks; {len(numbers)} are stored.")
        return
    taken = sum(part.chunk["size"] for part in batch.parts) + publication["skipped"]
    if taken != publication["expanded"]:
        yield Finding(
            "selection_differs", unit, name, f"expanded {publication['expanded']}; its chunks and skipped are {taken}."
        )
    finished = publication["status"] == "finished"
    if finished and status_of(publication, counts_of(publication, [part.chunk for part in batch.parts])) != "finished":
        yield Finding("finished_too_early", unit, name, "is finished, and its counters say that it is not.")


def _timing(batch: Batch, name: str) -> Iterator[Finding]:
    publication, unit, now = batch.publication, batch.unit, batch.now
    due, control = publication.get("sweep_at"), publication.get("control_at")
    if control is not None and is_overdue(control, now):
        yield Finding("stuck", unit, name, f"was to be {publication.get('control')}ed {ago(control, now)}.")
    if publication["status"] == "finished":
        if due is not None or control is not None:
            yield Finding("left_over", unit, name, "is finished, and is still to be looked at.")
    elif due is None:
        yield Finding("never_looked_at", unit, name, f"is {publication['status']}, and nobody will look at it.")
    elif is_overdue(due, now):
        yield Finding("stuck", unit, name, f"is {publication['status']}, and was to be looked at {ago(due, now)}.")


def _chunk(batch: Batch, part: Part) -> Iterator[Finding]:
    chunk, unit, now = part.chunk, batch.unit, batch.now
    name, due = f"chunk {chunk['chunk']} of publication {batch.publication['_id']}", chunk.get("sweep_at")
    if chunk["state"] not in _CHUNK_STATES:
        yield Finding("illegal_state", unit, name, f"is {chunk['state']!r}, which is no state.")
        return
    if chunk["state"] == "done":
        if due is not None or part.items is not None:
            yield Finding("left_over", unit, name, "is done, and what belongs to its work is still there.")
    elif due is None:
        yield Finding("never_looked_at", unit, name, f"is {chunk['state']}, and nobody will look at it.")
    elif is_overdue(due, now):
        yield Finding("stuck", unit, name, f"is {chunk['state']}, and was to be looked at {ago(due, now)}.")
    if chunk["state"] != "done":
        yield from _waiting(unit, name, part)
    yield from _counts(unit, name, part)


def _waiting(unit: Unit, name: str, part: Part) -> Iterator[Finding]:
    """Look whether what a publisher is given is there, and waits for it."""
    chunk = part.chunk
    if part.items is None or len(part.items) != chunk["size"]:
        held = "nothing" if part.items is None else str(len(part.items))
        yield Finding("chunk_missing", unit, name, f"is {chunk['state']} with {chunk['size']}; {held} is frozen.")
        return
    strays = [
        credential_id
        for credential_id in part.items
        if (found := part.credentials.get(credential_id)) is None
        or (found["state"], found["publication_id"], found["chunk"])
        != (chunk["state"], chunk["publication_id"], chunk["chunk"])
    ]
    if strays:
        yield Finding(
            "chunk_disagrees", unit, name, f"is {chunk['state']}, and {len(strays)} of its credentials are not."
        )


def _counts(unit: Unit, name: str, part: Part) -> Iterator[Finding]:
    counts, size = part.chunk["counts"], part.chunk["size"]
    ended = counts["published"] + counts["failed"] + counts.get("cancelled", 0)
    if ended != (size if part.chunk["state"] == "done" else 0):
        yield Finding(
            "counts_differ", unit, name, f"is {part.chunk['state']} with {size}, and counts {ended} as ended."
        )
    told = counts["published"] - counts.get("not_told", 0)
    if len(part.emails) != told:
        yield Finding("email_missing", unit, name, f"told {told}, and there are {len(part.emails)} emails.")
    states = Counter(email["state"] for email in part.emails)
    for state, counter in COUNTER_OF.items():
        if states[state] != counts.get(counter, 0):
            yield Finding(
                "counts_differ", unit, name, f"counts {counts.get(counter, 0)} {state}; it is {states[state]}."
            )


def examine_call(unit: Unit, call: Document, now: datetime, *, audited: bool) -> Iterator[Finding]:
    """Return what is wrong with a call that created credentials."""
    name, state = f"create call {call['batch_id']} part {call['part']}", call["state"]
    if state not in {"storing", "done", "refused"}:
        yield Finding("illegal_state", unit, name, f"is {state!r}, which is no state.")
    elif state == "storing" and is_overdue(call["created_at"], now):
        yield Finding("stuck", unit, name, f"has stored {call['stored']} rows since {ago(call['created_at'], now)}.")
    elif state == "done" and len(call["problems"]) < call["size"] and not audited:
        yield Finding("not_audited", unit, name, "created credentials, and the audit log does not know by whom.")


def examine_group(
    unit: Unit, group: Document, now: datetime, counters: tuple[int, int], counted: tuple[int, int] | None
) -> Iterator[Finding]:
    """Return what is wrong with a group.

    :param counted: drafts and published ones; None: they move, and cannot be compared.
    """
    name, due = f"group {group['_id']}", group.get("sweep_at")
    if due is not None and is_overdue(due, now):
        yield Finding("stuck", unit, name, f"was changed, and that was to be carried on {ago(due, now)}.")
    if counted is not None and counted != counters:
        yield Finding(
            "group_counts_differ",
            unit,
            name,
            f"counts {counters[0]} unpublished and {counters[1]} published; it is {counted[0]} and {counted[1]}.",
        )
