"""The forms whose fields do not depend on a design."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, EqualTo, Length

from conferral.contracts.errors import ConferralError, InvalidInput
from services.issuer_web.domain import text
from services.issuer_web.domain.languages import language_choices
from services.issuer_web.handlers.drafts import sentence
from services.issuer_web.handlers.groups import DesignChoices

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


class SignInForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Address and password."""

    email = EmailField(_("Email"), [DataRequired(_("Enter your email address.")), Length(max=254)])
    password = PasswordField(_("Password"), [DataRequired(_("Enter your password.")), Length(max=LONGEST_PASSWORD)])


class RequestResetForm(FlaskForm):  # type: ignore[misc]
    """The address that a link goes to."""

    email = EmailField(_("Email"), [DataRequired(_("Enter your email address.")), Length(max=254)])


class ResetForm(FlaskForm):  # type: ignore[misc]
    """A new password, twice."""

    password = PasswordField(
        _("New password"),
        [
            DataRequired(_("Choose a password.")),
            Length(SHORTEST_PASSWORD, LONGEST_PASSWORD, _("Use at least 10 characters.")),
        ],
    )
    repeated = PasswordField(
        _("New password again"), [EqualTo("password", _("This is not the same as the password above."))]
    )


class PlainForm(FlaskForm):  # type: ignore[misc]
    """A button alone."""


def _printable(_form: FlaskForm, field: StringField) -> None:
    field.data = text.tidy(field.data or "")
    if problem := text.text_problem(field.data, text.LONGEST_LONG_TEXT, text.JOINERS + "\r\n\t"):
        raise ValidationError(problem)


def _web_address(_form: FlaskForm, field: StringField) -> None:
    if field.data and (problem := text.url_problem(field.data)):
        raise ValidationError(problem)


class GroupForm(FlaskForm):  # type: ignore[misc]
    """A new group."""

    group_id = HiddenField()
    name = StringField(_("Name"), [DataRequired(_("Give the group a name.")), Length(max=200), _printable])
    description = TextAreaField(_("Description"), [Length(max=2000), _printable])
    criteria = TextAreaField(_("Criteria"), [Length(max=5000), _printable])
    criteria_url = StringField(_("Criteria web address"), [Length(max=2000), _web_address])
    language = SelectField(_("Language"), choices=language_choices)
    visibility = RadioField(_("Visibility"), default="unlisted")
    design = SelectField(_("Design"), [DataRequired(_("Choose a design."))])

    def __init__(self, choices: DesignChoices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visibility.choices = [
            ("unlisted", _("Only people with the link find a credential")),
            ("public", _("Search engines may find a credential")),
        ]
        # after a round trip through a hidden field the pairs are lists, which WTForms does not take
        self.design.choices = [(value, label) for value, label in (*choices.saved, *choices.installed)]

    def note(self, error: ConferralError) -> bool:
        """Write what the store finds wrong beside the fields; tell whether each problem found its place."""
        problems = error.problems if isinstance(error, InvalidInput) else []
        for path, told in problems:
            if (name := path.rpartition("content.")[2]) in self:
                self[name].errors = [*self[name].errors, sentence(told)]
        return bool(problems) and all(path.rpartition("content.")[2] in self for path, _ in problems)

    def content(self) -> dict[str, object]:
        """Return what the store calls a group's content, without the design."""
        names = ("name", "description", "criteria", "language", "visibility")
        content: dict[str, object] = {name: self[name].data for name in names}
        return {**content, "criteria_url": self.criteria_url.data or None}
