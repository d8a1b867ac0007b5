"""A credential's public page: everything it shows, gathered from what publication stored."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

from babel.dates import format_date
from babel.numbers import NumberFormatError, format_decimal, parse_decimal

from conferral.contracts.edition import AttributeLabel, Edition, FontManifest
from conferral.contracts.errors import NotFound, Unavailable
from conferral.contracts.public import PublicCredential
from conferral.contracts.template import Template
from conferral.drawing.fonts import css_font_faces
from conferral.drawing.svg import complete, css_string
from services.issuer_web.domain.fonts import families_for
from services.issuer_web.domain.languages import interface_language, locale_of
from services.issuer_web.ports import Blobs

T = TypeVar("T")
MOST_DECODED = 500
"""Editions, templates and font manifests that are kept decoded."""


@dataclass(frozen=True)
class ShownAttribute:
    """An attribute as the page shows it. ``link`` is set where the value is an address."""

    label: str
    value: str
    multiline: bool = False
    link: str | None = None


@dataclass(frozen=True)
class CredentialPage:
    """What the template needs."""

    credential: PublicCredential
    edition: Edition
    interface: str
    """The language of the page's own words."""
    svg: str
    css: str
    """Font faces and the page's font families; safe in a style element."""
    issued_on: str
    expires_on: str | None
    expired: bool
    attributes: Sequence[ShownAttribute]


class Decoded:
    """Blobs by digest, decoded once."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._kept: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str, decode: Callable[[bytes], T]) -> T:
        """Return the decoded content.

        :raises Unavailable: the reader does not answer, or lacks a blob that a credential refers to.
        """
        key = (digest, decode.__name__)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])
        try:
            value = decode(self._blobs.get(digest))
        except NotFound as error:
            raise Unavailable("A part of this credential cannot be read at the moment.") from error
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > MOST_DECODED:
                self._kept.popitem(last=False)
        return value


def edition_of(content: bytes) -> Edition:
    """Decode an edition."""
    return Edition.model_validate_json(content)


def template_of(content: bytes) -> Template:
    """Decode a template."""
    return Template.model_validate_json(content)


def manifest_of(content: bytes) -> FontManifest:
    """Decode a font manifest."""
    return FontManifest.model_validate_json(content)


def gather(decoded: Decoded, credential: PublicCredential) -> CredentialPage:
    """Return everything that the page shows.

    :raises Unavailable: a part cannot be read at the moment.
    """
    edition = decoded.get(credential.edition, edition_of)
    svg = complete(decoded.get(edition.artwork.template, template_of), credential.drawing)
    interface = interface_language(credential.language)
    attributes = shown_attributes(edition.attributes, credential.attributes, credential.language)
    locale = locale_of(credential.language)
    texts = [
        credential.recipient_name,
        edition.organisation.name,
        edition.group.name,
        edition.group.description,
        edition.group.criteria,
        *edition.group.tags,
        *(text for shown in attributes for text in (shown.label, shown.value)),
    ]
    expires = credential.expiry_date
    return CredentialPage(
        credential=credential,
        edition=edition,
        interface=interface,
        svg=svg[svg.find("<svg") :],  # an XML declaration has no place inside a page
        css=_style(decoded.get(edition.fonts, manifest_of), credential.drawing.fonts, texts),
        issued_on=format_date(credential.issue_date, "long", locale),
        expires_on=format_date(expires, "long", locale) if expires else None,
        expired=credential.valid_until is not None and credential.valid_until <= datetime.now(UTC),
        attributes=attributes,
    )


def document(decoded: Decoded, credential: PublicCredential) -> bytes:
    """Return the credential's JSON.

    :raises Unavailable: a part cannot be read at the moment.
    """
    edition = decoded.get(credential.edition, edition_of)
    digest = edition.documents.get(credential.document.shape)
    if digest is None:
        raise Unavailable("A part of this credential cannot be read at the moment.")
    return decoded.get(digest, template_of).fill(credential.document.values).encode()


def shown_attributes(
    labels: Sequence[AttributeLabel], values: Mapping[str, str], language: str
) -> list[ShownAttribute]:
    """Return the public attributes that have a value, in the design's order, written as the language does."""
    return [
        ShownAttribute(
            label=label.label,
            value=_written(label.type, values[label.key], language),
            multiline=label.type == "long_text",
            link=values[label.key] if label.type in ("url", "image") and _is_web(values[label.key]) else None,
        )
        for label in labels
        if label.public and values.get(label.key)
    ]


def _is_web(value: str) -> bool:
    return value.startswith(("https://", "http://"))


def _written(kind: str, value: str, language: str) -> str:
    locale = locale_of(language)
    try:
        if kind == "date":
            return str(format_date(date.fromisoformat(value), "long", locale))
        if kind == "number":
            return str(format_decimal(parse_decimal(value, "en"), locale=locale))
    except (ValueError, NumberFormatError):
        return value
    return value


def _style(manifest: FontManifest, drawn: Sequence[str], texts: Sequence[str]) -> str:
    faces = css_font_faces(manifest, drawn, lambda digest: f"/f/{digest}.woff2")
    families = ["'Inter'", *map(css_string, families_for(manifest, drawn, texts)), "system-ui", "sans-serif"]
    return f"{faces}\n:root{{--text:{','.join(families)}}}"
