"""The forms whose fields do not depend on a design."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, EqualTo, Length

SHORTEST_PASSWORD = 12
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
            Length(SHORTEST_PASSWORD, LONGEST_PASSWORD, _("Use at least 12 characters.")),
        ],
    )
    repeated = PasswordField(
        _("New password again"), [EqualTo("password", _("This is not the same as the password above."))]
    )


class PlainForm(FlaskForm):  # type: ignore[misc]
    """A button alone."""
