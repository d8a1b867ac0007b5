"""What a published chunk leaves behind: versions, public documents, deliveries, moved credentials. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conferral.contracts.edition import EmailOccasion
from conferral.contracts.ids import new_id
from conferral.contracts.profiles import Visibility
from conferral.contracts.rpc.credentials import CredentialContent, CredentialState
from conferral.contracts.rpc.publishing import Chunk, ChunkItem, FailedItem, PublishedItem
from services.credential_store.domain.deliveries import Sender, new_delivery
from services.credential_store.domain.publication import Change, Document
from services.credential_store.domain.states import move_credential
from services.credential_store.domain.timing import Timing

NO_RESULT = ("no_result", "The publisher gave no result for it.")
_LONGEST_FAILURE = 500
_ELSEWHERE = frozenset({"credential_id", "version", "url", "language"})
"""Of what was frozen: what a version says under other names, or its public document does."""


@dataclass
class Results:
    """What one transaction writes for a chunk."""

    versions: list[Document] = field(default_factory=list)
    public: list[Document] = field(default_factory=list)
    deliveries: list[Document] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    not_told: int = 0
    first: list[str] = field(default_factory=list)
    """Published for the first time."""


@dataclass(frozen=True)
class Letter:
    """What an email about a credential says: its template's digest, its values without the link, the page's address."""

    occasion: EmailOccasion
    template: str
    values: Mapping[str, str]
    language: str
    url: str


@dataclass(frozen=True)
class Surroundings:
    """What a chunk's credentials share. ``frozen`` holds the profiles of organisation, group and design.

    ``tell_again``: a new version's holder gets an email about it.
    """

    organisation_id: str
    frozen: Document
    now: datetime
    timing: Timing
    tell_again: bool = False
    visibility: Visibility | None = None
    """The group's as it is now; None: as it was frozen."""


def to_chunk(publication: Document, chunk: Document, credentials: Sequence[Document]) -> Chunk:
    """Return what a publisher is given. Each credential has what is frozen of it under ``frozen``."""
    return Chunk.model_validate(
        {
            **publication["frozen"][chunk["group_id"]],
            "publication_id": chunk["publication_id"],
            "chunk": chunk["chunk"],
            "fence": chunk["fence"],
            "items": tuple(_item(credential) for credential in credentials),
        }
    )


def _item(credential: Document) -> ChunkItem:
    return ChunkItem(
        revision=credential["revision"],
        content=CredentialContent.model_validate(credential["content"]),
        **credential["frozen"],
    )


def results_of(
    around: Surroundings,
    credentials: Sequence[Document],
    published: Sequence[PublishedItem],
    failed: Sequence[FailedItem],
) -> Results:
    """Sort out a publisher's answer. What it says nothing about has failed; what it was not asked is not looked at."""
    by_id = {item.credential_id: item for item in published}
    reasons = {item.credential_id: (item.code, item.message) for item in failed}
    results = Results()
    for credential in credentials:
        item = by_id.get(credential["_id"])
        if item is None:
            code, message = reasons.get(credential["_id"], NO_RESULT)
            results.changes.append(failing(credential, code, message, around.now))
            results.failed.append(credential["_id"])
        else:
            _publish(around, credential, item, results)
    return results


def moving(credentials: Sequence[Document], state: CredentialState, now: datetime) -> list[Change]:
    """Return the credentials' moves to a state, without anything else."""
    return [
        Change(credential, {"state": move_credential(credential["state"], state), "updated_at": now})
        for credential in credentials
    ]


def failing(credential: Document, code: str, message: str, now: datetime) -> Change:
    """Return a credential's move to failed, with the reason that its issuer reads. What was published stays so."""
    text = message[:_LONGEST_FAILURE] or code
    state = move_credential(credential["state"], "failed")
    return Change(credential, {"state": state, "failure": text, "updated_at": now})


