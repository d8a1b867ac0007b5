"""The forms of settings."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, EqualTo, Length, Optional

from conferral.contracts.errors import ConferralError, InvalidInput
from conferral.contracts.rpc.sending import MailServer, SendingContent
from services.issuer_web.adapters import images
from services.issuer_web.domain import text
from services.issuer_web.domain.time_zones import known_zone, of_city
from services.issuer_web.entrypoints.dashboard.group_form import Picture
from services.issuer_web.handlers.drafts import sentence

SHORTEST_PASSWORD = 12
"""What the store asks for."""
LONGEST_PASSWORD = 200
LONGEST_ADDRESS = 500
LARGEST_LOGO_SIDE, MOST_LOGO_BYTES = 640, 100_000
MOST_PORT = 65_535
MOST_ZONES_NAMED = 5

ROLE_NAMES: Mapping[str, object] = {
    "owner": _("Owner"),
    "publisher": _("Publisher"),
    "drafter": _("Drafter"),
    "viewer": _("Viewer"),
}
ROLE_MEANINGS: Mapping[str, object] = {
    "owner": _("Everything, settings and people included"),
    "publisher": _("Creates groups and credentials, and publishes them"),
    "drafter": _("Creates and amends credentials; somebody else publishes them"),
    "viewer": _("Looks at everything, and changes nothing"),
}


def note(form: FlaskForm, error: ConferralError) -> bool:
    """Write what the store finds wrong beside the fields; tell whether each problem found its place."""
    problems = error.problems if isinstance(error, InvalidInput) else []
    names = [(path.removeprefix("content.").removeprefix("server."), told) for path, told in problems]
    for name, told in names:
        if name in form:
            form[name].errors = [*form[name].errors, sentence(told)]
    return bool(names) and all(name in form for name, _told in names)


def _printable(_form: FlaskForm, field: StringField) -> None:
    field.data = text.tidy(field.data or "")
    if problem := text.text_problem(field.data, text.LONGEST_LONG_TEXT, text.JOINERS + "\r\n\t"):
        raise ValidationError(problem)


def _web_address(_form: FlaskForm, field: StringField) -> None:
    field.data = (field.data or "").strip()
    if field.data and (problem := text.url_problem(field.data)):
        raise ValidationError(problem)


def _email(_form: FlaskForm, field: StringField) -> None:
    field.data = (field.data or "").strip()
    if problem := text.email_problem(field.data):
        raise ValidationError(problem)


class OrganisationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The organisation itself. ``revision``: of what the person saw."""

    revision = HiddenField()
    name = StringField(_("Name"), [DataRequired(_("Give the organisation its name.")), Length(max=200), _printable])
    url = StringField(_("Website"), [Length(max=2000), _web_address])
    timezone = StringField(_("Time zone"), [DataRequired(_("Choose a time zone."))])
    logo = FileField(_("Logo"))
    remove_logo = BooleanField(_("Use no logo"))
    postal_address = TextAreaField(_("Postal address"), [Length(max=LONGEST_ADDRESS), _printable])

    def validate_timezone(self, field: StringField) -> None:
        """Put the zone's name right, or ask for another."""
        zone = known_zone(field.data or "")
        cities = [] if zone else of_city(field.data or "")
        if len(cities) > 1:
            named = ", ".join(cities[:MOST_ZONES_NAMED])
            raise ValidationError(_("Several time zones fit: %(zones)s. Choose one of the list.", zones=named))
        zone = zone or next(iter(cities), None)
        if zone is None:
            raise ValidationError(_("Choose a time zone from the list, such as Europe/Berlin."))
        field.data = zone

    def picture(self, kept: Picture) -> Picture:
        """Return the logo that was chosen; else the one that was there. What is wrong with it is noted."""
        upload = self.logo.data
        if upload:
            try:
                with upload.stream as stream:
                    raw = stream.read(images.MOST_UPLOADED_BYTES + 1)
                return Picture(content=images.written_anew(raw, LARGEST_LOGO_SIDE, MOST_LOGO_BYTES))
            except images.Refused as refused:
                self.logo.errors = [*self.logo.errors, str(refused)]
        return Picture() if self.remove_logo.data else kept

    def content(self) -> dict[str, object]:
        """Return what was entered, without the logo."""
        return {
            "name": self.name.data,
            "url": self.url.data or None,
            "timezone": self.timezone.data,
            "postal_address": self.postal_address.data,
        }


