"""One credential with its versions, its page and its place in a publication: I1, I3, I4, I6."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.credential_store.domain.auditing.findings import Document, Finding, Unit
from services.credential_store.domain.states import CREDENTIAL_STATES

_MOVING = frozenset({"queued", "rendering"})


@dataclass(frozen=True)
class Standing:
    """What was read of a credential.

    :param known: whether the call that created it is on record.
    :param blob_problem: digest of an edition or an email's template, and keys of fonts, to what is missing of it.
    """

    organisation_id: str
    credential_id: str
    credential: Document | None
    versions: Sequence[Document] = ()
    page: Document | None = None
    emails: Sequence[Document] = ()
    chunk: Document | None = None
    known: bool = True
    blob_problem: Callable[[str, Sequence[str]], str | None] = field(default=lambda _digest, _fonts: None)

    @property
    def unit(self) -> Unit:
        """What is looked at again."""
        return Unit("credential", self.credential_id, self.organisation_id)

    @property
    def published(self) -> int:
        """The number of the version that is live; 0: none is."""
        return int((self.credential or {}).get("published_version") or 0)


def examine(standing: Standing) -> Iterator[Finding]:
    """Return what is wrong with it."""
    unit, name = standing.unit, f"credential {standing.credential_id}"

    def found(code: str, problem: str) -> Finding:
        return Finding(code, unit, name, problem)

    if standing.credential is None:
        if standing.versions:
            yield found("version_of_nothing", "has published versions, and is not there.")
        if standing.page is not None and standing.page.get("state") != "erased":
            yield found("page_of_nothing", "has a page, and is not there.")
        return
    yield from _state(standing, standing.credential, found)
    yield from _versions(standing, found)
    yield from _page(standing, standing.credential, found)
    if not standing.known:
        yield found("created_by_nobody", "is of a call that created nothing.")


_Found = Callable[[str, str], Finding]


def _state(standing: Standing, credential: Document, found: _Found) -> Iterator[Finding]:
    state = credential["state"]
    if state not in CREDENTIAL_STATES:
        yield found("illegal_state", f"is {state!r}, which is no state.")
    elif state in _MOVING:
        place = f"chunk {credential.get('chunk')} of publication {credential.get('publication_id')}"
        if standing.chunk is None:
            yield found("no_chunk", f"is {state}, and {place} is not there.")
        elif standing.chunk["state"] != state:
            yield found("chunk_disagrees", f"is {state}, and {place} is {standing.chunk['state']}.")
    elif state == "failed" and not credential.get("failure"):
        yield found("failed_without_reason", "is failed, and does not say why.")
    elif state in {"published", "suspended", "revoked"} and not standing.published:
        yield found("illegal_state", f"is {state}, and has no published version.")
    elif state == "published" and credential["version"] != standing.published:
        yield found("illegal_state", f"is published as version {credential['version']}, not {standing.published}.")


def _versions(standing: Standing, found: _Found) -> Iterator[Finding]:
    numbers = {version["number"] for version in standing.versions}
    wanted = set(range(1, standing.published + 1))
    if missing := sorted(wanted - numbers):
        yield found("version_missing", f"is published as version {standing.published}; {_numbers(missing)} is missing.")
    if beyond := sorted(numbers - wanted):
        live = f"version {standing.published} is live" if standing.published else "nothing of it was published"
        yield found("version_missing", f"has version {_numbers(beyond)}, while {live}.")
    for version in standing.versions:
        is_last = version["number"] == standing.published
        if version["number"] in wanted and is_last == bool(version.get("superseded_at")):
            said = "superseded, and is live" if is_last else "live, and was superseded"
            yield found("version_not_superseded", f"has version {version['number']} that is said to be {said}.")


def _page(standing: Standing, credential: Document, found: _Found) -> Iterator[Finding]:
    page, number = standing.page, standing.published
    if not number:
        if page is not None:
            yield found("page_of_nothing", "has a page, and was never published.")
        return
    if page is None:
        yield found("page_missing", f"is published as version {number}, and has no page.")
        return
    if page.get("state") == "erased":
        return
    if page["version"] != number or page["url"] != credential["url"]:
        yield found("page_differs", f"is published as version {number}, and its page shows version {page['version']}.")
    if page["organisation_id"] != standing.organisation_id:
        yield found("page_differs", "has a page of another organisation.")
    yield from _look_of_page(standing, page, found)


def _look_of_page(standing: Standing, page: Document, found: _Found) -> Iterator[Finding]:
    number = standing.published
    version = next((one for one in standing.versions if one["number"] == number), {})
    if version and version["edition"] != page["edition"]:
        yield found("page_differs", f"has a page of another edition than its version {number}.")
    needs: dict[str, Sequence[str]] = {page["edition"]: page["drawing"]["fonts"]}
    for name in ("email_template", "email_again"):
        if version.get(name):
            needs[version[name]] = ()
    for digest, fonts in needs.items():
        if problem := standing.blob_problem(digest, fonts):
            yield found("edition_incomplete", f"needs {problem}.")


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5]))


def by_credential(rows: Sequence[Mapping[str, Any]], key: str) -> dict[str, list[Mapping[str, Any]]]:
    """Return rows by the id of the credential that they are about."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row[key], []).append(row)
    return grouped
