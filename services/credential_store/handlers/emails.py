"""The emails of one credential, and sending it once more because a person asks."""

from typing import Any

from prometheus_client import Counter

from conferral.contracts.commands import DeliverEmails
from conferral.contracts.errors import Conflict, NotFound
from conferral.contracts.ids import new_id
from conferral.contracts.rpc import emails as contract
from conferral.runtime import correlation
from services.credential_store.domain.publication import Document
from services.credential_store.domain.publishing import (
    Letter,
    Surroundings,
    credential_delivery,
    occasion_of,
    version_id,
)
from services.credential_store.domain.text import fold_address
from services.credential_store.handlers.context import Context, Handlers
from services.credential_store.handlers.deliveries import SUPPRESSED
from services.credential_store.handlers.publications import frozen_profiles
from services.credential_store.ports import Duplicate

RESENT = Counter("conferral_emails_resent_total", "Emails that a person had sent once more")

_MOST_SHOWN = 20
_ARRIVED = frozenset({"sent", "unconfirmed"})
_ON_ITS_WAY = frozenset({"queued", "claimed", "sending"})
NOT_LIVE = "This credential is not published, so there is no page that an email could lead to."
WAITING = "An email about this credential is on its way already."


def list_emails(context: Context, request: contract.ListEmails) -> contract.Emails:
    """Return a credential's emails, newest first.

    :raises NotFound: the organisation has no such credential.
    """
    return _emails(context, _find(context, request.credential_id))


def resend_email(context: Context, request: contract.ResendEmail) -> contract.Emails:
    """Queue one more email to the address of the published version; asking twice queues one.

    :raises NotFound: the organisation has no such credential.
    :raises Conflict: it is not published, its address must not be written to, or an email is on its way.
    """
    store, scope = context.store, context.organisation
    credential = _find(context, request.credential_id)
    if credential.get("deliveries", 0) > request.after:
        return _emails(context, credential)
    delivery = _next_delivery(context, credential)
    command = DeliverEmails(
        message_id=delivery["command_id"],
        correlation_id=correlation.current() or new_id(),
        organisation_id=scope.organisation_id,
        delivery_ids=(delivery["_id"],),
    )

    def work(session: Any) -> None:
        if not store.publishing.credentials.count_delivery(scope, credential, session=session):
            raise Conflict("This credential was changed, or sent, at this moment. Please look again.")
        store.publishing.deliveries.add(scope, [delivery], session=session)
        store.outbox.add_commands(scope, [command], session=session)
        details = {"ordinal": delivery["ordinal"], "delivery_id": delivery["_id"]}
        store.audit.add(scope, context.actor_id, "resend_email", credential["_id"], details, session=session)

    try:
        store.transaction(work)
    except Duplicate:
        raise Conflict(WAITING) from None
    RESENT.inc()
    return _emails(context, _find(context, request.credential_id))


def _next_delivery(context: Context, credential: Document) -> Document:
    """Return what would be queued.

    :raises Conflict: it must not be.
    """
    publishing, scope = context.store.publishing, context.organisation
    version = _live_version(context, credential)
    if version is None or "email_template" not in version:
        raise Conflict(NOT_LIVE)
    emails = publishing.deliveries.of_credential(scope, credential["_id"], _MOST_SHOWN)
    if any(one["state"] in _ON_ITS_WAY for one in emails):
        raise Conflict(WAITING)
    address = fold_address(version["content"]["email"])
    if publishing.deliveries.suppressed(scope, [address]):
        raise Conflict(SUPPRESSED)
    organisation = context.store.organisations.get(scope)
    if organisation is None:
        raise NotFound("There is no such organisation.")
    frozen = frozen_profiles(context, organisation, credential["group_id"])
    around = Surroundings(scope.organisation_id, frozen, context.clock(), context.tools.timing)
    told = any(one["state"] in _ARRIVED and _about(one, version) for one in emails)
    letter = _letter(credential, version, told=told)
    return {**credential_delivery(around, credential, version["content"], letter), "command_id": new_id()}


def _about(email: Document, version: Document) -> bool:
    """Tell whether an email was about this version, and to its address: a version's first is as old as itself."""
    same = fold_address(email["to_address"]) == fold_address(version["content"]["email"])
    return same and bool(email["created_at"] >= version["published_at"])


def _letter(credential: Document, version: Document, *, told: bool) -> Letter:
    """Return what says that it is sent again, if the holder was told of this version, and it has such an email."""
    template = version.get("email_again") if told else None
    return Letter(
        occasion_of(version, again=told),
        template or version["email_template"],
        version["email_values"],
        version["language"],
        credential["url"],
    )


def _find(context: Context, credential_id: str) -> Document:
    found = context.store.credentials.get(context.organisation, credential_id)
    if found is None:
        raise NotFound("There is no such credential.")
    return found


def _live_version(context: Context, credential: Document) -> Document | None:
    if credential.get("published_version") is None or credential["state"] in {"suspended", "revoked"}:
        return None
    number = version_id(credential["_id"], credential["published_version"])
    return context.store.publishing.versions.get(context.organisation, number)


def _emails(context: Context, credential: Document) -> contract.Emails:
    version = _live_version(context, credential)
    found = context.store.publishing.deliveries.of_credential(context.organisation, credential["_id"], _MOST_SHOWN)
    return contract.Emails(
        emails=tuple(
            contract.EmailSummary(
                ordinal=one["ordinal"],
                state=one["state"],
                address=one["to_address"],
                attempts=one["attempts"],
                server=one["server"],
                created_at=one["created_at"],
                occasion=one.get("occasion"),
            )
            for one in found
        ),
        address=version["content"]["email"] if version else None,
    )


HANDLERS: Handlers = {contract.LIST_EMAILS: list_emails, contract.RESEND_EMAIL: resend_email}
