"""Stored organisations, groups and designs as a publication freezes them."""

from typing import Any

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile
from conferral.contracts.wording import EmailWording

Document = dict[str, Any]


def organisation_profile(organisation: Document, group: Document | None = None) -> OrganisationProfile:
    """Return the issuer as recipients and verifiers see it; of a group's emails, the sender that the group names."""
    fields = {name: organisation[name] for name in OrganisationProfile.model_fields if name in organisation}
    content = group["content"] if group else {}
    fields |= {name: content[name] for name in ("sender_name", "reply_to") if content.get(name)}
    return OrganisationProfile(**{**fields, "id": organisation["_id"]})


def group_profile(group: Document) -> GroupProfile:
    """Return what the group's credentials are awarded for."""
    content = group["content"]
    fields = {name: content[name] for name in GroupProfile.model_fields if name in content}
    return GroupProfile(**{**fields, "id": group["_id"], "wording": EmailWording(**group.get("wording") or {})})


def design_pin(design: Document) -> DesignPin:
    """Return the pinned plugin version and options."""
    return DesignPin(**design["pin"])


def pin(plugin_id: str, plugin_version: str, options: dict[str, Any]) -> DesignPin:
    """Pin a plugin's version and options by the digest of all three."""
    parts: dict[str, Any] = {"plugin_id": plugin_id, "plugin_version": plugin_version, "options": options}
    return DesignPin(**parts, digest=digest_of(canonical_json(parts)))