class SendingForm(FlaskForm):  # type: ignore[misc]
    """The sender, and the mail server. ``revision``: of what the person saw."""

    revision = HiddenField()
    sender_name = StringField(_("Sender name"), [DataRequired(_("Enter a name.")), Length(max=200), _printable])
    sender_address = EmailField(_("Sender address"), [DataRequired(_("Enter an email address.")), _email])
    reply_to = EmailField(_("Replies go to"), [Optional(), _email])
    way = RadioField(_("Mail server"), default="installation")
    host = StringField(_("Server"), [Length(max=253)])
    port = StringField(_("Port"), default="587")
    tls = SelectField(_("Encryption"), default="starttls")
    user = StringField(_("User name"), [Length(max=500)])
    password = PasswordField(_("Password"), [Length(max=500)])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = [
            ("installation", _("This installation's mail server")),
            ("own", _("Your organisation's own mail server")),
        ]
        self.tls.choices = [
            ("starttls", _("STARTTLS (usual for port 587)")),
            ("tls", _("TLS from the start (usual for port 465)")),
            ("none", _("None")),
        ]

    def validate_host(self, field: StringField) -> None:
        """Ask for a server where one of one's own is chosen."""
        field.data = (field.data or "").strip()
        if self.way.data == "own" and not field.data:
            raise ValidationError(_("Enter the mail server's name, such as smtp.example.org."))

    def validate_port(self, field: StringField) -> None:
        """Ask for a number."""
        typed = (field.data or "").strip()
        usable = typed.isascii() and typed.isdecimal() and len(typed) <= len("65535") and 0 < int(typed) <= MOST_PORT
        if self.way.data == "own" and not usable:
            raise ValidationError(_("Enter a number between 1 and 65535; usual are 587 and 465."))

    def content(self) -> SendingContent:
        """Return what was entered, the password apart."""
        server = None
        if self.way.data == "own":
            server = MailServer(
                host=self.host.data, port=int(self.port.data), tls=self.tls.data, user=self.user.data or ""
            )
        return SendingContent(
            sender_name=self.sender_name.data,
            sender_address=self.sender_address.data,
            reply_to=self.reply_to.data or None,
            server=server,
        )


class InviteForm(FlaskForm):  # type: ignore[misc]
    """Whom to invite, and as what."""

    invitation_id = HiddenField()
    email = EmailField(_("Email"), [DataRequired(_("Enter an email address.")), Length(max=254), _email])
    role = RadioField(_("Role"), default="drafter")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [(role, f"{name}: {ROLE_MEANINGS[role]}") for role, name in ROLE_NAMES.items()]


def _new_password() -> PasswordField:
    return PasswordField(
        _("New password"),
        [
            DataRequired(_("Choose a password.")),
            Length(SHORTEST_PASSWORD, LONGEST_PASSWORD, _("Use at least 12 characters.")),
        ],
    )


class AcceptForm(FlaskForm):  # type: ignore[misc]
    """A new person's name and password."""

    name = StringField(_("Your name"), [DataRequired(_("Enter your name.")), Length(max=200), _printable])
    password = _new_password()
    repeated = PasswordField(
        _("New password again"), [EqualTo("password", _("This is not the same as the password above."))]
    )


class NameForm(FlaskForm):  # type: ignore[misc]
    """One's own name."""

    name = StringField(_("Your name"), [DataRequired(_("Enter your name.")), Length(max=200), _printable])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The current password, and the new one twice."""

    present = PasswordField(
        _("Current password"), [DataRequired(_("Enter your current password.")), Length(max=LONGEST_PASSWORD)]
    )
    password = _new_password()
    repeated = PasswordField(
        _("New password again"), [EqualTo("password", _("This is not the same as the password above."))]
    )
