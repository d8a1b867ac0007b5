"""The mailer's part of ``conferral doctor``: the installation's mail server."""

from conferral.runtime.checkup import Check, Worrying, look
from services.mailer.adapters.smtp_connect import Endpoint, connect

_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_SECONDS = 20.0
ADVICE = (
    "Look at CONFERRAL_SMTP_HOST, _PORT, _TLS, _USER and _PASSWORD, and ask the mail server's provider what these "
    "words mean. Emails wait until it answers."
)


def examine(endpoint: Endpoint) -> list[Check]:
    """Connect as the mailer does, sign in, and say goodbye."""
    return [look("mail server", lambda: _visit(endpoint), ADVICE, _SECONDS)]


def _visit(endpoint: Endpoint) -> str:
    where = f"{endpoint.host}:{endpoint.port}"
    smtp = connect(endpoint)
    greeting = (smtp.ehlo_resp or smtp.helo_resp or b"").decode(errors="replace").splitlines()
    smtp.close()
    said = f"{where} takes mail from us"
    said += f", over TLS ({endpoint.tls})" if endpoint.tls != "none" else ""
    said += f", as {endpoint.user}" if endpoint.user else ""
    said += f"; it calls itself {greeting[0][:100]}." if greeting else "."
    if endpoint.tls == "none" and endpoint.host not in _LOCAL:
        raise Worrying(f"{said} Emails travel in the clear.")
    return said
