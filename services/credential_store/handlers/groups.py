"""Groups and designs of an organisation."""

from typing import Any

from conferral.contracts.canonical import canonical_json
from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.rpc import groups as contract
from services.credential_store.domain import paging, profiles, text
from services.credential_store.domain.content import check_group
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.ports import Duplicate

MOST_OPTION_BYTES = 64_000
"""A design's options as JSON; images are blobs, named by their digest."""
MOST_DESIGNS = 500


def create_group(context: Context, request: contract.CreateGroup) -> contract.GroupAnswer:
    """Store a group, once for each id.

    :raises InvalidInput: a field has to be corrected, or the design is not the organisation's.
    :raises Conflict: the id belongs to a group of other content.
    """
    store, scope = context.store, context.organisation
    content, problems = check_group(request.content)
    if problems:
        raise InvalidInput("Please correct what is marked.", [[one.field, one.message] for one in problems])
    if store.designs.get(scope, content.design_id) is None:
        raise InvalidInput("Please choose a design.", [["design_id", "is not one of your designs."]])
    now = context.clock()
    group = {
        "_id": request.group_id,
        "revision": 1,
        "content": content.model_dump(mode="json"),
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


def get_group(context: Context, request: contract.GetGroup) -> contract.GroupAnswer:
    """Return a group with what its credentials are drawn from.

    :raises NotFound: the organisation has no such group.
    """
    return _answer(context, request.group_id)


def list_groups(context: Context, request: contract.ListGroups) -> contract.Groups:
    """Return a page of groups, newest first.

    :raises InvalidInput: the cursor is none of ours.
    """
    scope = context.organisation
    found = context.store.groups.page(scope, paging.read_cursor(request.cursor), request.limit + 1)
    page, cursor = paging.cut(found, request.limit)
    counts = context.store.counters.of_groups(scope, [group["_id"] for group in page])
    return contract.Groups(groups=tuple(_summary(group, *counts[group["_id"]]) for group in page), cursor=cursor)


def create_design(context: Context, request: contract.CreateDesign) -> contract.Designs:
    """Store a design, once for each id, and return all.

    :raises Conflict: the id belongs to another design.
    :raises LimitExceeded: the options are too large, or the designs too many.
    """
    store, scope = context.store, context.organisation
    try:
        name = text.name(request.name)
    except text.Refused as refused:
        raise InvalidInput("Please correct what is marked.", [["name", str(refused)]]) from None
    if len(canonical_json(request.options)) > MOST_OPTION_BYTES:
        raise LimitExceeded("The options are too large.")
    if len(store.designs.all(scope)) >= MOST_DESIGNS:
        raise LimitExceeded(f"An organisation has at most {MOST_DESIGNS} designs.")
    design = {
        "_id": request.design_id,
        "name": name,
        "pin": profiles.pin(request.plugin_id, request.plugin_version, request.options).model_dump(mode="json"),
        "required_attributes": list(request.required_attributes),
    }

    def work(session: Any) -> None:
        store.designs.add(scope, design, session=session)
        store.audit.add(scope, context.actor_id, "create_design", request.design_id, {}, session=session)

    try:
        store.transaction(work)
    except Duplicate:
        found = store.designs.get(scope, request.design_id)
        if found is None or any(found[key] != design[key] for key in design):
            raise Conflict("There is another design of this id.") from None
    return _designs(context)


def list_designs(context: Context, request: contract.ListDesigns) -> contract.Designs:
    """Return all designs by name."""
    del request
    return _designs(context)


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
        organisation=profiles.organisation_profile(organisation),
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
    )


def _designs(context: Context) -> contract.Designs:
    return contract.Designs(
        designs=tuple(
            contract.DesignSummary(id=design["_id"], name=design["name"], pin=profiles.design_pin(design))
            for design in context.store.designs.all(context.organisation)
        )
    )


HANDLERS: Handlers = {
    contract.CREATE_GROUP: create_group,
    contract.GET_GROUP: get_group,
    contract.LIST_GROUPS: list_groups,
    contract.CREATE_DESIGN: create_design,
    contract.LIST_DESIGNS: list_designs,
}
