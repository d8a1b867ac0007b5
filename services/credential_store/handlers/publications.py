"""Confirm, and how far a publication is."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from conferral.contracts.errors import Conflict, LimitExceeded, NotFound
from conferral.contracts.rpc import publications as contract
from conferral.runtime import correlation
from services.credential_store.domain import profiles
from services.credential_store.domain.publication import Document, Pair, counts_of, status_of
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.selections import find_frozen
from services.credential_store.ports import Duplicate


def request_publication(context: Context, request: contract.RequestPublication) -> contract.PublicationAnswer:
    """Store what is to be published, with everything that its look depends on, and answer; the relay does the rest.

    Once for each ``publication_id``: a repetition is answered with what the first one began.

    :raises NotFound: none of the credentials exists here, or the id is somebody else's publication.
    :raises LimitExceeded: they are more than the organisation may publish at once; nothing was begun.
    """
    store, scope = context.store, context.organisation
    if store.publishing.publications.get(scope, request.publication_id) is not None:
        return answer(context, request.publication_id)
    pairs, group_ids = _selected(context, request)
    _refuse_too_many(context, len(pairs))
    publication = {
        **_publication(context, request.publication_id, pairs, group_ids),
        "tell_again": request.tell_again,
    }

    def work(session: Any) -> None:
        store.publishing.publications.add(scope, publication, pairs, session=session)
        details = {"selected": len(pairs), "groups": len(publication["frozen"])}
        store.audit.add(
            scope, context.actor_id, "request_publication", request.publication_id, details, session=session
        )

    with suppress(Duplicate):  # the same Confirm, a moment earlier
        store.transaction(work)
    return answer(context, request.publication_id)


def get_publication(context: Context, request: contract.GetPublication) -> contract.PublicationAnswer:
    """Return one publication and where it stands.

    :raises NotFound: the organisation has none of this id.
    """
    return answer(context, request.publication_id)


def list_publications(context: Context, request: contract.ListPublications) -> contract.Publications:
    """Return the latest publications, newest first, or those of them that are asked for."""
    found = [
        publication
        for publication in context.store.publishing.publications.latest(context.organisation, request.limit)
        if not (request.moving and publication["status"] == "finished")
        and (request.group_id is None or request.group_id in publication["frozen"])
    ]
    return contract.Publications(publications=tuple(_summaries(context, found)))


def _refuse_too_many(context: Context, selected: int) -> None:
    organisation = context.store.organisations.get(context.organisation) or {}
    most = organisation.get("publication_limit") or context.tools.publication_limit
    if selected > most:
        raise LimitExceeded(
            f"Your organisation can publish at most {most:,} credentials at once; these are {selected:,}. "
            "Nothing was published. Publish them in smaller parts, or ask whoever runs this installation for more."
        )


def _selected(context: Context, request: contract.RequestPublication) -> tuple[list[Pair], list[str]]:
    """Return what is to be published, by group, so that a chunk is of one group; and the groups."""
    if request.selection_id is not None:
        frozen = find_frozen(context, request.selection_id, "publish")
        pairs: list[Pair] = [(pair[0], pair[1]) for pair in frozen["pairs"]]
        groups_found = list(frozen["groups"])
    else:
        revisions = dict(request.credentials)
        groups = context.store.publishing.credentials.groups_of(context.organisation, list(revisions))
        # what is not there (any more) is skipped at the end
        pairs = sorted(revisions.items(), key=lambda pair: (groups.get(pair[0], "~"), pair[0]))
        groups_found = sorted(set(groups.values()))
    if not groups_found:
        raise NotFound("There are no such credentials.")
    return pairs, groups_found


def _publication(context: Context, publication_id: str, pairs: Sequence[Pair], group_ids: Sequence[str]) -> Document:
    """Freeze organisation, groups and designs as they are now."""
    organisation = context.store.organisations.get(context.organisation)
    if organisation is None:
        raise NotFound("There is no such organisation.")
    now = context.clock()
    return {
        "_id": publication_id,
        "schema_version": 1,
        "requested_by": context.actor_id,
        "requested_at": now,
        "status": "expanding",
        "selected": len(pairs),
        "expanded": 0,
        "skipped": 0,
        "chunks": 0,
        "control_revision": 0,
        "frozen": {group_id: frozen_profiles(context, organisation, group_id) for group_id in group_ids},
        "key_id": organisation["key_id"],
        "correlation_id": correlation.current(),
        "sweep_at": now,
    }


def frozen_profiles(context: Context, organisation: Document, group_id: str) -> Document:
    """Return the profiles of organisation, group and design as they are now.

    :raises Conflict: the group or its design is gone.
    """
    store, scope = context.store, context.organisation
    group = store.groups.get(scope, group_id)
    design = store.designs.get(scope, group["content"]["design_id"]) if group else None
    if group is None or design is None:
        raise Conflict("A group's design is gone.")
    return {
        "organisation": profiles.organisation_profile(organisation, group).model_dump(mode="json"),
        "group": profiles.group_profile(group).model_dump(mode="json"),
        "design": profiles.design_pin(design).model_dump(mode="json"),
    }


def answer(context: Context, publication_id: str) -> contract.PublicationAnswer:
    """Return one publication and where it stands.

    :raises NotFound: the organisation has none of this id.
    """
    publication = context.store.publishing.publications.get(context.organisation, publication_id)
    if publication is None:
        raise NotFound("There is no such publication.")
    return contract.PublicationAnswer(publication=_summaries(context, [publication])[0])


def _summaries(context: Context, publications: Sequence[Document]) -> list[contract.PublicationSummary]:
    chunks: dict[str, list[Document]] = {publication["_id"]: [] for publication in publications}
    for chunk in context.store.publishing.chunks.of(context.organisation, list(chunks)):
        chunks[chunk["publication_id"]].append(chunk)
    names = _names(context, {publication["requested_by"] for publication in publications})
    summaries = []
    for publication in publications:
        counts = counts_of(publication, chunks[publication["_id"]])
        summaries.append(
            contract.PublicationSummary(
                id=publication["_id"],
                status=status_of(publication, counts),
                counts=counts,
                groups=tuple(frozen["group"]["name"] for frozen in publication["frozen"].values()),
                requested_by=names[publication["requested_by"]],
                requested_at=publication["requested_at"],
                hold=publication.get("hold"),
            )
        )
    return summaries


def _names(context: Context, person_ids: Iterable[str]) -> dict[str, str]:
    """Return who did it, by name: a publication keeps the id only. What is nobody's id stays as it is."""
    people, scope = context.store.people, of_system("actor_names")
    found = {person_id: people.by_id(scope, person_id) for person_id in person_ids}
    return {person_id: person["name"] if person else person_id for person_id, person in found.items()}


HANDLERS: Handlers = {
    contract.REQUEST_PUBLICATION: request_publication,
    contract.GET_PUBLICATION: get_publication,
    contract.LIST_PUBLICATIONS: list_publications,
}
