"""How an organisation's emails leave, and trying it out."""

from contextlib import suppress
from typing import Any

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import sending as contract
from conferral.runtime import correlation
from services.credential_store.domain import accounts
from services.credential_store.domain.deliveries import Sender, new_delivery
from services.credential_store.domain.scope import of_system
from services.credential_store.domain.sending import check_sending, keeps_password
from services.credential_store.handlers.context import Context, Handlers, Tools
from services.credential_store.handlers.organisation_settings import CHANGED
from services.credential_store.handlers.senders import used_sender
from services.credential_store.ports import Duplicate

_PURPOSE = "smtp-password"


def bound_to(organisation_id: str, key: contract.DkimKey) -> tuple[str, ...]:
    """Return what a private key is sealed for."""
    return ("dkim", organisation_id, key.domain, key.selector)


def get_sending(context: Context, request: contract.GetSending) -> contract.SendingAnswer:
    """Return how emails leave; a password is only said to be there."""
    del request
    return answer_of(context.tools, stored(context))


def change_sending(context: Context, request: contract.ChangeSending) -> contract.SendingAnswer:
    """Store it, if nobody else did since it was read.

    :raises InvalidInput: a field has to be corrected.
    :raises Conflict: somebody else changed it; nothing was stored.
    """
    store, scope = context.store, context.organisation
    content, problems = check_sending(request.content, private_hosts=context.tools.private_mail_hosts)
    before = stored(context)
    wrapped = _password(context, before, content.server, request.password)
    if content.server is not None and content.server.user and wrapped is None:
        problems.add("password", "is missing: enter it again when server or user change.")
    if problems.found:
        pairs = [[f"content.{problem.field}", problem.message] for problem in problems.found]
        raise InvalidInput("Please correct what is marked.", pairs)
    server = content.server and {**content.server.model_dump(mode="json"), "password": wrapped}
    changes = {**content.model_dump(mode="json", exclude={"server"}), "smtp": server}
    changed = sorted(name for name, value in changes.items() if before.get(name) != value)

    def work(session: Any) -> None:
        settings = store.settings.organisations
        if not settings.change(scope, request.revision, changes, counter="sending_revision", session=session):
            raise Conflict(CHANGED)
        store.audit.add(
            scope, context.actor_id, "change_sending", scope.organisation_id, {"fields": changed}, session=session
        )

    store.transaction(work)
    return answer_of(context.tools, stored(context))


def send_test_email(context: Context, request: contract.SendTestEmail) -> contract.TrialEmail:
    """Send an email to the person who asks, as credentials' emails are sent.

    :raises LimitExceeded: too many within a quarter of an hour.
    """
    store, scope, now = context.store, context.organisation, context.clock()
    key = context.tools.vault.fingerprint("test-email", scope.organisation_id)
    if store.attempts.count(of_system("people"), key, accounts.TEST_EMAILS.window) > accounts.TEST_EMAILS.most:
        raise LimitExceeded("Too many test emails. Please wait a while and try again.")
    organisation = stored(context)
    person = store.people.by_id(of_system("people"), context.actor_id)
    if person is None:
        raise NotFound("Nobody is there to send it to.")
    delivery = new_delivery(
        scope.organisation_id,
        "test",
        Sender(organisation["sender_name"], organisation["sender_address"], organisation.get("reply_to")),
        (person["name"], person["address"]),
        language="en",
        values={"organisation": organisation["name"], "name": person["name"]},
        template=None,
        now=now,
        timing=context.tools.timing,
        delivery_id=request.delivery_id,
    )
    command = DeliverEmails(
        message_id=new_id(),
        correlation_id=correlation.current() or new_id(),
        organisation_id=scope.organisation_id,
        delivery_ids=(delivery["_id"],),
    )

    def work(session: Any) -> None:
        store.mail.queue(scope, delivery, session=session)
        store.outbox.add_commands(scope, [command], session=session)
        store.audit.add(scope, context.actor_id, "send_test_email", delivery["_id"], {}, session=session)

    with suppress(Duplicate):  # the same button, a moment earlier; or somebody else's id, which is then not found
        store.transaction(work)
    return _test_email(context, request.delivery_id)


