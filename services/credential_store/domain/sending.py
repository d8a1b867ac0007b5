"""Rules of an organisation's own mail server: what may be entered, and when a kept password stays."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from typing import Any

from email_validator import validate_email

from conferral.contracts.rpc.sending import MailServer, SendingContent
from services.credential_store.domain import text
from services.credential_store.domain.content import Problems

_LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
"""International names are entered in their ASCII form, as mail providers give them."""
_LONGEST_HOST = 253
PRIVATE = "is in a private network, which this installation does not allow."


def check_sending(content: SendingContent, *, private_hosts: bool) -> tuple[SendingContent, Problems]:
    """Return what to store, and what is wrong with it.

    :param private_hosts: a mail server in a private network is allowed.
    """
    problems = Problems()
    checked: dict[str, Any] = {
        "sender_name": problems.check("sender_name", text.name, content.sender_name),
        "sender_address": problems.check("sender_address", text.address, content.sender_address),
        "reply_to": problems.check("reply_to", text.address, content.reply_to) if content.reply_to else None,
    }
    if content.server is not None:
        checked["server"] = _check_server(content.server, problems, private_hosts=private_hosts)
    return content.model_copy(update=checked), problems


def _check_server(server: MailServer, problems: Problems, *, private_hosts: bool) -> MailServer:
    host = server.host.strip().rstrip(".").lower()
    if complaint := host_problem(host, private_hosts=private_hosts):
        problems.add("server.host", complaint)
    user = problems.check("server.user", text.line, server.user)
    if user and server.tls == "none" and not private_hosts:
        problems.add("server.tls", "is needed with a user name: the password would travel in the clear.")
    return server.model_copy(update={"host": host, "user": user})


def host_problem(host: str, *, private_hosts: bool) -> str | None:
    """Say what is wrong with a mail server's name. Where it leads to is looked at again when it is connected to."""
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        labels = host.split(".")
        if len(host) > _LONGEST_HOST or not all(map(_LABEL.match, labels)) or labels[-1].isdecimal():
            return "is not a host name, such as smtp.example.org."
        if not private_hosts and (len(labels) == 1 or labels[-1] in {"localhost", "local", "internal", "localdomain"}):
            return PRIVATE
        return None
    return PRIVATE if not private_hosts and not address.is_global else None


def mail_domain(address: str) -> str:
    """Return an address's domain in its ASCII form."""
    domain = address.rpartition("@")[2].lower()
    return domain if domain.isascii() else validate_email(address, check_deliverability=False).ascii_domain


def may_send_as(organisation: Mapping[str, Any], address: str, own: str, domains: Collection[str]) -> bool:
    """Tell whether an organisation's emails may leave from an address.

    Its own mail server answers for itself. The installation's server, whose good name all organisations share, sends
    from the installation's address, from domains that the operator allows, and from a domain whose owner has published
    the organisation's DKIM key: signing is switched on only where the record was found.

    :param own: the installation's address.
    :param domains: those that the operator allows, in lower case.
    """
    if organisation.get("smtp") or address == own:
        return True
    domain, dkim = mail_domain(address), organisation.get("dkim") or {}
    return domain in domains or bool(dkim.get("active") and dkim["domain"] == domain)


def keeps_password(before: MailServer | None, after: MailServer | None) -> bool:
    """Tell whether a kept password stays: only where it would go to the same server as the same user.

    Otherwise whoever may change the host could have the password sent to a machine of their own.
    """
    return before is not None and before == after
