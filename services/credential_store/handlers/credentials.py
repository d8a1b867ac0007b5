"""Reading, amending and deleting credentials."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.rpc import credentials as contract
from services.credential_store.domain import search, states
from services.credential_store.domain.content import check_credential, is_incomplete
from services.credential_store.domain.duplicates import IN_GROUP
from services.credential_store.domain.listing import keys_of
from services.credential_store.domain.publishing import version_id
from services.credential_store.domain.text import fold_address
from services.credential_store.handlers import duplicates, listing
from services.credential_store.handlers.context import Context, Handlers

Document = dict[str, Any]
MOST_DELETED = 500
_PIECE = 100


def amend_credential(context: Context, request: contract.AmendCredential) -> contract.CredentialAnswer:
    """Store new content of a draft, or begin a new version of a published one, which stays live meanwhile.

    :raises InvalidInput: a field has to be corrected.
    :raises NotFound: the organisation has no such credential.
    :raises Conflict: somebody changed it in between, or its state does not allow this.
    """
    store, scope = context.store, context.organisation
    current = _find(context, request.credential_id)
    content, problems = check_credential(request.content)
    if problems:
        raise InvalidInput("Please correct what is marked.", [[one.field, one.message] for one in problems])
    group = store.groups.get(scope, current["group_id"])
    moves = fold_address(content.email) != fold_address(current["content"]["email"])
    changes = {"state": states.amend_credential(current["state"]), **_holding(context, current, content, group)}

    def work(session: Any) -> Document:
        if moves and duplicates.is_refused(store, scope, group, content.email, session=session):
            raise InvalidInput("Please correct what is marked.", [["email", IN_GROUP]])
        amended = store.credentials.amend(scope, current["_id"], request.revision, changes, session=session)
        if amended is None:
            raise Conflict("Somebody changed this credential in between.")
        details = {"revision": amended["revision"]}
        store.audit.add(scope, context.actor_id, "amend_credential", current["_id"], details, session=session)
        return amended

    if current["revision"] != request.revision:
        raise Conflict("Somebody changed this credential in between.")
    if current["state"] == "published" and changes["content"] == current["content"]:
        return _answer(context, current)  # nothing was changed: no new version begins
    return _answer(context, store.transaction(work))


def discard_version(context: Context, request: contract.DiscardVersion) -> contract.CredentialAnswer:
    """Give up the new version of a published credential: what its page shows is its content again.

    :raises NotFound: the organisation has no such credential.
    :raises Conflict: somebody changed it in between, or there is no new version that is not on its way.
    """
    store, scope = context.store, context.organisation
    current = _find(context, request.credential_id)
    live = _live(context, current)
    state = states.discard_version(current["state"], current["published_version"] if live else None)
    content = contract.CredentialContent.model_validate(live["content"] if live else current["content"])
    group = store.groups.get(scope, current["group_id"])
    changes = {"state": state, **_holding(context, current, content, group)}

    def work(session: Any) -> Document:
        kept = store.credentials.amend(scope, current["_id"], request.revision, changes, session=session)
        if kept is None:
            raise Conflict("Somebody changed this credential in between.")
        details = {"revision": kept["revision"]}
        store.audit.add(scope, context.actor_id, "discard_version", current["_id"], details, session=session)
        return kept

    if current["revision"] != request.revision:
        raise Conflict("Somebody changed this credential in between.")
    return _answer(context, store.transaction(work))


def delete_credentials(context: Context, request: contract.DeleteCredentials) -> contract.CredentialsDeleted:
    """Delete drafts that were never published; whatever else is named stays, and is not counted.

    :raises LimitExceeded: too many at once.
    """
    if len(request.credentials) > MOST_DELETED:
        raise LimitExceeded(f"At most {MOST_DELETED} credentials can be deleted at once.")
    deleted = 0
    for first in range(0, len(request.credentials), _PIECE):
        pairs = request.credentials[first : first + _PIECE]
        deleted += context.store.transaction(partial(delete_drafts, context, pairs))
    return contract.CredentialsDeleted(deleted=deleted)


def get_credential(context: Context, request: contract.GetCredential) -> contract.CredentialAnswer:
    """Return one.

    :raises NotFound: the organisation has no such credential.
    """
    return _answer(context, _find(context, request.credential_id))


def list_credentials(context: Context, request: contract.ListCredentials) -> contract.Credentials:
    """Return a page.

    :raises InvalidInput: the cursor is none of this list's.
    """
    page = listing.read_page(context, request, request.sort, request.cursor, request.limit)
    total, more = listing.count(context, request, page) if request.counted else (None, False)
    return contract.Credentials(
        credentials=tuple(summaries(context, page.found)),
        cursor=page.cursor,
        total=total,
        more=more,
        partial=page.partial,
    )


def _answer(context: Context, credential: Document) -> contract.CredentialAnswer:
    live = _live(context, credential)
    return contract.CredentialAnswer(
        credential=summaries(context, [credential])[0],
        live=contract.LiveVersion(
            number=live["number"],
            content=contract.CredentialContent.model_validate(live["content"]),
            published_at=live["published_at"],
        )
        if live
        else None,
    )


def _live(context: Context, credential: Document) -> Document | None:
    """Return the published version where the credential's content is another one's."""
    number = credential.get("published_version")
    if number is None or credential["state"] in {"published", "suspended", "revoked"}:
        return None
    return context.store.publishing.versions.get(context.organisation, version_id(credential["_id"], number))


def _find(context: Context, credential_id: str) -> Document:
    found = context.store.credentials.get(context.organisation, credential_id)
    if found is None:
        raise NotFound("There is no such credential.")
    return found


def _holding(
    context: Context, current: Document, content: contract.CredentialContent, group: Document | None
) -> Document:
    """Return what a credential's record holds with a content: the content, and all that is derived from it."""
    return {
        "content": content.model_dump(mode="json"),
        "incomplete": is_incomplete(content, _required(context, group)),
        "search": search.tokens(content.name, content.email, current["_id"]),
        "address": fold_address(content.email),
        **keys_of(content.name, content.issue_date.isoformat(), current["order"], current["_id"]),
        "failure": None,
        "updated_at": context.clock(),
    }


