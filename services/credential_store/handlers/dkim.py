"""A key that signs an organisation's emails (DKIM): made here, sealed, handed to mailers only."""

from typing import Any

from conferral.contracts.errors import Conflict, InvalidInput
from conferral.contracts.rpc import sending as contract
from services.credential_store.domain.sending import mail_domain
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.organisation_settings import CHANGED
from services.credential_store.handlers.sending import answer_of, bound_to, stored


def create_dkim_key(context: Context, request: contract.CreateDkimKey) -> contract.SendingAnswer:
    """Make a key for the sender's domain. It signs nothing until it is switched on.

    :raises Conflict: somebody else changed the settings in between.
    """
    vault, organisation_id = context.tools.vault, context.organisation.organisation_id
    domain = mail_domain(stored(context)["sender_address"])
    public, private = vault.create_mail_key()
    # a selector of its own for each key: the record of an old one can stay until its last email is read
    selector = f"conferral-{context.clock():%Y%m%d%H%M%S}"
    key = contract.DkimKey(domain=domain, selector=selector, public_key=public, active=False)
    sealed = vault.seal(private, *bound_to(organisation_id, key))
    return _store(context, request.revision, {**key.model_dump(), "private": sealed}, "create_dkim_key")


def switch_dkim(context: Context, request: contract.SwitchDkim) -> contract.SendingAnswer:
    """Sign with the key from now on, or no longer.

    :raises InvalidInput: there is no key for the sender's domain.
    :raises Conflict: somebody else changed the settings in between.
    """
    organisation = stored(context)
    dkim, domain = organisation.get("dkim"), mail_domain(organisation["sender_address"])
    if dkim is None or (request.active and dkim["domain"] != domain):
        raise InvalidInput("Make a key for the sender's domain first.", [])
    action = "switch_dkim_on" if request.active else "switch_dkim_off"
    return _store(context, request.revision, {**dkim, "active": request.active}, action)


def _store(context: Context, revision: int, dkim: dict[str, Any], action: str) -> contract.SendingAnswer:
    store, scope = context.store, context.organisation

    def work(session: Any) -> None:
        settings = store.settings.organisations
        if not settings.change(scope, revision, {"dkim": dkim}, counter="sending_revision", session=session):
            raise Conflict(CHANGED)
        details = {"domain": dkim["domain"], "selector": dkim["selector"]}
        store.audit.add(scope, context.actor_id, action, scope.organisation_id, details, session=session)

    store.transaction(work)
    return answer_of(context.tools, stored(context))


HANDLERS: Handlers = {
    contract.CREATE_DKIM_KEY: create_dkim_key,
    contract.SWITCH_DKIM: switch_dkim,
}
