"""Stored organisations, groups and designs as a publication freezes them."""

from typing import Any

from conferral.contracts.canonical import canonical_json, digest_of
from conferral.contracts.profiles import DesignPin, GroupProfile, OrganisationProfile

Document = dict[str, Any]


def organisation_profile(organisation: Document) -> OrganisationProfile:
    """Return the issuer as recipients and verifiers see it."""
    fields = {name: organisation[name] for name in OrganisationProfile.model_fields if name in organisation}
    return OrganisationProfile(**{**fields, "id": organisation["_id"]})


def group_profile(group: Document) -> GroupProfile:
    """Return what the group's credentials are awarded for."""
    content = group["content"]
    fields = {name: content[name] for name in GroupProfile.model_fields if name in content}
    return GroupProfile(**{**fields, "id": group["_id"]})


def design_pin(design: Document) -> DesignPin:
    """Return the pinned plugin version and options."""
    return DesignPin(**design["pin"])


def pin(plugin_id: str, plugin_version: str, options: dict[str, Any]) -> DesignPin:
    """Pin a plugin's version and options by the digest of all three."""
    parts: dict[str, Any] = {"plugin_id": plugin_id, "plugin_version": plugin_version, "options": options}
    return DesignPin(**parts, digest=digest_of(canonical_json(parts)))
