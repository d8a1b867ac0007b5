"""Groups of an organisation."""

from typing import Any

from conferral.contracts.errors import Conflict, InvalidInput, NotFound
from conferral.contracts.rpc import groups as contract
from conferral.contracts.wording import EmailWording
from services.credential_store.domain import paging, profiles, search
from services.credential_store.domain.content import check_group, check_wording
from services.credential_store.handlers import spread
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.senders import shown_profile
from services.credential_store.ports import Duplicate

CHANGED = "Somebody changed this group while you did."
_FOLLOWED = ("visibility", "design_id")
"""What the group's credentials follow at once, published or not."""


def create_group(context: Context, request: contract.CreateGroup) -> contract.GroupAnswer:
    """Store a group, once for each id.

    :raises InvalidInput: a field has to be corrected, or the design is not the organisation's.
    :raises Conflict: the id belongs to a group of other content.
    """
    store, scope = context.store, context.organisation
    content = _checked(context, request.content)
    now = context.clock()
    group = {
        "_id": request.group_id,
        "revision": 1,
        "content": content.model_dump(mode="json"),
        "wording": _checked_wording(request.wording),
        "search": search.tokens_of_name(content.name),
        "order": paging.order(now, 0, request.group_id),
        "created_at": now,
    }

    def work(session: Any) -> None:
        store.groups.add(scope, group, session=session)
        store.audit.add(scope, context.actor_id, "create_group", request.group_id, {}, session=session)

    try:
        store.transaction(work)
    except Duplicate:
        found = store.groups.get(scope, request.group_id)
        if found is None or found["content"] != group["content"]:
            raise Conflict("There is another group of this id.") from None
    return _answer(context, request.group_id)


def amend_group(context: Context, request: contract.AmendGroup) -> contract.GroupAnswer:
    """Change a group; what its credentials follow is carried on by the relay.

    :raises InvalidInput: a field has to be corrected, or the design is not the organisation's.
    :raises NotFound: the organisation has no such group.
    :raises Conflict: somebody changed it in between.
    """
    found = context.store.groups.get(context.organisation, request.group_id)
    if found is None:
        raise NotFound("There is no such group.")
    content = _checked(context, request.content).model_dump(mode="json")
    changed = sorted(key for key in content if content[key] != found["content"].get(key))
    changes: dict[str, Any] = {"content": content, "search": search.tokens_of_name(content["name"])}
    if set(changed) & set(_FOLLOWED):
        changes |= spread.begin(context.clock())
    _change(context, request, changes, "amend_group", {"fields": changed})
    return _answer(context, request.group_id)


def change_wording(context: Context, request: contract.ChangeWording) -> contract.GroupAnswer:
    """Change what a group's emails say.

    :raises InvalidInput: a part has to be corrected.
    :raises NotFound: the organisation has no such group.
    :raises Conflict: somebody changed the group in between.
    """
    found = context.store.groups.get(context.organisation, request.group_id)
    if found is None:
        raise NotFound("There is no such group.")
    wording, before = _checked_wording(request.wording), found.get("wording") or {}
    changed = sorted(part for part, text in wording.items() if text != before.get(part, ""))
    _change(context, request, {"wording": wording}, "change_wording", {"parts": changed})
    return _answer(context, request.group_id)


def archive_group(context: Context, request: contract.ArchiveGroup) -> contract.GroupAnswer:
    """Archive a group or take it out again; its credentials and their pages stay as they are.

    :raises NotFound: the organisation has no such group.
    :raises Conflict: somebody changed it in between.
    """
    if context.store.groups.get(context.organisation, request.group_id) is None:
        raise NotFound("There is no such group.")
    action = "archive_group" if request.archived else "unarchive_group"
    _change(context, request, {"archived": True if request.archived else None}, action, {})
    return _answer(context, request.group_id)


def get_group(context: Context, request: contract.GetGroup) -> contract.GroupAnswer:
    """Return a group with what its credentials are drawn from.

    :raises NotFound: the organisation has no such group.
    """
    return _answer(context, request.group_id)


