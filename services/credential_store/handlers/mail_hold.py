"""Whether any mail may leave, whoever's it is."""

from services.credential_store.domain.mail_hold import MailState, state_of
from services.credential_store.domain.scope import of_system
from services.credential_store.handlers.context import Context


def mail_state(context: Context) -> MailState:
    """Return whether mail flows."""
    scope, installation, file = of_system("operations"), context.store.operations.installation, context.tools.epoch_file
    known = installation.known_mail(scope)
    has_mail = not file.is_named or installation.has_mail(scope)
    return state_of(known, file.read(), has_file=file.is_named, has_mail=has_mail)


def mail_flows(context: Context) -> bool:
    """Tell whether an email may be begun: asked anew each time, because it is the last look before it leaves."""
    known, file = context.store.operations.installation.known_mail(of_system("operations")), context.tools.epoch_file
    return state_of(known, file.read(), has_file=file.is_named, has_mail=True) == "flows"
