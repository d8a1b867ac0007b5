"""The form of a design, drawn from what its plugin declares, and its preview."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request
from flask_babel import gettext as _

from conferral.contracts.errors import ConferralError, InvalidInput, InvalidMessage
from conferral.contracts.ids import is_id
from conferral.contracts.rpc.groups import DesignSummary
from conferral.contracts.rpc.previews import DesignDeclaration, Preview
from services.issuer_web.adapters import images
from services.issuer_web.domain import options as domain
from services.issuer_web.domain import text
from services.issuer_web.domain.samples import SAMPLES, Sample, content_of, sample_of
from services.issuer_web.entrypoints.dashboard.context import membership, parts, seal, today, unseal
from services.issuer_web.entrypoints.dashboard.previews import Drawn, drawn
from services.issuer_web.entrypoints.security import content_policy, style_hash
from services.issuer_web.handlers import studio
from services.issuer_web.handlers.credentials import PreviewFailure
from services.issuer_web.handlers.drafts import sentence

LARGEST_SIDE, MOST_IMAGE_BYTES = 400, 30_000
"""Of an option's image: it travels inside the artwork."""
LONGEST_NAME = 200


@dataclass
class DesignForm:
    """A design while it is made or changed.

    The declaration travels inside the form, signed, so that the form can be shown again when nobody answers.
    """

    plugin: DesignDeclaration
    declared: tuple[domain.Option, ...]
    design_id: str
    name: str
    options: domain.Options
    sample: Sample = SAMPLES[0]
    problems: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """Images that are in the form: option key to data address."""

    @classmethod
    def begun(
        cls, plugin: DesignDeclaration, name: str, design_id: str, values: Mapping[str, Any] | None = None
    ) -> "DesignForm":
        """Return a form with the defaults, or with stored values.

        :raises InvalidMessage: the plugin declares options that are none.
        """
        declared = _declared(plugin)
        typed = domain.as_typed(declared, values or {})
        kept = {one.key: typed[one.key] for one in declared if one.type == "image"}
        return cls(plugin, declared, design_id, name, domain.check(declared, typed), kept=kept)

    @classmethod
    def of_request(cls) -> "DesignForm":
        """Return the form that was sent.

        :raises InvalidMessage: it is not ours.
        """
        plugin = DesignDeclaration.model_validate(unseal("plugin", request.form.get("plugin", "")))
        declared = _declared(plugin)
        design_id = request.form.get("design_id", "")
        if not is_id(design_id):
            raise InvalidMessage("design", "the form is out of date")
        typed = {one.key: request.form.get(one.name, "") for one in declared}
        kept, problems = _images(declared)
        form = cls(
            plugin,
            declared,
            design_id,
            text.tidy(request.form.get("name", "")),
            domain.check(declared, typed | kept),
            sample_of(request.form.get("sample", "")),
            kept=kept,
        )
        form.options.problems |= problems
        return form

    def validate(self) -> bool:
        """Check the name as well; tell whether all is right."""
        if not self.name:
            self.problems["name"] = _("Give the design a name.")
        elif len(self.name) > LONGEST_NAME or text.text_problem(self.name) or "=?" in self.name:
            self.problems["name"] = _("This name is too long, or holds a character that is not allowed.")
        return not self.problems and not self.options.problems

    def note(self, error: ConferralError) -> bool:
        """Write what the store finds wrong beside the fields; tell whether each problem found its place."""
        found = error.problems if isinstance(error, InvalidInput) else []
        self.problems |= {path: sentence(told) for path, told in found if path == "name"}
        return bool(found) and all(path == "name" for path, _told in found)

    def differences(self, theirs: DesignSummary) -> list[tuple[str, str, str]]:
        """Return label, stored value and own value of what differs from what is stored now."""
        stored = domain.as_typed(self.declared, theirs.pin.options)
        mine = domain.as_typed(self.declared, self.options.values)
        named = [(_("Name"), theirs.name, self.name)] if theirs.name != self.name else []
        return named + [
            (one.label, *_both(one, stored[one.key], mine[one.key]))
            for one in self.declared
            if stored[one.key] != mine[one.key]
        ]

    @property
    def warnings(self) -> list[str]:
        """What works and may still not be wanted."""
        return [
            _("“%(one)s” is hard to see on “%(other)s”: their contrast is %(ratio)s to 1. 3 to 1 is easy to see.",
              one=one, other=other, ratio=ratio)
            for one, other, ratio in domain.contrast_warnings(self.declared, self.options.values)
        ]  # fmt: skip

    @property
    def groups(self) -> list[tuple[str, list[domain.Option]]]:
        """The options under their headings."""
        return domain.in_groups(self.declared)

    @property
    def has_images(self) -> bool:
        """Whether files are sent."""
        return any(one.type == "image" for one in self.declared)

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Whom it can be tried with."""
        return SAMPLES

    def sealed_plugin(self) -> str:
        """Return the declaration for a hidden field."""
        return seal("plugin", self.plugin.model_dump(mode="json"))

    def sealed_image(self, key: str) -> str:
        """Return an image for a hidden field."""
        return seal("option", self.kept.get(key, ""))


def drawn_sample(form: DesignForm) -> Drawn:
    """Have the form's sample drawn, for the page."""
    return drawn(_sample(form))


