"""The check of the sender's domain, and the key that signs emails."""

from dataclasses import dataclass

from email_validator import validate_email

from conferral.contracts.errors import InvalidInput
from conferral.contracts.rpc import sending
from conferral.contracts.rpc.sending import SendingAnswer
from services.issuer_web.domain.sender_domain import Finding, Key, check
from services.issuer_web.handlers.sending import get_sending
from services.issuer_web.handlers.visitor import Visitor
from services.issuer_web.ports import TextRecords

NOT_PUBLISHED = "The key's record was not found in DNS, so emails cannot be signed with it yet."


@dataclass(frozen=True)
class DomainCheck:
    """What DNS says of the sender's domain. ``has_key``: there is one for this domain."""

    settings: SendingAnswer
    domain: str
    findings: list[Finding]
    has_key: bool


def check_domain(visitor: Visitor, dns: TextRecords) -> DomainCheck:
    """Look at the domain of the sender's address."""
    settings = get_sending(visitor)
    address = settings.content.sender_address
    valid = validate_email(address, check_deliverability=False, globally_deliverable=False, test_environment=True)
    domain = valid.ascii_domain.lower()
    kept = settings.dkim if settings.dkim and settings.dkim.domain == domain else None
    key = Key(kept.domain, kept.selector, kept.public_key) if kept else None
    host = settings.content.server.host if settings.content.server else None
    return DomainCheck(settings, domain, check(domain, dns.txt, host=host, key=key), kept is not None)


def create_key(visitor: Visitor, revision: int) -> None:
    """Make a key for the sender's domain.

    :raises Conflict: somebody else changed the settings in between.
    """
    visitor.ask(sending.CREATE_DKIM_KEY, revision=revision)


def switch_signing(visitor: Visitor, dns: TextRecords, revision: int, *, active: bool) -> None:
    """Sign emails from now on, or no longer. That the key's record was found is what lets an organisation use a domain.

    :raises InvalidInput: the key is not published.
    :raises Conflict: somebody else changed the settings in between.
    """
    if active and not any(one.kind == "DKIM" and one.state == "good" for one in check_domain(visitor, dns).findings):
        raise InvalidInput(NOT_PUBLISHED, [])
    visitor.ask(sending.SWITCH_DKIM, revision=revision, active=active)
