"""The hooks that a design distribution implements; its entry point is in the group ``conferral.designs``."""

from collections.abc import Iterable

import pluggy

from conferral_design_api.types import Design

PROJECT = "conferral"
ENTRY_POINT_GROUP = "conferral.designs"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def conferral_register_designs() -> Iterable[Design]:  # type: ignore[empty-body]
    """Return this distribution's designs.

    Called once, in a process of its own with limits; the host then calls one design by id.

    :return: design objects, each with an id that no other installed design has.

    .. versionadded:: 1.0
    """