def _publish(around: Surroundings, credential: Document, item: PublishedItem, results: Results) -> None:
    results.versions.append(_version(around, credential, item))
    results.public.append(_public(around, credential, item))
    results.published.append(credential["_id"])
    if (former := credential.get("published_version")) is None:
        results.first.append(credential["_id"])
    else:
        results.superseded.append(version_id(credential["_id"], former))
    changes = {
        "state": move_credential(credential["state"], "published"),
        "published_version": credential["version"],
        "failure": None,
        "updated_at": around.now,
    }
    if former is None or around.tell_again:
        delivery = _delivery(around, credential, item)
        results.deliveries.append(delivery)
        changes |= {"deliveries": delivery["ordinal"], "delivery_state": "queued"}
    else:
        results.not_told += 1
    base = credential["frozen"]["url"].removesuffix(credential["_id"]) if credential.get("url") is None else None
    results.changes.append(Change(credential, changes, url_base=base))


def occasion_of(version: Document, *, again: bool = False) -> EmailOccasion:
    """Return what an email about a version is about. It may be one of before there were corrections."""
    if version.get("correction"):
        return "corrected_again" if again else "corrected"
    return "issued_again" if again else "issued"


def version_id(credential_id: str, number: int) -> str:
    """Return a version's ``_id``."""
    return f"{credential_id}:{number}"


def _version(around: Surroundings, credential: Document, item: PublishedItem) -> Document:
    frozen = {name: value for name, value in credential["frozen"].items() if name not in _ELSEWHERE}
    return {
        "_id": version_id(credential["_id"], credential["version"]),
        "schema_version": 1,
        "credential_id": credential["_id"],
        "number": credential["version"],
        "publication_id": credential["publication_id"],
        "content": credential["content"],
        "edition": item.edition,
        "drawing": _drawing(item),
        "document": item.document.model_dump(mode="json"),
        "language": item.language,
        # So that its email can be sent once more, whatever the group's next edition says.
        "email_template": item.email,
        "email_again": item.email_again,
        "email_values": item.email_values,
        **frozen,
        "published_at": around.now,
    }


def _drawing(item: PublishedItem) -> Document:
    """Leave defaults out, but for what tells one kind of run from another: a drawing is stored for years."""
    runs = [run.model_dump(mode="json", exclude_defaults=True) | {"kind": run.kind} for run in item.drawing.runs]
    return item.drawing.model_dump(mode="json", exclude_defaults=True) | {"runs": runs}


def _public(around: Surroundings, credential: Document, item: PublishedItem) -> Document:
    content, frozen = credential["content"], credential["frozen"]
    return {
        "_id": credential["_id"],
        "schema_version": 1,
        "version": credential["version"],
        "state": "published",
        "url": frozen["url"],
        "visibility": around.visibility or around.frozen["group"]["visibility"],
        "language": item.language,
        "recipient_name": content["name"],
        "issue_date": content["issue_date"],
        "expiry_date": content.get("expiry_date"),
        "valid_until": frozen["valid_until"],
        "attributes": item.public_attributes,
        "edition": item.edition,
        "drawing": _drawing(item),
        "document": item.document.model_dump(mode="json"),
        "published_at": around.now,
    }


def _delivery(around: Surroundings, credential: Document, item: PublishedItem) -> Document:
    letter = Letter(
        occasion_of(credential["frozen"]), item.email, item.email_values, item.language, credential["frozen"]["url"]
    )
    return {
        **credential_delivery(around, credential, credential["content"], letter),
        "publication_id": credential["publication_id"],
        "chunk": credential["chunk"],
    }


def credential_delivery(
    around: Surroundings, credential: Document, content: Mapping[str, Any], letter: Letter
) -> Document:
    """Return a credential's next email, with a link of its own.

    :param content: of the version that it is about.
    """
    organisation, token = around.frozen["organisation"], new_id()
    delivery = new_delivery(
        around.organisation_id,
        "credential",
        Sender(organisation["sender_name"], organisation["sender_address"], organisation.get("reply_to")),
        (content["name"], content["email"]),
        language=letter.language,
        values={**letter.values, "credential_url": f"{letter.url}?d={token}"},
        template=letter.template,
        now=around.now,
        timing=around.timing,
    )
    ordinal = credential.get("deliveries", 0) + 1
    about = {"credential_id": credential["_id"], "occasion": letter.occasion}
    return {**delivery, **about, "ordinal": ordinal, "link_token": token}
