"""Words and helpers that the templates use."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, g, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import is_id
from conferral.contracts.rpc.credentials import CredentialSummary
from conferral.contracts.rpc.publications import PublicationSummary
from services.issuer_web.domain.languages import language_choices, language_name
from services.issuer_web.domain.recipients import ATTRIBUTES, FormShape
from services.issuer_web.domain.selection import tick_value
from services.issuer_web.domain.text import day_problem
from services.issuer_web.entrypoints.dashboard import filters
from services.issuer_web.entrypoints.dashboard.context import may, membership, parts
from services.issuer_web.entrypoints.dashboard.forms import PlainForm

STATES: Mapping[str, object] = {
    "draft": _("Unpublished"),
    "queued": _("Queued"),
    "rendering": _("Publishing"),
    "published": _("Published"),
    "failed": _("Failed"),
    "suspended": _("Suspended"),
    "revoked": _("Revoked"),
}
DELIVERIES: Mapping[str, object] = {
    "queued": _("Email waiting"),
    "claimed": _("Email waiting"),
    "sending": _("Email being sent"),
    "sent": _("Email accepted"),
    "failed": _("Email failed"),
    "cancelled": _("Email cancelled"),
    "unconfirmed": _("Email unconfirmed"),
}
FIELDS: Mapping[str, object] = {
    "name": _("Recipient Name"),
    "email": _("Recipient Email"),
    "issue_date": _("Issue Date"),
    "expiry_date": _("Expiry Date"),
    "language": _("Language"),
}
DONE: Mapping[str, object] = {
    "created": _("The group was created. Create its first credentials now."),
    "saved": _("Your changes were saved. Nothing has been sent."),
    "deleted": _("The credential was deleted."),
    "not-deleted": _("The credential was not deleted: somebody changed or published it in between."),
    "signed-out": _("You are signed out."),
    "password-set": _("Your new password is set. Sign in with it now."),
}


def install(app: Flask) -> None:
    """Make the helpers known to the templates."""
    app.jinja_env.globals.update(
        static_url=parts_url,
        may=may,
        states=STATES,
        filter_states=filters.STATES,
        filter_deliveries=filters.DELIVERIES,
        filter_sorts=filters.SORTS,
        sorts_by_day=filters.BY_DAY,
        deliveries=DELIVERIES,
        status_class=status_class,
        tick_value=tick_value,
        plain_form=PlainForm,
        transient=is_transient,
        requester=requester,
        written=written,
        language_choices=language_choices,
        language_name=language_name,
    )
    app.jinja_env.filters.update(day=day, moment=moment, number=number)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_page_values)


def _page_values() -> dict[str, object]:
    locale = get_locale() or Locale("en")
    return {
        "language": str(locale).replace("_", "-"),
        "direction": locale.text_direction,
        "person": g.get("person"),
        "member": membership(),
        "organisation_id": g.get("organisation_id"),
        "done": DONE.get(request.args.get("done", "")),
        "done_bad": request.args.get("done") == "not-deleted",
    }


def parts_url(name: str) -> str:
    """Return the address of a static file."""
    return parts().files.url(name)


def day(value: date) -> str:
    """Write a day as the reader's language does."""
    return format_date(value, "medium", locale=get_locale())


def moment(value: datetime) -> str:
    """Write an instant in the organisation's zone."""
    member = membership()
    return format_datetime(value, "medium", ZoneInfo(member.timezone if member else "UTC"), locale=get_locale())


def number(value: int) -> str:
    """Write a number as the reader's language does."""
    return str(format_decimal(value, locale=get_locale()))


def status_class(credential: CredentialSummary) -> str:
    """Return the look of a credential's status."""
    if credential.state == "draft" and credential.incomplete:
        return "incomplete"
    return credential.state


def written(name: str, value: str, shape: FormShape) -> str:
    """Return a field's value as a person writes it: of what was typed, days and languages look different."""
    if name == "language" and value:
        return language_name(value)
    kinds = {"issue_date": "date", "expiry_date": "date"}
    kinds |= {ATTRIBUTES + attribute.key: attribute.type for attribute in shape.attributes}
    if kinds.get(name) != "date" or day_problem(value):
        return value
    return day(date.fromisoformat(value))


def labels(shape: FormShape) -> dict[str, object]:
    """Return field to label, for what is shown and not entered."""
    return {**FIELDS, **{ATTRIBUTES + attribute.key: attribute.label for attribute in shape.attributes}}


def requester(publication: PublicationSummary) -> object:
    """Return who asked for a publication; nothing where the store knows an id alone."""
    person = g.get("person")
    if person is not None and publication.requested_by == person.person_id:
        return person.name
    return "" if is_id(publication.requested_by) else publication.requested_by


def is_transient(error: ConferralError) -> bool:
    """Tell whether trying again later can help."""
    return not error.permanent
