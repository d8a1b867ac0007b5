"""Designs of an organisation, and the images that its groups show."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.rpc import designs as contract
from conferral.contracts.rpc import groups
from services.credential_store.domain import profiles, text
from services.credential_store.handlers import spread
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.ports import Duplicate

MOST_OPTION_BYTES = 64_000
"""A design's options as JSON, its images included."""
MOST_DESIGNS = 500
MOST_GROUPS_NAMED = 3
IMAGE_STARTS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def create_design(context: Context, request: groups.CreateDesign) -> groups.Designs:
    """Store a design, once for each id, and return all.

    :raises Conflict: the id belongs to another design.
    :raises LimitExceeded: the options are too large, or the designs too many.
    """
    store, scope = context.store, context.organisation
    name = _checked(request.name, request.options)
    if len(store.designs.all(scope)) >= MOST_DESIGNS:
        raise LimitExceeded(f"An organisation has at most {MOST_DESIGNS} designs.")
    design = {
        "_id": request.design_id,
        "name": name,
        "pin": profiles.pin(request.plugin_id, request.plugin_version, request.options).model_dump(mode="json"),
        "required_attributes": list(request.required_attributes),
    }

    def work(session: Any) -> None:
        store.designs.add(scope, {**design, "revision": 1}, session=session)
        store.audit.add(scope, context.actor_id, "create_design", request.design_id, {}, session=session)

    try:
        store.transaction(work)
    except Duplicate:
        found = store.designs.get(scope, request.design_id)
        if found is None or any(found[key] != design[key] for key in design):
            raise Conflict("There is another design of this id.") from None
    return _designs(context)


def amend_design(context: Context, request: contract.AmendDesign) -> contract.DesignAnswer:
    """Change a design's name or options. What is published has its own copy of the options.

    :raises NotFound: the organisation has no such design.
    :raises Conflict: somebody changed it in between.
    :raises LimitExceeded: the options are too large.
    """
    store, scope = context.store, context.organisation
    name = _checked(request.name, request.options)
    design = store.designs.get(scope, request.design_id)
    if design is None:
        raise NotFound("There is no such design.")
    pin = profiles.pin(design["pin"]["plugin_id"], request.plugin_version, request.options).model_dump(mode="json")
    required = list(request.required_attributes)

    def work(session: Any) -> None:
        changes = {"name": name, "pin": pin, "required_attributes": required}
        if not store.designs.amend(scope, request.design_id, request.revision, changes, session=session):
            raise Conflict("Somebody changed this design while you did.")
        if required != design["required_attributes"]:
            begun = spread.begin(context.clock())
            store.groups.touch_design(scope, request.design_id, begun, session=session)
        store.audit.add(scope, context.actor_id, "amend_design", request.design_id, {}, session=session)

    store.transaction(work)
    return _answer(context, request.design_id)


def get_design(context: Context, request: contract.GetDesign) -> contract.DesignAnswer:
    """Return one design.

    :raises NotFound: the organisation has no such design.
    """
    return _answer(context, request.design_id)


def list_designs(context: Context, request: groups.ListDesigns) -> groups.Designs:
    """Return all designs by name."""
    del request
    return _designs(context)


def uses_of_designs(context: Context, request: contract.UsesOfDesigns) -> contract.DesignUses:
    """Return the newest groups of each design."""
    store, scope, uses = context.store, context.organisation, []
    for design_id in request.design_ids:
        found = store.groups.of_design(scope, design_id, MOST_GROUPS_NAMED + 1)
        named = [contract.GroupName(id=group["_id"], name=group["content"]["name"]) for group in found]
        more = len(named) > MOST_GROUPS_NAMED
        uses.append(contract.DesignUse(design_id=design_id, groups=tuple(named[:MOST_GROUPS_NAMED]), more=more))
    return contract.DesignUses(uses=tuple(uses))


def store_image(context: Context, request: contract.StoreImage) -> contract.ImageStored:
    """Keep an image as a blob.

    :raises InvalidInput: it is neither PNG nor JPEG.
    """
    try:
        content = base64.b64decode(request.content, validate=True)
    except binascii.Error:
        raise InvalidInput("This is not an image.", [["image", "is not an image."]]) from None
    kind = next((kind for start, kind in IMAGE_STARTS.items() if content.startswith(start)), None)
    if kind is None:
        raise InvalidInput("This is not an image.", [["image", "must be PNG or JPEG."]])
    digest = digest_of(content)
    context.store.publishing.blobs.put(digest, content, kind)
    return contract.ImageStored(digest=digest)


def _checked(name: str, options: Mapping[str, Any]) -> str:
    try:
        clean = text.name(name)
    except text.Refused as refused:
        raise InvalidInput("Please correct what is marked.", [["name", str(refused)]]) from None
    if len(canonical_json(options)) > MOST_OPTION_BYTES:
        raise LimitExceeded("The options are too large.")
    return clean


def _answer(context: Context, design_id: str) -> contract.DesignAnswer:
    design = context.store.designs.get(context.organisation, design_id)
    if design is None:
        raise NotFound("There is no such design.")
    return contract.DesignAnswer(design=_summary(design))


def _designs(context: Context) -> groups.Designs:
    return groups.Designs(designs=tuple(map(_summary, context.store.designs.all(context.organisation))))


def _summary(design: dict[str, Any]) -> groups.DesignSummary:
    return groups.DesignSummary(
        id=design["_id"], name=design["name"], pin=profiles.design_pin(design), revision=design.get("revision", 1)
    )


HANDLERS: Handlers = {
    groups.CREATE_DESIGN: create_design,
    groups.LIST_DESIGNS: list_designs,
    contract.GET_DESIGN: get_design,
    contract.AMEND_DESIGN: amend_design,
    contract.USES_OF_DESIGNS: uses_of_designs,
    contract.STORE_IMAGE: store_image,
}
