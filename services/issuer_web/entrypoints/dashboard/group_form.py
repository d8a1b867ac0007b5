"""The form of a group, new or changed."""

import base64
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length, Optional

from conferral.contracts.errors import ConferralError, InvalidInput
from conferral.contracts.rpc.groups import DefaultExpiry, GroupContent
from services.issuer_web.adapters import images
from services.issuer_web.domain import text
from services.issuer_web.domain.languages import language_choices
from services.issuer_web.entrypoints.dashboard.context import parts, seal, unseal
from services.issuer_web.handlers.drafts import sentence
from services.issuer_web.handlers.groups import DesignChoices

LARGEST_SIDE, MOST_IMAGE_BYTES = 640, 120_000
MOST_TAGS, LONGEST_TAG = 20, 60
_MOST_OF_PERIOD = {"days": 36_500, "months": 1_200, "years": 100}
_PLACES = {"design_id": "design", "expiry": "expiry_kind"}
_FIELDS = ("name", "description", "criteria", "language", "visibility", "sender_name", "duplicates")


@dataclass(frozen=True)
class Picture:
    """A group's image while its form is open: stored already, or chosen and not stored yet, or neither."""

    digest: str | None = None
    content: bytes | None = None

    def sealed(self) -> str:
        """Return it for a hidden field."""
        encoded = base64.b64encode(self.content).decode() if self.content else None
        return seal("picture", [self.digest, encoded])

    @classmethod
    def unsealed(cls, text: str) -> "Picture":
        """Return it from a hidden field."""
        digest, encoded = unseal("picture", text)
        return cls(digest, base64.b64decode(encoded) if encoded else None)

    @property
    def url(self) -> str | None:
        """Where the page shows it from."""
        if self.content:
            kind = "png" if self.content.startswith(b"\x89PNG") else "jpeg"
            return f"data:image/{kind};base64,{base64.b64encode(self.content).decode()}"
        return image_url(self.digest) if self.digest else None


def image_url(digest: str) -> str:
    """Return the address of a stored image: the public pages serve them."""
    return f"{parts().public_url}/i/{digest}"


def _printable(_form: FlaskForm, field: StringField) -> None:
    field.data = text.tidy(field.data or "")
    if problem := text.text_problem(field.data, text.LONGEST_LONG_TEXT, text.JOINERS + "\r\n\t"):
        raise ValidationError(problem)


def _web_address(_form: FlaskForm, field: StringField) -> None:
    if field.data and (problem := text.url_problem(field.data)):
        raise ValidationError(problem)


def _address(_form: FlaskForm, field: StringField) -> None:
    field.data = (field.data or "").strip()
    if field.data and (problem := text.email_problem(field.data)):
        raise ValidationError(problem)


def split_tags(typed: str) -> tuple[str, ...]:
    """Return tags that are separated by commas, of whatever script, or lines; each once."""
    for comma in "\u060c\uff0c\u3001;\r\n":
        typed = typed.replace(comma, ",")
    return tuple(dict.fromkeys(tag for part in typed.split(",") if (tag := " ".join(part.split()))))


class GroupForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What a group is, how it looks, and what creating its credentials begins with."""

    group_id = HiddenField()
    name = StringField(_("Name"), [DataRequired(_("Give the group a name.")), Length(max=200), _printable])
    description = TextAreaField(_("Description"), [Length(max=2000), _printable])
    criteria = TextAreaField(_("Criteria"), [Length(max=5000), _printable])
    criteria_url = StringField(_("Criteria web address"), [Length(max=2000), _web_address])
    tags = StringField(_("Skills and tags"), [Length(max=1500), _printable])
    image = FileField(_("Image"))
    remove_image = BooleanField(_("Use no image"))
    language = SelectField(_("Language"), choices=language_choices)
    visibility = RadioField(_("Visibility"), default="unlisted")
    design = SelectField(_("Design"), [DataRequired(_("Choose a design."))])
    sender_name = StringField(_("Sender name"), [Length(max=200), _printable])
    reply_to = StringField(_("Replies go to"), [Length(max=254), _address])
    duplicates = RadioField(_("The same address again"), default="warn")
    expiry_kind = RadioField(_("Default expiry"), default="never")
    expiry_amount = IntegerField(_("How long"), [Optional()])
    expiry_unit = SelectField(_("Days, months or years"), default="years")
    expiry_day = DateField(_("Expiry date"), [Optional()])

    def __init__(self, choices: DesignChoices, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visibility.choices = [
            ("unlisted", _("Only people with the link find a credential")),
            ("public", _("Search engines may find a credential")),
        ]
        self.duplicates.choices = [
            ("warn", _("Warn before a second credential for an address is created")),
            ("allow", _("Allow it without a warning")),
            ("refuse", _("Refuse it")),
        ]
        self.expiry_kind.choices = [
            ("never", _("Never")),
            ("period", _("Some time after the issue date")),
            ("date", _("On a date")),
        ]
        self.expiry_unit.choices = [("days", _("days")), ("months", _("months")), ("years", _("years"))]
        # after a round trip through a hidden field the pairs are lists, which WTForms does not take
        self.design.choices = [(value, label) for value, label in (*choices.saved, *choices.installed)]

    def validate_tags(self, field: StringField) -> None:
        """Bound their number and length."""
        tags = split_tags(field.data)
        if len(tags) > MOST_TAGS:
            raise ValidationError(_("These are too many. 20 are the most."))
        if any(len(tag) > LONGEST_TAG for tag in tags):
            raise ValidationError(_("One of these is too long. Separate them by commas."))

    def validate_expiry_kind(self, field: RadioField) -> None:
        """Ask for what the chosen kind needs."""
        if self.expiry_amount.data is not None and field.data != "period":
            raise ValidationError(
                _("You entered how long, and chose something else. Choose “Some time after the issue date”.")
            )
        if self.expiry_day.data is not None and field.data != "date":
            raise ValidationError(
                _("You entered a date, and chose something else. Choose “On a date”, or empty the field.")
            )
        if field.data == "period" and not 1 <= (self.expiry_amount.data or 0) <= self._longest_period:
            raise ValidationError(_("Say after how many days, months or years, up to a hundred years."))
        if field.data == "date" and self.expiry_day.data is None:
            raise ValidationError(_("Enter the date."))

    @property
    def _longest_period(self) -> int:
        return _MOST_OF_PERIOD.get(self.expiry_unit.data or "", 0)

    def picture(self, kept: Picture) -> Picture:
        """Return the image that was chosen; else the one that was there. What is wrong with it is noted."""
        upload = self.image.data
        if upload:
            try:
                with upload.stream as stream:
                    raw = stream.read(images.MOST_UPLOADED_BYTES + 1)
                return Picture(content=images.written_anew(raw, LARGEST_SIDE, MOST_IMAGE_BYTES))
            except images.Refused as refused:
                self.image.errors = [*self.image.errors, str(refused)]
        return Picture() if self.remove_image.data else kept

    def note(self, error: ConferralError) -> bool:
        """Write what the store finds wrong beside the fields; tell whether each problem found its place."""
        found = True
        for path, told in error.problems if isinstance(error, InvalidInput) else []:
            name = path.rpartition("content.")[2].partition(".")[0]
            name = _PLACES.get(name, name)
            if name in self:
                self[name].errors = [*self[name].errors, sentence(told)]
            else:
                found = False
        return found and isinstance(error, InvalidInput)

    def content(self) -> dict[str, object]:
        """Return what the store calls a group's content, without design and image."""
        content: dict[str, object] = {name: self[name].data or "" for name in _FIELDS}
        expiry = DefaultExpiry(
            kind=self.expiry_kind.data,
            amount=(self.expiry_amount.data or 0) if self.expiry_kind.data == "period" else 0,
            unit=self.expiry_unit.data,
            day=self.expiry_day.data if self.expiry_kind.data == "date" else None,
        )
        more = {"tags": split_tags(self.tags.data or ""), "expiry": expiry}
        links = {"criteria_url": self.criteria_url.data or None, "reply_to": self.reply_to.data or None}
        return {**content, **more, **links}


def fields_of(content: GroupContent) -> dict[str, object]:
    """Return a group's content as the form's fields."""
    fields: dict[str, object] = {name: getattr(content, name) for name in _FIELDS}
    expiry = content.expiry
    return fields | {
        "criteria_url": content.criteria_url or "",
        "reply_to": content.reply_to or "",
        "tags": ", ".join(content.tags),
        "design": content.design_id,
        "expiry_kind": expiry.kind,
        "expiry_amount": expiry.amount or None,
        "expiry_unit": expiry.unit,
        "expiry_day": expiry.day,
    }


def cancel_url(group_id: str | None) -> str:
    """Return where giving up leads."""
    return url_for("groups.show", group_id=group_id) if group_id else url_for("groups.index")
