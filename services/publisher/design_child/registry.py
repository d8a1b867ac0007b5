"""Find the designs that are installed, and load those of one distribution."""

from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
from conferral_design_api import hookspecs
from conferral_design_api.types import Design


class Unusable(Exception):
    """The distribution's designs cannot be used; the text says why."""


def installed() -> list[dict[str, str]]:
    """Return every entry point by name, value and the distribution that has it. Imports none of them."""
    return [
        {"entry_point": point.name, "value": point.value, "origin": _origin(point)} for point in _sorted_entry_points()
    ]


def load(entry_point: str, value: str) -> dict[str, Design]:
    """Import one entry point and return its designs by id.

    :raises Unusable: it does not follow the design API.
    :raises Exception: whatever the plugin's own code raises.
    """
    found = [point for point in _sorted_entry_points() if (point.name, point.value) == (entry_point, value)]
    if not found:
        raise Unusable("it is no longer installed")
    plugin = found[0].load()
    wanted = getattr(plugin, "api_version", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        raise Unusable(f"it is written for version {wanted} of the design API; this is version {hookspecs.API_VERSION}")
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, entry_point)
    # Without this a misspelt hook registers, and nothing ever calls it.
    manager.check_pending()
    return _by_id(manager.hook.conferral_register_designs())


def declaration(design: Design) -> dict[str, Any]:
    """Return what the host shows of a design, as data that ``frames`` can encode."""
    return {
        "plugin_id": design.id,
        "plugin_version": design.version,
        "name": design.name,
        "description": design.description,
        "kind": design.kind,
        "attributes": list(design.attributes),
        "options": list(design.options),
        "wording": list(design.wording),
    }


def _by_id(answers: Iterable[Iterable[Design]]) -> dict[str, Design]:
    designs: dict[str, Design] = {}
    for design in (design for answer in answers for design in answer):
        if not isinstance(design, Design):
            raise Unusable(f"it registered {type(design).__name__}, which is no Design")
        if design.id in designs:
            raise Unusable(f"it registered two designs with the id {design.id}")
        designs[design.id] = design
    if not designs:
        raise Unusable("it registered no designs: is a hook misspelt, or not marked with @hookimpl?")
    return designs


def _sorted_entry_points() -> list[EntryPoint]:
    return sorted(entry_points(group=hookspecs.ENTRY_POINT_GROUP), key=lambda point: (point.name, point.value))


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "unknown"
