"""The publisher's part of ``conferral doctor``: whether every installed design loads, each in a child process."""

from conferral.runtime.checkup import Check, Worrying, look
from services.publisher.ports import Designs

_SECONDS = 60.0
ADVICE = "conferral designs list says the same; reinstall the distribution that is named, or take it out."


def examine(designs: Designs) -> list[Check]:
    """Load every design as the publisher does."""
    return [look("designs", lambda: _load(designs), ADVICE, _SECONDS)]


def _load(designs: Designs) -> str:
    found = designs.installed()
    broken = [f"{one.plugin_id} of {one.origin}: {one.error}" for one in found if one.error]
    if broken:
        raise RuntimeError("; ".join(broken))
    if not found:
        raise Worrying("No design is installed: nothing can be published.")
    return ", ".join(f"{one.plugin_id} {one.plugin_version}" for one in found) + " load."