def list_groups(context: Context, request: contract.ListGroups) -> contract.Groups:
    """Return a page of groups, newest first.

    :raises InvalidInput: the cursor is none of ours.
    """
    scope, after = context.organisation, paging.read_cursor(request.cursor)
    found = context.store.groups.page(scope, after, request.limit + 1, archived=request.archived)
    page, cursor = paging.cut(found, request.limit)
    counts = context.store.counters.of_groups(scope, [group["_id"] for group in page])
    return contract.Groups(groups=tuple(_summary(group, *counts[group["_id"]]) for group in page), cursor=cursor)


def find_groups(context: Context, request: contract.FindGroups) -> contract.FoundGroups:
    """Return groups in use by name, newest first."""
    words = search.words(request.search)
    if request.search.strip() and not words:
        return contract.FoundGroups(groups=(), more=False)
    found = context.store.groups.find(context.organisation, words, request.limit + 1)
    named = [contract.NamedGroup(id=group["_id"], name=group["content"]["name"]) for group in found]
    return contract.FoundGroups(groups=tuple(named[: request.limit]), more=len(named) > request.limit)


def _checked(context: Context, entered: contract.GroupContent) -> contract.GroupContent:
    """Return a group's content to store.

    :raises InvalidInput: see ``create_group``.
    """
    store, scope = context.store, context.organisation
    content, problems = check_group(entered)
    if problems:
        raise InvalidInput("Please correct what is marked.", [[one.field, one.message] for one in problems])
    if store.designs.get(scope, content.design_id) is None:
        raise InvalidInput("Please choose a design.", [["design_id", "is not one of your designs."]])
    if content.image is not None:
        blob = store.publishing.blobs.get(content.image)
        if blob is None or not blob[1].startswith("image/"):
            raise InvalidInput("Please correct what is marked.", [["image", "is not stored. Please choose it again."]])
    return content


def _checked_wording(entered: EmailWording) -> dict[str, str]:
    """Return a wording to store.

    :raises InvalidInput: a part has to be corrected.
    """
    wording, problems = check_wording(entered)
    if problems:
        raise InvalidInput("Please correct what is marked.", [[one.field, one.message] for one in problems])
    return wording.model_dump()


def _change(
    context: Context,
    request: contract.AmendGroup | contract.ChangeWording | contract.ArchiveGroup,
    changes: dict[str, Any],
    action: str,
    details: dict[str, Any],
) -> None:
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        if store.groups.amend(scope, request.group_id, request.revision, changes, session=session) is None:
            raise Conflict(CHANGED)
        store.audit.add(scope, context.actor_id, action, request.group_id, details, session=session)

    store.transaction(work)


def _answer(context: Context, group_id: str) -> contract.GroupAnswer:
    store, scope = context.store, context.organisation
    group, organisation = store.groups.get(scope, group_id), store.organisations.get(scope)
    if group is None or organisation is None:
        raise NotFound("There is no such group.")
    design = store.designs.get(scope, group["content"]["design_id"])
    if design is None:
        raise NotFound("The group's design is gone.")
    drafts, published = store.counters.of_groups(scope, [group_id])[group_id]
    return contract.GroupAnswer(
        group=_summary(group, drafts, published),
        profile=profiles.group_profile(group),
        organisation=shown_profile(context.tools, organisation, profiles.organisation_profile(organisation, group)),
        design=profiles.design_pin(design),
        design_name=design["name"],
    )


def _summary(group: dict[str, Any], drafts: int, published: int) -> contract.GroupSummary:
    return contract.GroupSummary(
        id=group["_id"],
        revision=group["revision"],
        content=contract.GroupContent.model_validate(group["content"]),
        drafts=drafts,
        published=published,
        created_at=group["created_at"],
        archived=group.get("archived", False),
    )


HANDLERS: Handlers = {
    contract.CREATE_GROUP: create_group,
    contract.AMEND_GROUP: amend_group,
    contract.CHANGE_WORDING: change_wording,
    contract.ARCHIVE_GROUP: archive_group,
    contract.GET_GROUP: get_group,
    contract.LIST_GROUPS: list_groups,
    contract.FIND_GROUPS: find_groups,
}
