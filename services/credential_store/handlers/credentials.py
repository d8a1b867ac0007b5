"""Reading, amending and deleting credentials."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.rpc import credentials as contract
from services.credential_store.domain import search, states
from services.credential_store.domain.content import check_credential, is_incomplete
from services.credential_store.domain.listing import keys_of
from services.credential_store.handlers import listing
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
    changes = {
        "state": states.amend_credential(current["state"]),
        "content": content.model_dump(mode="json"),
        "incomplete": is_incomplete(content, _required(context, current["group_id"])),
        "search": search.tokens(content.name, content.email, current["_id"]),
        **keys_of(content.name, content.issue_date.isoformat(), current["order"], current["_id"]),
        "failure": None,
        "updated_at": context.clock(),
    }

    def work(session: Any) -> Document:
        amended = store.credentials.amend(scope, current["_id"], request.revision, changes, session=session)
        if amended is None:
            raise Conflict("Somebody changed this credential in between.")
        details = {"revision": amended["revision"]}
        store.audit.add(scope, context.actor_id, "amend_credential", current["_id"], details, session=session)
        return amended

    if current["revision"] != request.revision:
        raise Conflict("Somebody changed this credential in between.")
    return contract.CredentialAnswer(credential=_summaries(context, [store.transaction(work)])[0])


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
    return contract.CredentialAnswer(credential=_summaries(context, [_find(context, request.credential_id)])[0])


def list_credentials(context: Context, request: contract.ListCredentials) -> contract.Credentials:
    """Return a page.

    :raises InvalidInput: the cursor is none of this list's.
    """
    page = listing.read_page(context, request, request.sort, request.cursor, request.limit)
    total, more = listing.count(context, request, page) if request.counted else (None, False)
    return contract.Credentials(
        credentials=tuple(_summaries(context, page.found)),
        cursor=page.cursor,
        total=total,
        more=more,
        partial=page.partial,
    )


def _find(context: Context, credential_id: str) -> Document:
    found = context.store.credentials.get(context.organisation, credential_id)
    if found is None:
        raise NotFound("There is no such credential.")
    return found


def _required(context: Context, group_id: str) -> list[str]:
    group = context.store.groups.get(context.organisation, group_id)
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


def _summaries(context: Context, found: list[Document]) -> list[contract.CredentialSummary]:
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
    contract.DELETE_CREDENTIALS: delete_credentials,
    contract.GET_CREDENTIAL: get_credential,
    contract.LIST_CREDENTIALS: list_credentials,
}
