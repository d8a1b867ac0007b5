"""The credential's JSON after Open Badges 3.0: written once per edition with slots, completed once per credential.

https://www.imsglobal.org/spec/ob/v3p0/ and https://www.w3.org/TR/vc-bitstring-status-list/

A *shape* says which optional properties are there, so that all documents of a shape have the same properties in the
same places; ``results`` is the one slot that holds a list.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.edition import AttributeLabel, DocumentValues
from conferral.contracts.profiles import GroupProfile, OrganisationProfile
from conferral.contracts.rpc.publishing import ChunkItem
from conferral.contracts.template import Template

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
SHAPES = ("plain", "plain.results", "until", "until.results")
"""With or without validUntil, with or without results."""
_RESULTS = ".results"

# Achievement.inLanguage of the JSON schema is narrower than BCP 47.
_IN_LANGUAGE = re.compile(r"[a-z]{2,4}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")


@dataclass(frozen=True)
class Names:
    """The IRIs that a credential's document is built on.

    :param origin: scheme and authority of the credential's canonical URL.
    """

    origin: str
    achievement: str

    @classmethod
    def of(cls, credential_url: str, group_id: str) -> "Names":
        """Derive them from what publication froze."""
        parts = urlsplit(credential_url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return cls(origin, f"{origin}/g/{group_id}")

    def status_list(self, status_list_id: str) -> str:
        """Return the status list credential's address."""
        return f"{self.origin}/status/{status_list_id}"

    def image(self, digest: str) -> str:
        """Return the address under which the public pages serve an image."""
        return f"{self.origin}/i/{digest}"

    def result(self, key: str) -> str:
        """Return what names an attribute's result description."""
        return f"{self.achievement}#{key}"


def document_templates(
    organisation: OrganisationProfile, group: GroupProfile, attributes: Sequence[AttributeLabel], names: Names
) -> dict[str, Template]:
    """Return shape to template.

    :param attributes: those of the design; the public ones are described as results.
    """
    issuer = _issuer(organisation, names)
    templates = {}
    for shape in SHAPES:
        described = [attribute for attribute in attributes if attribute.public] if shape.endswith(_RESULTS) else []
        achievement = _achievement(group, described, names)
        templates[shape] = _with_slots(_document(issuer, group.name, achievement, shape))
    return templates


def document_values(item: ChunkItem, public: Mapping[str, str], names: Names) -> DocumentValues:
    """Return one credential's slot values.

    :param public: key to value of the attributes that are written into the credential.
    """
    status_list = names.status_list(item.status_list_id)
    values: dict[str, Any] = {
        "id": item.url,
        "valid_from": instant(item.valid_from),
        "awarded_date": instant(item.awarded_date),
        "name": item.content.name,
        "identity_hash": identity_hash(item.content.email, item.salt),
        "salt": item.salt,
        "status_list": status_list,
        "status_id": f"{status_list}#{item.status_list_index}",
        "status_index": str(item.status_list_index),
    }
    if item.valid_until is not None:
        values["valid_until"] = instant(item.valid_until)
    if public:
        values["results"] = [
            {"type": ["Result"], "resultDescription": names.result(key), "value": value}
            for key, value in public.items()
        ]
    shape = ("until" if item.valid_until is not None else "plain") + (_RESULTS if public else "")
    return DocumentValues(
        shape=shape, values={slot: json.dumps(value, ensure_ascii=False) for slot, value in values.items()}
    )


def identity_hash(email: str, salt: str) -> str:
    """Return the address as others can check it without learning it (IdentityHash of section B.1).

    In lower case: people and wallets do not keep an address's case.
    """
    return "sha256$" + hashlib.sha256((email.lower() + salt).encode()).hexdigest()


def instant(moment: datetime) -> str:
    """Write an instant in UTC, with seconds, and milliseconds where it has any."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def _document(issuer: dict[str, Any], name: str, achievement: dict[str, Any], shape: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": _Slot("id"),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": name,
        "issuer": issuer,
        "validFrom": _Slot("valid_from"),
        "validUntil": _Slot("valid_until"),
        "awardedDate": _Slot("awarded_date"),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": _Slot("identity_hash"),
                    "identityType": "emailAddress",
                    "salt": _Slot("salt"),
                },
                {
                    "type": "IdentityObject",
                    "hashed": False,
                    "identityHash": _Slot("name"),
                    "identityType": "name",
                },
            ],
            "achievement": achievement,
        },
        "credentialStatus": {
            "id": _Slot("status_id"),
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": _Slot("status_index"),
            "statusListCredential": _Slot("status_list"),
        },
    }
    if not shape.startswith("until"):
        del document["validUntil"]
    if shape.endswith(_RESULTS):
        document["credentialSubject"]["result"] = _Slot("results")
    return document


def _issuer(organisation: OrganisationProfile, names: Names) -> dict[str, Any]:
    issuer: dict[str, Any] = {"id": organisation.did, "type": ["Profile"], "name": organisation.name}
    if organisation.url:
        issuer["url"] = organisation.url
    if organisation.logo:
        issuer["image"] = {"id": names.image(organisation.logo), "type": "Image"}
    return issuer


def _achievement(group: GroupProfile, attributes: Sequence[AttributeLabel], names: Names) -> dict[str, Any]:
    criteria = {"id": group.criteria_url, "narrative": group.criteria}
    achievement: dict[str, Any] = {
        "id": names.achievement,
        "type": ["Achievement"],
        "name": group.name,
        # required by the standard; a group may do without
        "description": group.description or group.name,
        "criteria": {key: value for key, value in criteria.items() if value},
    }
    if _IN_LANGUAGE.fullmatch(group.language):
        achievement["inLanguage"] = group.language
    if group.image:
        achievement["image"] = {"id": names.image(group.image), "type": "Image"}
    if group.tags:
        achievement["tag"] = list(group.tags)
    if attributes:
        achievement["resultDescription"] = [
            {
                "id": names.result(attribute.key),
                "type": ["ResultDescription"],
                "name": attribute.label,
                "resultType": "Result",
            }
            for attribute in attributes
        ]
    return achievement


class _Slot:
    """Where a value of one credential goes."""

    def __init__(self, name: str) -> None:
        self.name = name


def _with_slots(document: dict[str, Any]) -> Template:
    """Return the document's JSON, its slots cut out."""
    # A name for the cuts that the document cannot contain, since it is made from all of it.
    fence = digest_of(canonical_json(json.loads(json.dumps(document, default=lambda slot: slot.name))))
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=lambda slot: f"{fence}:{slot.name}")
    pieces = re.split(rf'"{fence}:([a-z_]+)"', text)
    return Template(literals=tuple(pieces[0::2]), slots=tuple(pieces[1::2]))
