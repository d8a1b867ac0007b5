"""Words and helpers that the templates use."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, g, request
from flask_babel import get_locale
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from conferral.contracts.errors import ConferralError
from conferral.contracts.ids import is_id
from conferral.contracts.rpc.credentials import CredentialSummary
from conferral.contracts.rpc.publications import PublicationSummary
from services.issuer_web.domain.languages import language_choices, language_name
from services.issuer_web.domain.recipients import ATTRIBUTES
from services.issuer_web.domain.selection import tick_value
from services.issuer_web.domain.shapes import FormShape
from services.issuer_web.domain.text import day_problem
from services.issuer_web.domain.typos import suggest
from services.issuer_web.entrypoints.dashboard import filters
from services.issuer_web.entrypoints.dashboard.context import may, membership, parts, visitor
from services.issuer_web.entrypoints.dashboard.forms import PlainForm
from services.issuer_web.entrypoints.dashboard.group_form import image_url
from services.issuer_web.handlers.publications import moving, phase

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
PHASES: Mapping[str, object] = {
    "publishing": _("Publishing"),
    "paused": _("Paused"),
    "cancelling": _("Cancelling"),
    "cancelled": _("Cancelled"),
    "finished": _("Finished"),
}
PROBLEM_KINDS: Mapping[str, object] = {
    "failed": _("Not published"),
    "email_failed": _("Email failed"),
    "email_unconfirmed": _("Email unconfirmed"),
    "email_cancelled": _("Email cancelled"),
}
DONE: Mapping[str, object] = {
    "created": _("The group was created. Create its first credentials now."),
    "design-created": _("The design was saved. Choose it in a group to use it."),
    "design-saved": _("Your changes were saved. Unpublished credentials look new; published ones stay as they are."),
    "group-saved": _("Your changes were saved. Nothing has been sent."),
    "wording-saved": _("The email's wording was saved. Nothing has been sent."),
    "archived": _("The group is archived. You find it under Groups, Archived."),
    "unarchived": _("The group is in use again."),
    "group-changed": _("Nothing was changed: somebody changed the group in between. This is how it is now."),
    "saved": _("Your changes were saved. Nothing has been sent."),
    "unchanged": _("Nothing was changed, so there is no new version."),
    "deleted": _("The credential was deleted."),
    "discarded": _("The new version was discarded. What is live has not changed."),
    "not-discarded": _("The new version was not discarded: somebody changed or published it in between."),
    "resent": _("One more email is on its way."),
    "not-deleted": _("The credential was not deleted: somebody changed or published it in between."),
    "signed-out": _("You are signed out."),
    "password-set": _("Your new password is set. Sign in with it now."),
    "settings-saved": _("Your changes were saved."),
    "password-changed": _("Your new password is set, and every other session of yours is over."),
    "session-ended": _("That session is over."),
    "sessions-ended": _("Every other session of yours is over."),
    "key-made": _("The key was made. Publish its record, then let emails be signed with it."),
    "signing-on": _("Emails are signed from now on."),
    "signing-off": _("Emails are no longer signed."),
    "invited": _("The invitation is on its way."),
    "invitation-withdrawn": _("The invitation was withdrawn. Its link no longer works."),
    "role-changed": _("The role was changed. It holds from now on."),
    "letter-redriven": _("The message is on its way once more."),
    "letter-discarded": _("The message was given up."),
    "mail-flows": _("Mail flows. What waited is being sent."),
    "mail-held": _("All mail is on hold from now on. What was being sent is finished."),
    "person-removed": _("That person no longer belongs to your organisation, and is signed out."),
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
        phase_of=phase,
        phases=PHASES,
        problem_kinds=PROBLEM_KINDS,
        moving_publications=moving_publications,
        image_url=image_url,
        suggest=suggest,
        written=written,
        language_options=language_options,
    )
    app.jinja_env.filters.update(day=day, moment=moment, number=number, plain_number="{:g}".format)
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
        "done_bad": request.args.get("done", "").startswith("not-") or request.args.get("done") == "group-changed",
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


def moving_publications(group_id: str | None) -> Sequence[PublicationSummary]:
    """Return what is being published at the moment, of one group or of all, for the line above a list."""
    return moving(visitor(), group_id)


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
    kinds |= {ATTRIBUTES + attribute.place: attribute.type for attribute in shape.attributes}
    if kinds.get(name) != "date" or day_problem(value):
        return value
    return day(date.fromisoformat(value))


@lru_cache(maxsize=256)
def language_options(chosen: str) -> Markup:
    """Return the options of a select of languages. Written once for each choice: a form has five hundred of them."""
    known = [*language_choices()]
    if chosen and chosen not in dict(known):
        known.append((chosen, language_name(chosen)))
    plain, selected = Markup('<option value="{}">{}</option>'), Markup('<option value="{}" selected>{}</option>')
    return Markup("").join((selected if code == chosen else plain).format(code, name) for code, name in known)


def labels(shape: FormShape) -> dict[str, object]:
    """Return field to label, for what is shown and not entered."""
    return {**FIELDS, **{ATTRIBUTES + attribute.place: attribute.label for attribute in shape.attributes}}


def requester(publication: PublicationSummary) -> object:
    """Return who asked for a publication; nothing where the store knows an id alone."""
    person = g.get("person")
    if person is not None and publication.requested_by == person.person_id:
        return person.name
    return "" if is_id(publication.requested_by) else publication.requested_by


def is_transient(error: ConferralError) -> bool:
    """Tell whether trying again later can help."""
    return not error.permanent
