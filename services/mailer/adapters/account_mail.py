"""The mailer's own emails, about people's accounts: MJML and plain text in ``templates/``, compiled at start.

The files hold no wording: their ``{{ … }}`` slots are filled with translated texts first, in which slots for the
recipient's values remain.
"""

import gettext
import html
from collections.abc import Callable, Mapping
from importlib.resources import files

from mjml import mjml2html

from conferral.contracts.edition import EmailTemplate
from conferral.contracts.rpc.deliveries import DeliveryKind
from conferral.contracts.template import Template
from conferral.runtime.crash_points import reached
from services.mailer.domain.mime import MimeTemplate

_TEMPLATES = files("services.mailer").joinpath("templates")


def own_templates() -> Mapping[DeliveryKind, MimeTemplate]:
    """Read and compile all of them."""
    _ = gettext.gettext
    return {
        "password_reset": MimeTemplate.compile(password_reset(_)),
        "invitation": MimeTemplate.compile(invitation(_)),
        "test": MimeTemplate.compile(trial(_)),
    }


def password_reset(_: Callable[[str], str]) -> EmailTemplate:
    """Return the email with which a person sets a new password; its values are ``name`` and ``reset_url``.

    :param _: translates one text.
    """
    texts = {
        "title": _("Choose a new password"),
        "preview": _("The link in this email works once, and only for a short time."),
        "greeting": _("Hello {{ name }},"),
        "what": _("Somebody, most likely you, asked for a new password for your Conferral account."),
        "button": _("Choose a new password"),
        "once": _("The link works once, and only for a short time."),
        "otherwise": _("You did not ask for this? Then there is nothing to do: your password stays as it is."),
        "fallback": _("If the button does not work, copy this address into your browser:"),
        "why": _("You get this email because your address belongs to a Conferral account."),
        "name": "{{ name }}",
        "reset_url": "{{ reset_url }}",
    }
    return _compiled("password_reset", texts)


def invitation(_: Callable[[str], str]) -> EmailTemplate:
    """Return the email that invites a person into an organisation.

    Its values are ``organisation``, ``inviter`` and ``invitation_url``.

    :param _: translates one text.
    """
    texts = {
        "title": _("{{ organisation }} invites you"),
        "preview": _("Accept the invitation to issue credentials together."),
        "greeting": _("Hello,"),
        "what": _("{{ inviter }} invites you to issue digital credentials with {{ organisation }} on Conferral."),
        "button": _("Accept Invitation"),
        "once": _("The link works once, and for seven days."),
        "otherwise": _("You did not expect this? Then there is nothing to do: nobody joins without the link."),
        "fallback": _("If the button does not work, copy this address into your browser:"),
        "why": _("You get this email because {{ inviter }} of {{ organisation }} entered your address."),
        "invitation_url": "{{ invitation_url }}",
    }
    return _compiled("invitation", texts)


def trial(_: Callable[[str], str]) -> EmailTemplate:
    """Return the email by which an owner tries out how emails leave; its values are ``name`` and ``organisation``.

    :param _: translates one text.
    """
    texts = {
        "title": _("A test email of {{ organisation }}"),
        "preview": _("Your emails arrive."),
        "greeting": _("Hello {{ name }},"),
        "what": _("This email left the way that emails to the recipients of {{ organisation }} leave."),
        "otherwise": _("If it lies in the spam folder, check the sender's domain in the settings."),
        "why": _("You get this email because you pressed Send Test Email in Conferral."),
    }
    return _compiled("test", texts)


def _compiled(name: str, texts: Mapping[str, str]) -> EmailTemplate:
    rich = Template.parse(_read(f"{name}.mjml")).fill(texts, html.escape)
    return EmailTemplate(
        language="en",
        direction="ltr",
        subject=texts["title"],
        html=mjml2html(rich),
        text=Template.parse(_read(f"{name}.txt")).fill(texts),
    )


def _read(name: str) -> str:
    reached("mailer.read_own_template")
    return _TEMPLATES.joinpath(name).read_text(encoding="utf-8")
