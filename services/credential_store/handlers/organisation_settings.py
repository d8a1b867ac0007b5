"""What an owner settles about the organisation. What is published keeps the edition that it was published with."""

from typing import Any

from conferral.contracts.errors import Conflict, InvalidInput, NotFound
from conferral.contracts.rpc import organisations as contract
from services.credential_store.domain import accounts, text
from services.credential_store.domain.content import Problems
from services.credential_store.handlers.context import Context, Handlers

LONGEST_POSTAL_ADDRESS = 500
CHANGED = "Somebody changed these settings while you did."


def get_organisation(context: Context, request: contract.GetOrganisation) -> contract.OrganisationAnswer:
    """Return the settings."""
    del request
    return _answer(context)


def change_organisation(context: Context, request: contract.ChangeOrganisation) -> contract.OrganisationAnswer:
    """Store them, if nobody else did since they were read. The sender name follows the name while the two are the same.

    :raises InvalidInput: a field has to be corrected.
    :raises Conflict: somebody else changed them; nothing was stored.
    """
    store, scope = context.store, context.organisation
    checked = _check(request.content).model_dump(mode="json")
    before = _stored(context)
    changed = sorted(name for name, value in checked.items() if before.get(name) != value)
    if not changed and before.get("revision", 0) == request.revision:
        return _answer(context)

    follows = "name" in changed and before.get("sender_name") == before["name"]

    def work(session: Any) -> None:
        if not store.settings.organisations.change(scope, request.revision, checked, session=session):
            raise Conflict(CHANGED)
        if follows and not store.settings.organisations.change(
            scope,
            before.get("sending_revision", 0),
            {"sender_name": checked["name"]},
            counter="sending_revision",
            session=session,
        ):
            raise Conflict(CHANGED)
        store.audit.add(
            scope,
            context.actor_id,
            "change_organisation",
            scope.organisation_id,
            {"fields": [*changed, *(["sender_name"] if follows else [])], "revision": request.revision + 1},
            session=session,
        )

    store.transaction(work)
    return _answer(context)


def _check(content: contract.OrganisationContent) -> contract.OrganisationContent:
    problems = Problems()
    checked = {
        "name": problems.check("name", text.name, content.name),
        "url": problems.check("url", text.url, content.url) if content.url else None,
        "postal_address": problems.check(
            "postal_address", lambda raw: text.long_text(raw, longest=LONGEST_POSTAL_ADDRESS), content.postal_address
        ),
    }
    if not accounts.is_time_zone(content.timezone):
        problems.add("timezone", "is not an IANA time zone.")
    if problems.found:
        pairs = [[f"content.{problem.field}", problem.message] for problem in problems.found]
        raise InvalidInput("Please correct what is marked.", pairs)
    return content.model_copy(update=checked)


def _stored(context: Context) -> dict[str, Any]:
    organisation = context.store.organisations.get(context.organisation)
    if organisation is None:
        raise NotFound("There is no such organisation.")
    return organisation


def _answer(context: Context) -> contract.OrganisationAnswer:
    organisation = _stored(context)
    fields = {name: organisation[name] for name in contract.OrganisationContent.model_fields if name in organisation}
    return contract.OrganisationAnswer(
        revision=organisation.get("revision", 0), content=contract.OrganisationContent(**fields)
    )


HANDLERS: Handlers = {
    contract.GET_ORGANISATION: get_organisation,
    contract.CHANGE_ORGANISATION: change_organisation,
}
