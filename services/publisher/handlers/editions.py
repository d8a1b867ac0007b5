"""Editions: compiled, checked and stored once per worker, then taken from memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from conferral_design_fonts import slice_bytes

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.edition import Artwork, AttributeLabel, Edition, EmailOccasion
from conferral.contracts.errors import DesignFailed
from conferral.contracts.ids import Digest
from conferral.contracts.message import Message
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from services.publisher.domain import edition_parts, wording
from services.publisher.domain.edition_parts import Look
from services.publisher.domain.languages import direction_of
from services.publisher.domain.open_badge import Names, document_templates
from services.publisher.ports import Blobs, Designs

_MOST = 64
_JSON = "application/json"
_WOFF2 = "font/woff2"

T = TypeVar("T")


@dataclass(frozen=True)
class Subject:
    """What an edition is of."""

    organisation: OrganisationProfile
    group: GroupProfile
    design: DesignPin


@dataclass(frozen=True)
class StoredEdition:
    """An edition whose blobs are all stored."""

    digest: Digest
    emails: Mapping[EmailOccasion, Digest]
    look: Look
    labels: tuple[AttributeLabel, ...]
    names: Names


class Editions:
    """Builds what recipients share. Thread-safe; the same edition is built by one thread only."""

    def __init__(self, designs: Designs, blobs: Blobs) -> None:
        self._designs = designs
        self._blobs = blobs
        self._lock = threading.RLock()
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._stored: OrderedDict[str, StoredEdition] = OrderedDict()
        self._fonts: set[str] = set()

    def look(self, subject: Subject, language: str) -> Look:
        """Return a compiled and checked design.

        :raises DesignNotInstalled, DesignFailed: it cannot be compiled.
        """
        group, organisation = subject.group, subject.organisation
        shared = [subject.design.digest, language, organisation.name, organisation.url, organisation.postal_address]
        shown = [group.name, group.description, group.criteria, group.wording.model_dump()]
        key = digest_of(canonical_json([*shared, *shown]))
        with self._lock:
            return _kept(self._looks, key, lambda: self._compile(subject, language))

    def stored(self, subject: Subject, language: str, credential_url: str) -> StoredEdition:
        """Return an edition, its blobs stored.

        :param credential_url: of one of its credentials; its origin names the achievement.
        :raises DesignNotInstalled, DesignFailed: it cannot be compiled.
        :raises Unavailable: its blobs cannot be stored.
        """
        names = Names.of(credential_url, subject.group.id)
        key = edition_parts.edition_key(subject.design, subject.group, subject.organisation, language, names.origin)
        with self._lock:
            return _kept(self._stored, key, lambda: self._build(subject, language, names))

    def store_fonts(self, keys: Iterable[str]) -> None:
        """Store those font slices that this process has not stored yet.

        :raises Unavailable: they cannot be stored.
        """
        for key in set(keys) - self._fonts:
            self._blobs.put(slice_bytes(key), _WOFF2)
            self._fonts.add(key)

    def _compile(self, subject: Subject, language: str) -> Look:
        pin, direction = subject.design, direction_of(language)
        declared = wording.declared(pin, self._designs.installed())
        try:
            words = wording.marked(subject.group, subject.organisation, declared)
        except wording.Refused as error:
            raise DesignFailed(str(error)) from None
        compiled = self._designs.compile(pin, language, direction, subject.organisation, subject.group, words)
        return edition_parts.look_of(compiled, pin, language, direction, subject.organisation)

    def _build(self, subject: Subject, language: str, names: Names) -> StoredEdition:
        look = self.look(subject, language)
        labels = edition_parts.labels_of(subject.design, self._designs.installed(), language)
        documents = document_templates(subject.organisation, subject.group, labels, names)
        emails = {occasion: self._put(email.template) for occasion, email in look.emails.items()}
        edition = Edition(
            language=language,
            direction=look.direction,
            organisation=subject.organisation,
            group=subject.group,
            design=subject.design,
            attributes=labels,
            artwork=Artwork(template=self._put(look.template), width=look.width, height=look.height),
            fonts=self._put(edition_parts.font_manifest()),
            email=emails["issued"],
            emails={occasion: digest for occasion, digest in emails.items() if occasion != "issued"},
            documents={shape: self._put(template) for shape, template in documents.items()},
        )
        return StoredEdition(self._put(edition), emails, look, labels, names)

    def _put(self, message: Message) -> Digest:
        return self._blobs.put(canonical_json(message.encode()), _JSON)


def _kept(cache: OrderedDict[str, T], key: str, make: Callable[[], T]) -> T:
    """Return what the cache has, or make it; the one that was not used for longest goes."""
    if key not in cache:
        cache[key] = make()
        if len(cache) > _MOST:
            cache.popitem(last=False)
    cache.move_to_end(key)
    return cache[key]