def get_test_email(context: Context, request: contract.GetTestEmail) -> contract.TrialEmail:
    """Return how far it is.

    :raises NotFound: the organisation sent no such test.
    """
    return _test_email(context, request.delivery_id)


def get_mail_server(context: Context, request: contract.GetMailServer) -> contract.MailServerAnswer:
    """Return the organisation's own way of sending to the mailer, with the password in the clear.

    :raises NotFound: there is no such organisation.
    """
    del request
    organisation = stored(context)
    answer = answer_of(context.tools, organisation)
    wrapped = (organisation.get("smtp") or {}).get("password")
    password = context.tools.vault.open(wrapped, _PURPOSE, organisation["_id"]).decode() if wrapped else ""
    active = answer.dkim if answer.dkim and answer.dkim.active else None
    private = ""
    if active is not None:
        private = context.tools.vault.open(
            organisation["dkim"]["private"], *bound_to(organisation["_id"], active)
        ).decode()
    return contract.MailServerAnswer(
        revision=answer.revision,
        server=answer.content.server,
        password=password,
        dkim=active,
        dkim_private_key=private,
    )


def _password(
    context: Context, before: dict[str, Any], server: contract.MailServer | None, entered: str | None
) -> bytes | None:
    """Return the wrapped password to keep."""
    if server is None or not server.user:
        return None
    if entered:
        organisation_id = context.organisation.organisation_id
        return context.tools.vault.seal(entered.encode(), _PURPOSE, organisation_id)
    if keeps_password(answer_of(context.tools, before).content.server, server):
        kept: bytes | None = before["smtp"]["password"]
        return kept
    return None


def stored(context: Context) -> dict[str, Any]:
    """Return the organisation.

    :raises NotFound: there is none.
    """
    organisation = context.store.organisations.get(context.organisation)
    if organisation is None:
        raise NotFound("There is no such organisation.")
    return organisation


def answer_of(tools: Tools, organisation: dict[str, Any]) -> contract.SendingAnswer:
    """Return what may be told of an organisation's way of sending."""
    smtp, dkim = organisation.get("smtp"), organisation.get("dkim")
    fields = {name: smtp[name] for name in contract.MailServer.model_fields} if smtp else None
    address, _reply_to = used_sender(tools, organisation, organisation["sender_address"], organisation.get("reply_to"))
    return contract.SendingAnswer(
        used_address=address,
        revision=organisation.get("sending_revision", 0),
        content=contract.SendingContent(
            sender_name=organisation["sender_name"],
            sender_address=organisation["sender_address"],
            reply_to=organisation.get("reply_to"),
            server=contract.MailServer(**fields) if fields else None,
        ),
        has_password=bool(smtp and smtp["password"]),
        dkim=contract.DkimKey(**{name: dkim[name] for name in contract.DkimKey.model_fields}) if dkim else None,
    )


def _test_email(context: Context, delivery_id: str) -> contract.TrialEmail:
    found = context.store.publishing.deliveries.many(context.organisation, [delivery_id]).get(delivery_id)
    if found is None or found["kind"] != "test":
        raise NotFound("There is no such test email.")
    return contract.TrialEmail(
        delivery_id=delivery_id, to_address=found["to_address"], state=found["state"], server=found["server"]
    )


HANDLERS: Handlers = {
    contract.GET_SENDING: get_sending,
    contract.CHANGE_SENDING: change_sending,
    contract.SEND_TEST_EMAIL: send_test_email,
    contract.GET_TEST_EMAIL: get_test_email,
    contract.GET_MAIL_SERVER: get_mail_server,
}