def answer(form: DesignForm) -> dict[str, object]:
    """Have the form's sample drawn, for the page's script, which loads the fonts by itself."""
    told: dict[str, object] = {"problems": _by_field(form), "warnings": form.warnings}
    if form.options.problems:
        return told
    preview = _sample(form)
    if isinstance(preview, PreviewFailure):
        return told | {"failure": preview.reason}
    return told | {"svg": preview.svg, "alternative": preview.alternative, "faces": _faces(preview)}


def policy(drawing: Drawn) -> str:
    """Return the page's content policy: its script loads fonts for later drawings, whatever the first one needs."""
    origin, secure = parts().public_url, bool(current_app.config["SESSION_COOKIE_SECURE"])
    styles = [style_hash(str(drawing.css))] if drawing.css else []
    return content_policy(styles=styles, fonts=[origin], images=[origin], secure=secure)


def _sample(form: DesignForm) -> Preview | PreviewFailure:
    member = membership()
    if member is None:
        return PreviewFailure(_("The preview cannot be drawn at the moment."))
    if form.options.problems:
        return PreviewFailure(_("The preview is drawn when all options are right."))
    content = content_of(form.sample, form.plugin.attributes, today())
    return studio.draw_sample(
        parts().caller, member, form.plugin, form.options.values, form.sample, content, parts().public_url
    )


def _faces(preview: Preview) -> list[dict[str, str]]:
    origin = parts().public_url
    return [
        {
            "family": one.family,
            "weight": str(one.weight),
            "style": one.style,
            "range": one.unicode_range,
            "url": f"{origin}/f/{one.digest}.woff2",
        }
        for one in preview.slices.values()
    ]


def _by_field(form: DesignForm) -> dict[str, str]:
    found = {domain.FIELD + key: _(problem) for key, problem in form.options.problems.items()}
    return found | form.problems


def _declared(plugin: DesignDeclaration) -> tuple[domain.Option, ...]:
    try:
        return domain.declared_options(plugin.options)
    except ValueError as error:
        raise InvalidMessage(plugin.plugin_id, f"its options are not as they should be: {error}") from None


def _images(declared: tuple[domain.Option, ...]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the images of a sent form, chosen anew or kept, and what is wrong with those that cannot be used."""
    kept, problems = {}, {}
    for one in declared:
        if one.type != "image":
            continue
        kept[one.key] = str(unseal("option", request.form.get(f"kept-{one.key}", "")))
        if f"remove-{one.key}" in request.form:
            kept[one.key] = str(one.default)
        upload = request.files.get(one.name)
        if upload:
            try:
                with upload.stream as stream:
                    raw = stream.read(images.MOST_UPLOADED_BYTES + 1)
                content = images.written_anew(raw, LARGEST_SIDE, MOST_IMAGE_BYTES)
            except images.Refused as refused:
                problems[one.key] = str(refused)
                continue
            kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
            kept[one.key] = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return kept, problems


def _both(option: domain.Option, stored: str, mine: str) -> tuple[str, str]:
    if option.type == "image":
        return _("another image"), _("your image")
    if option.type == "toggle":
        return (_("on") if stored else _("off")), (_("on") if mine else _("off"))
    return stored, mine