def _required(context: Context, group: Document | None) -> list[str]:
    design = context.store.designs.get(context.organisation, group["content"]["design_id"]) if group else None
    return list(design["required_attributes"]) if design else []


def delete_drafts(context: Context, pairs: Sequence[tuple[str, int]], session: Any) -> int:
    """Delete up to a hundred within a transaction, with everything that counts them; return how many were."""
    store, scope = context.store, context.organisation
    removed = store.credentials.remove_drafts(scope, pairs, session=session)
    for group_id, count in Counter(draft["group_id"] for draft in removed).items():
        store.counters.add(scope, group_id, drafts=-count, session=session)
    if removed:
        details = {"credential_ids": [draft["_id"] for draft in removed]}
        store.audit.add(scope, context.actor_id, "delete_credentials", scope.organisation_id, details, session=session)
    return len(removed)


def summaries(context: Context, found: list[Document]) -> list[contract.CredentialSummary]:
    """Return credentials as lists show them."""
    groups = context.store.groups.many(context.organisation, [one["group_id"] for one in found]) if found else {}
    return [_summary(one, groups[one["group_id"]]["content"]["name"]) for one in found]


def _summary(credential: Document, group_name: str) -> contract.CredentialSummary:
    return contract.CredentialSummary(
        id=credential["_id"],
        revision=credential["revision"],
        group_id=credential["group_id"],
        group_name=group_name,
        state=credential["state"],
        content=contract.CredentialContent.model_validate(credential["content"]),
        incomplete=credential["incomplete"],
        published_version=credential["published_version"],
        url=credential["url"],
        failure=credential["failure"],
        delivery_state=credential["delivery_state"],
        created_at=credential["created_at"],
        updated_at=credential["updated_at"],
    )


HANDLERS: Handlers = {
    contract.AMEND_CREDENTIAL: amend_credential,
    contract.DISCARD_VERSION: discard_version,
    contract.DELETE_CREDENTIALS: delete_credentials,
    contract.GET_CREDENTIAL: get_credential,
    contract.LIST_CREDENTIALS: list_credentials,
}
