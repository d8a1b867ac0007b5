"""Create calls as data: which rows are right, what is to be stored, what is answered. Pure.

A call's record is its commit point: it holds all rows that will be stored, and is written in one piece. The rows become
credentials in transactions of about a hundred; whoever repeats the call, or the sweeper, goes on where it stopped. Ids
follow from the record's secret seed and the row's number, so that going on never makes a second credential of a row.
"""

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from conferral.contracts.canonical import canonical_json
from conferral.contracts.ids import LENGTH
from conferral.contracts.rpc.credentials import (
    CreateCredentials,
    CredentialRow,
    CredentialsCreated,
    RowProblem,
    RowResult,
)
from services.credential_store.domain import paging, search, text
from services.credential_store.domain.content import check_credential, is_incomplete
from services.credential_store.domain.listing import keys_of

Document = dict[str, Any]

PIECE = 100
"""Rows in one transaction."""
MOST_BYTES = 4_000_000
"""Of one call's rows as JSON; a record has to fit into one document of the database (16 MB)."""
_EXTERNAL_ID_LENGTH = 200
TAKEN = RowProblem(field="external_id", message="is used by another credential.")


def fingerprint(request: CreateCredentials) -> str:
    """Tell calls apart: a repeat has the same rows.

    Fields that came later count only where they are set, so that a call that an older process began is known again.
    """
    rows = [
        row.model_dump(mode="json", exclude=None if row.accepts_duplicate else {"accepts_duplicate"})
        for row in request.rows
    ]
    return hashlib.sha256(canonical_json({"rows": rows, "atomic": request.atomic})).hexdigest()


def credential_id(seed: str, row: int) -> str:
    """Return the id of a row's credential: 130 bits that nobody can guess who does not know the seed."""
    digest = hashlib.sha256(f"{seed}:{row}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:LENGTH]


def examine(
    rows: Sequence[CredentialRow],
    required: Mapping[str, Collection[str]],
    taken: Collection[str],
    duplicates: Mapping[int, RowProblem] | None = None,
    strict: Collection[str] = (),
) -> tuple[dict[int, Document], dict[int, list[RowProblem]]]:
    """Sort rows into those to be stored and those with problems, by row number.

    :param required: group id to the attribute keys its design requires; other groups are not the organisation's.
    :param taken: external ids that other credentials have.
    :param duplicates: row number to the problem with its address (see domain.duplicates).
    :param strict: groups that refuse an address they have already.
    """
    given: Counter[str | None] = Counter(row.external_id for row in rows if row.external_id)
    right: dict[int, Document] = {}
    wrong: dict[int, list[RowProblem]] = {}
    for number, row in enumerate(rows):
        content, problems = check_credential(row.content)
        found = [*problems, *_external_problems(row.external_id, given, taken)]
        if duplicates and number in duplicates and not any(one.field == "email" for one in problems):
            found.append(duplicates[number])
        if row.group_id not in required:
            found.append(RowProblem(field="group_id", message="is not one of your groups."))
        if found:
            wrong[number] = found
            continue
        right[number] = {
            "row": number,
            "group_id": row.group_id,
            "external_id": row.external_id or None,
            "content": content.model_dump(mode="json"),
            "incomplete": is_incomplete(content, required[row.group_id]),
            "unique": row.group_id in strict,
        }
    return right, wrong


def new_record(
    request: CreateCredentials,
    right: Mapping[int, Document],
    wrong: Mapping[int, list[RowProblem]],
    actor_id: str,
    now: datetime,
) -> Document:
    """Return the record of a call that stores something."""
    return {
        "batch_id": request.batch_id,
        "part": request.part,
        "fingerprint": fingerprint(request),
        "seed": secrets.token_hex(20),
        "atomic": request.atomic,
        "size": len(request.rows),
        "pending": list(right.values()),
        "problems": {str(number): _plain(problems) for number, problems in wrong.items()},
        "stored": 0,
        "state": "storing",
        "actor_id": actor_id,
        "created_at": now,
    }


def new_credential(record: Document, row: Document, now: datetime) -> Document:
    """Return the draft of a row. ``version`` is the number in work: none yet."""
    identifier = credential_id(record["seed"], row["row"])
    content, order = row["content"], paging.order(record["created_at"], row["row"], identifier)
    credential = {
        "_id": identifier,
        "group_id": row["group_id"],
        "batch_id": record["batch_id"],
        "batch_part": record["part"],
        "row": row["row"],
        "order": order,
        **keys_of(content["name"], content["issue_date"], order, identifier),
        "state": "draft",
        "revision": 1,
        "content": content,
        "incomplete": row["incomplete"],
        "search": search.tokens(content["name"], content["email"], identifier),
        "address": text.fold_address(content["email"]),
        "version": 0,
        "published_version": None,
        "url": None,
        "publication_id": None,
        "chunk": None,
        "failure": None,
        "delivery_state": "none",
        "created_at": now,
        "updated_at": now,
    }
    # absent rather than null: its unique index holds those that have one
    return credential | ({"external_id": row["external_id"]} if row["external_id"] else {})


def with_problems(record: Document, clashes: Mapping[int, RowProblem]) -> Document:
    """Return the record's problems with those of more rows."""
    return {**record["problems"], **{str(row): _plain([problem]) for row, problem in clashes.items()}}


def answer(record: Document) -> CredentialsCreated:
    """Return what a finished call answered, as often as it is repeated."""
    nothing = record["state"] == "refused"
    results = []
    for number in range(record["size"]):
        problems = record["problems"].get(str(number))
        if problems or nothing:
            results.append(_refusal([RowProblem.model_validate(one) for one in problems or []]))
        else:
            results.append(RowResult(credential_id=credential_id(record["seed"], number)))
    return CredentialsCreated(
        results=tuple(results), created=sum(result.credential_id is not None for result in results)
    )


def refusal(size: int, wrong: Mapping[int, list[RowProblem]]) -> CredentialsCreated:
    """Return the answer to a call of which nothing is stored; rows that are right have neither id nor problem."""
    return CredentialsCreated(results=tuple(_refusal(wrong.get(number, [])) for number in range(size)), created=0)


def _refusal(problems: Sequence[RowProblem]) -> RowResult:
    return RowResult(problems=tuple(problems))


def _plain(problems: Sequence[RowProblem]) -> list[Document]:
    return [problem.model_dump() for problem in problems]


def _external_problems(external_id: str | None, given: Counter[str | None], taken: Collection[str]) -> list[RowProblem]:
    if not external_id:
        return []
    try:
        clean = text.line(external_id, longest=_EXTERNAL_ID_LENGTH)
    except text.Refused as refused:
        return [RowProblem(field="external_id", message=str(refused))]
    if clean != external_id:
        return [RowProblem(field="external_id", message="begins or ends with a space, or is not in composed form.")]
    if given[external_id] > 1:
        return [RowProblem(field="external_id", message="is used by another row.")]
    return [TAKEN] if external_id in taken else []
