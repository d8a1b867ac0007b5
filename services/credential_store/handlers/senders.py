"""From which address an organisation's emails leave: decided anew whenever one is about to."""

from conferral.contracts.profiles import OrganisationProfile
from services.credential_store.domain.publication import Document
from services.credential_store.domain.sending import may_send_as
from services.credential_store.handlers.context import Tools


def used_sender(tools: Tools, organisation: Document, address: str, reply_to: str | None) -> tuple[str, str | None]:
    """Return the address that an email leaves from, and where answers go.

    An address that the organisation may not use is where answers go, if nothing else was said.
    """
    if tools.any_sender or may_send_as(organisation, address, tools.sender_address, tools.sender_domains):
        return address, reply_to
    return tools.sender_address, reply_to or address


def shown_profile(tools: Tools, organisation: Document, profile: OrganisationProfile) -> OrganisationProfile:
    """Return an organisation's profile with the sender that its emails have now."""
    address, reply_to = used_sender(tools, organisation, profile.sender_address, profile.reply_to)
    return profile.model_copy(update={"sender_address": address, "reply_to": reply_to})
