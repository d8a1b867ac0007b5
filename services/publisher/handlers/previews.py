"""Drawings of drafts, and which designs there are. Only font files are stored: a preview needs them as a page does."""

from conferral.contracts.edition import Drawing
from conferral.contracts.errors import DesignFailed, LimitExceeded
from conferral.contracts.ids import new_id
from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import EmailPreview, InstalledDesigns, Preview, PreviewCredential, PreviewEmail
from conferral.drawing.svg import complete
from services.publisher.domain import drawing, edition_parts, email_template
from services.publisher.domain.design import Completion, Recipient
from services.publisher.handlers.editions import Editions, Subject
from services.publisher.ports import Designs

_SECONDS = 6.0
"""Below the operation's time-out, so that the caller gets the reason."""
_LARGEST = 240_000
"""Bytes: nothing above 256 kB crosses the bus."""


def preview_credential(designs: Designs, editions: Editions, request: PreviewCredential) -> Preview:
    """Draw one draft.

    :raises DesignNotInstalled, DesignFailed, LimitExceeded, Unavailable: it cannot be drawn.
    """
    content = request.content
    language = content.language or request.group.language
    look = editions.look(Subject(request.organisation, request.group, request.design), language)
    (completion,) = designs.complete(request.design, look.state, [_recipient(content, request.url)], _SECONDS)
    if not isinstance(completion, Completion):
        raise DesignFailed(completion.message)
    drawn = _checked(request.design.plugin_id, completion, look.static_fonts)
    svg = complete(look.template, drawn)
    if len(svg.encode()) > _LARGEST:
        raise LimitExceeded(f"The drawing is larger than {_LARGEST} bytes.")
    editions.store_fonts(drawn.fonts)
    slices = {key: edition_parts.font_slice(key) for key in drawn.fonts}
    return Preview(svg=svg, fonts=drawn.fonts, alternative=drawn.alternative, slices=slices)


def preview_email(designs: Designs, editions: Editions, request: PreviewEmail) -> EmailPreview:
    """Complete the email about one draft.

    :raises DesignNotInstalled, DesignFailed, LimitExceeded: it cannot be completed.
    """
    content, pin = request.content, request.design
    language = content.language or request.group.language
    look = editions.look(Subject(request.organisation, request.group, pin), language)
    (completion,) = designs.complete(pin, look.state, [_recipient(content, request.url)], _SECONDS)
    if not isinstance(completion, Completion):
        raise DesignFailed(completion.message)
    labels = edition_parts.labels_of(pin, designs.installed(), language)
    email = look.emails[request.occasion]
    try:
        values = edition_parts.email_values(email, content, completion.email_values, labels)
    except drawing.Refused as error:
        raise DesignFailed(f"{pin.plugin_id}: {error}") from None
    subject, html, text = email_template.completed(email.template, {**values, email_template.URL_SLOT: request.url})
    preview = EmailPreview(subject=subject, html=html, text=text)
    if len(preview.html.encode()) > _LARGEST:
        raise LimitExceeded(f"The email is larger than {_LARGEST} bytes.")
    return preview


def list_installed_designs(designs: Designs) -> InstalledDesigns:
    """Return the installed designs by plugin id, those that would not load with their errors."""
    found = sorted(designs.installed(), key=lambda one: (one.plugin_id, one.error is not None, one.origin))
    return InstalledDesigns(designs=tuple(found))


def _recipient(content: CredentialContent, url: str) -> Recipient:
    return Recipient(
        # a draft that is not stored yet has no id, and a design has no use for it
        credential_id=new_id(),
        name=content.name,
        url=url,
        issue_date=content.issue_date.isoformat(),
        expiry_date=content.expiry_date.isoformat() if content.expiry_date else None,
        attributes=content.attributes,
    )


def _checked(plugin_id: str, completion: Completion, static_fonts: tuple[str, ...]) -> Drawing:
    try:
        return drawing.checked_drawing(completion, static_fonts)
    except drawing.Refused as error:
        raise DesignFailed(f"{plugin_id}: {error}") from None
