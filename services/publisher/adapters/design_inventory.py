"""Which designs are installed: found without importing any of them here, and whatever one of them does."""

import threading
import time
from collections.abc import Sequence

import structlog
from pydantic import ValidationError

from conferral.contracts.errors import DesignNotInstalled
from conferral.contracts.profiles import DesignPin
from conferral.contracts.rpc.previews import DesignDeclaration
from services.publisher.adapters.design_pool import DesignPool, Entry
from services.publisher.adapters.design_process import DesignLost, DesignRaised

_LOOK_AGAIN_SECONDS = 60.0
_LONGEST_ERROR = 500

log = structlog.get_logger()


class DesignInventory:
    """The installed designs, looked for once, and at most once a minute again when one is missing."""

    def __init__(self, pool: DesignPool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._declarations: tuple[DesignDeclaration, ...] = ()
        self._entries: dict[str, tuple[Entry, DesignDeclaration]] = {}

    def declarations(self) -> Sequence[DesignDeclaration]:
        """Return every design and every distribution that would not load, with its error."""
        with self._lock:
            self._look(again=False)
            return self._declarations

    def find(self, pin: DesignPin) -> Entry:
        """Return the entry point that has the pinned plugin at the pinned version.

        :raises DesignNotInstalled: there is none.
        """
        with self._lock:
            self._look(again=self._found(pin) is None)
            entry = self._found(pin)
        if entry is None:
            raise DesignNotInstalled(f"The design {pin.plugin_id} {pin.plugin_version} is not installed here.")
        return entry

    def _found(self, pin: DesignPin) -> Entry | None:
        entry, declaration = self._entries.get(pin.plugin_id, (None, None))
        return entry if declaration and declaration.plugin_version == pin.plugin_version else None

    def _look(self, *, again: bool) -> None:
        now = time.monotonic()
        if self._looked_at is not None and not (again and now - self._looked_at > _LOOK_AGAIN_SECONDS):
            return
        self._declarations, self._entries = (), {}
        try:
            entries = self._pool.entries()
        except (DesignLost, DesignRaised) as error:
            log.warning("design_list_failed", error=str(error))
            return
        for entry in entries:
            self._add(entry)
        self._looked_at = now

    def _add(self, entry: Entry) -> None:
        for declaration in self._declared_by(entry):
            taken = self._entries.get(declaration.plugin_id)
            if declaration.error is None and taken is not None:
                problem = f"the id {declaration.plugin_id} is taken by {taken[0].origin}"
                self._declarations += (declaration.model_copy(update={"error": problem}),)
                continue
            self._declarations += (declaration,)
            if declaration.error is None:
                self._entries[declaration.plugin_id] = (entry, declaration)

    def _declared_by(self, entry: Entry) -> list[DesignDeclaration]:
        try:
            with self._pool.process(entry) as (_, declared):
                return [DesignDeclaration.model_validate({**one, "origin": entry.origin}) for one in declared]
        except ValidationError as error:
            problem = "it declares something that is no design: " + str(error).replace("\n", " ")
        except (DesignLost, DesignRaised) as error:
            problem = str(error)
        log.warning("design_not_loaded", entry_point=entry.entry_point, origin=entry.origin, error=problem)
        return [_broken(entry, problem)]


def _broken(entry: Entry, problem: str) -> DesignDeclaration:
    return DesignDeclaration(
        plugin_id=entry.entry_point,
        plugin_version="",
        name=entry.entry_point,
        description="",
        origin=entry.origin,
        error=problem[:_LONGEST_ERROR],
    )
